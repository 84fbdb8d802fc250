"""Light for models: they were taught with well-lit pictures."""

from __future__ import annotations

import cv2
import numpy as np

from ...models.segmenter import Rgb
from ..colour import BLACK_AND_SPANS
from ..frame import Colour, Plane

WANTED = 0.3  # mean to reach, 0..1; at 0.43 a dark room near the person is taken for the person, too
STRONGEST = 4.0  # times: beyond it there is only noise to be seen
HALF_LIFE = 0.3  # s


class Exposure:
    """Brightens what a model looks at while the picture is dark; what others see stays as it is."""

    def __init__(self) -> None:
        self._mean: float | None = None

    def meter(self, luma: Plane, colour: Colour, passed: float) -> None:
        """Look how bright the frame is. `passed`: s since the last one."""
        black, span, _ = BLACK_AND_SPANS[colour.range]
        mean = max(0.0, (cv2.mean(luma)[0] - black) / span)
        before = mean if self._mean is None else self._mean
        self._mean = before + (mean - before) * (1 - 0.5 ** (passed / HALF_LIFE))

    def __call__(self, picture: Rgb) -> Rgb:
        """The picture, brighter if need be."""
        if self._mean is None or self._mean >= WANTED:
            return picture
        gain = min(STRONGEST, WANTED / max(self._mean, 1e-3))
        return np.asarray(cv2.convertScaleAbs(picture, dst=picture, alpha=gain), np.uint8)

    def reset(self) -> None:
        """A new scene, perhaps with other light."""
        self._mean = None
