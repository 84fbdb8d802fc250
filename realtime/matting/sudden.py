"""People who are there at once: what a mask adds to the one before while the picture stays as it was.

A person comes into a picture by changing it. Who appears and changes nothing was made up by the model, or was
overlooked until now: such a mask is worth a proof.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...models.segmenter import Mask
from ..frame import Plane
from ..scale import half, resized

STRIDE = 4  # px of the coarse size: places are so far apart, 80x45 for 720p
LEAST = 0.005  # of the places
PERSON, ROOM = 0.5, 0.3  # of a person's probability: at least now, and below before
STILL = 4  # levels by which a place's mean may differ; noise of deviation 8 comes to 2
THICK = np.ones((3, 3), np.uint8)  # places: thicker than an edge that trembles


class Sudden:
    """Compares each mask with the one before, in the picture's own places, wherever crops go."""

    def __init__(self) -> None:
        self._before: tuple[Mask, Plane] | None = None

    def __call__(self, mask: Mask, luma: Plane) -> bool:
        """Whether more than LEAST of the picture turned into a person while it looks the same.

        mask, luma  (h, w) of the coarse size, of one frame
        """
        some, now = mask[::STRIDE, ::STRIDE].copy(), half(luma)
        before, self._before = self._before, (some, now)
        if before is None or before[0].shape != some.shape:
            return False
        new = cv2.erode(((some > PERSON) & (before[0] < ROOM)).view(np.uint8), THICK)
        if cv2.countNonZero(new) <= LEAST * new.size:
            return False
        still = np.asarray(cv2.absdiff(places(now, some), places(before[1], some)) <= STILL)
        return int(np.count_nonzero((new > 0) & still)) > LEAST * new.size

    def reset(self) -> None:
        """A new scene."""
        self._before = None


def places(luma: Plane, mask: Mask) -> Plane:
    """The mean of each place of a mask."""
    return resized(luma, (mask.shape[1], mask.shape[0]), interpolation=cv2.INTER_AREA)
