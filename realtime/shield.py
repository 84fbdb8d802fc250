"""What goes out while no mask can be trusted: the whole frame, blurred beyond recognition."""

from __future__ import annotations

import cv2
import numpy as np

from .frame import Planes, Size
from .shrink import Halver

CELLS = 16  # across the frame: a face that fills the picture is left with about six


class Shield:
    """Reduces a frame to a few soft patches of colour."""

    def __init__(self, size: Size) -> None:
        rows = max(1, round(CELLS * size.height / size.width))
        self._grid = (CELLS, rows)
        self._halvers = {name: Halver(times) for name, times in (("y", 3), ("u", 2), ("v", 2))}

    def __call__(self, planes: Planes, onto: Planes) -> None:
        """Write the shielded picture of `planes` into `onto`; sizes may differ."""
        for name, plane, target in zip(("y", "u", "v"), planes, onto, strict=True):
            small = cv2.resize(self._halvers[name](plane), self._grid, interpolation=cv2.INTER_AREA)
            soft = cv2.GaussianBlur(small, (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE)
            height, width = target.shape
            cv2.resize(np.asarray(soft, np.uint8), (width, height), dst=target, interpolation=cv2.INTER_LINEAR)
