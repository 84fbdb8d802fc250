"""How good the mattes of a photo are, whose mask is drawn by hand and leaves open what lies between.

Judged is the last frame; of rooms without anybody every frame.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ..realtime.frame import Plane, Size
from .metrics import SEEN, SOLID, Flags, mean_over

APART = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))  # what is nearer than 4 px to an edge is its own
SETTLED = 5  # frames after which nothing of a room may be seen
PERSON, ROOM = 200, 50  # levels of the mask above and below which it says what is there


class Verdict:
    """Judges the mattes of one photo.

    mask  (h, w) uint8: 255 person, 0 room, what lies between does not count; stretched to the frame
    """

    def __init__(self, mask: Plane, size: Size) -> None:
        fitted = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
        self._person, self._room = fitted > PERSON, fitted < ROOM
        self._counts = self._person | self._room
        self._inner, self._outer = inside(self._person), inside(self._room)
        self._somebody = bool(self._person.any())
        self._refused = 0
        self._seen: list[float] = []  # % of an empty room, frame by frame
        self._last: Plane = np.zeros((size.height, size.width), np.uint8)

    def __call__(self, alpha: Plane) -> None:
        """The next frame's."""
        self._last = alpha.copy()
        if self._somebody:
            self._refused += not alpha.any()
        else:
            self._seen.append(self._leak())

    def figures(self) -> Mapping[str, float]:
        """Once all frames were seen."""
        if not self._somebody:
            return {"leak": self._leak(), "worst": max(self._seen), "later": max(self._seen[SETTLED:])}
        shown = self._last > 127
        union = int(np.count_nonzero((shown | self._person) & self._counts))
        both = int(np.count_nonzero(shown & self._person))
        cut = 100 * mean_over(self._last < SOLID, self._inner)
        iou = both / max(1, union)
        return {"iou": iou, "leak": self._leak(), "cut": cut, "refused": self._refused}

    def _leak(self) -> float:
        return 100 * mean_over(self._last > SEEN, self._outer)


def inside(flags: Flags) -> Flags:
    """What is not near the edge."""
    return np.asarray(cv2.erode(flags.view(np.uint8), APART) > 0)
