"""A copy of the newest matte, for who wants to look at it."""

from __future__ import annotations

import threading

import numpy as np

from ..frame import Plane, Size
from ..matte import Matte


class MatteCopy:
    """Costs nothing until it is asked for, and a copy a frame from then on for a second of frames.

    It is called with each matte by the thread that works, and asked by any other.
    """

    KEEP = 30  # mattes to copy after each time it was asked

    def __init__(self, size: Size) -> None:
        self._alpha: Plane = np.zeros((size.height, size.width), np.uint8)
        self._wanted = 0
        self._lock = threading.Lock()

    def __call__(self, matte: Matte) -> None:
        if self._wanted:
            self._wanted -= 1
            with self._lock:
                np.copyto(self._alpha, matte.alpha)

    def newest(self) -> Plane:
        """(H, W), 255 = person; the caller's. All 0 before the first."""
        self._wanted = self.KEEP
        with self._lock:
            return self._alpha.copy()
