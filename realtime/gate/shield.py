"""What goes out while no mask can be trusted: the whole frame, blurred beyond recognition."""

from __future__ import annotations

import cv2
import numpy as np

from ..frame import Plane, Planes, Size
from ..scale import CELLS, Halver, fill, resized


class Shield:
    """Reduces a frame to a few soft patches of colour."""

    def __init__(self, size: Size) -> None:
        self._grid = (CELLS, max(1, round(CELLS * size.height / size.width)))
        self._halvers = tuple(Halver(times) for times in (3, 2, 2))

    def __call__(self, planes: Planes, onto: Planes) -> None:
        """Write the shielded picture of `planes` into `onto`; sizes may differ."""
        for halve, plane, target in zip(self._halvers, planes, onto, strict=True):
            fill(self._soft(halve(plane)), target)

    def _soft(self, plane: Plane) -> Plane:
        cells = resized(plane, self._grid, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.GaussianBlur(cells, (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE), np.uint8)
