"""From a frame to its matte: see, check, steady, bring to the frame's size."""

from __future__ import annotations

import cv2
import numpy as np

from ..models.segmenter import Mask, Segmenter
from .colour import to_rgb
from .frame import Frame, Plane, Planes, Size
from .health import check
from .matte import Box, Matte
from .scale import Halver, fill, resized
from .steady import Steadier
from .stopwatch import Stopwatch


class Matting:
    """The matte path: call it with every frame, in order.

    It starts no thread and reads no clock; what it gives is its own until the next call.
    """

    def __init__(self, segmenter: Segmenter, size: Size, *, watch: Stopwatch | None = None) -> None:
        self.segmenter = segmenter
        self._watch = watch or Stopwatch()
        self._halvers = tuple(Halver(n) for n in (1, 0, 0))
        self._steady = Steadier()
        self._alpha: Plane = np.empty((size.height, size.width), np.uint8)

    def __call__(self, frame: Frame) -> Matte:
        """The matte of this very frame. Raises MaskRefused when the mask cannot be trusted."""
        with self._watch.stage("prepare"):
            picture = to_rgb(self._small(frame.planes), frame.colour)
        with self._watch.stage("segment"):
            mask = self.segmenter(picture)
        with self._watch.stage("steady"):
            check(mask, self.segmenter.input_size)
            steady = self._steady(mask)
        with self._watch.stage("matte"):
            return self._matte(steady, frame)

    def reset(self) -> None:
        """Forget earlier frames: the next one starts a new scene."""
        self.segmenter.reset()
        self._steady.reset()

    def _small(self, planes: Planes) -> Planes:
        """All three planes at the model's size."""
        y, u, v = (halve(plane) for halve, plane in zip(self._halvers, planes, strict=True))
        size = self.segmenter.input_size
        return Planes(*(resized(plane, size, interpolation=cv2.INTER_AREA) for plane in (y, u, v)))

    def _matte(self, mask: Mask, frame: Frame) -> Matte:
        levels = np.asarray(cv2.convertScaleAbs(mask, alpha=255), np.uint8)
        fill(levels, self._alpha)
        return Matte(self._alpha, surround(levels, frame.size), frame.index, frame.captured_at)


def surround(levels: Plane, size: Size) -> Box:
    """The box, in a frame of `size`, outside of which upsampled `levels` are 0; even edges."""
    x, y, w, h = cv2.boundingRect(levels)
    if not w:
        return Box(0, 0, 0, 0)
    height, width = levels.shape
    across, down = size.width / width, size.height / height
    # One pixel more on each side: bilinear upsampling reaches that far.
    x0, x1 = int((x - 1) * across), int((x + w + 1) * across) + 1
    y0, y1 = int((y - 1) * down), int((y + h + 1) * down) + 1
    return Box(
        max(0, x0) & ~1, max(0, y0) & ~1, min(size.width, (x1 + 1) & ~1), min(size.height, (y1 + 1) & ~1)
    )
