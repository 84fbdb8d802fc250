"""Whether the mask of an earlier frame may serve this one: what moved since that frame?

The comparison is with the very frame that the models saw, not with the one before, so slow movement adds
up until it is seen.
"""

from __future__ import annotations

from enum import Enum

import cv2
import numpy as np

from ..frame import Plane
from ..kernel import choice
from ..kernel.evidence import Codes
from .denoised import Denoised

NOISE = 4  # codes by which a 3x3 mean may differ; a webcam in a dim room, deviation 8, stays below
LONGEST = 0.175  # s that a mask may serve; the gate takes none that is older than 0.2 s
NEIGHBOURS = np.ones((3, 3), np.uint8)  # px of the coarse size: 4 px of 720p to each side
LIKE = 8  # codes by which a place may be darker or brighter than all that was around it
FEW = 0.001  # of all places, that may look like nothing near them before: a fold, a reflection


class Motion(Enum):
    """What happened since the models looked."""

    NONE = "nothing changed beyond noise"
    SMALL = "everything is near to where it was"
    SOME = "something moved, came or went"


class Watch:
    """Compares frames with the last one that was looked at."""

    def __init__(self) -> None:
        self._seen: Codes | None = None  # Y, U, V of that frame at half the coarse size; None: there is none
        self._luma: Plane | None = None  # and its luma at the coarse size
        self._bounds: tuple[Plane, Plane] | None = None  # darkest and brightest luma around each place
        self._seconds = 0.0

    def __call__(self, picture: Denoised, seconds: float, *, closely: bool = True) -> Motion:
        """What moved since the frame that was looked at; SOME when there is none, or it is too long ago.

        closely  whether SMALL is to be told from SOME
        """
        if self._luma is None or self._seen is None or not 0 <= seconds - self._seconds <= LONGEST:
            return Motion.SOME
        pairs = zip(picture.half, self._seen, strict=True)
        if all(cv2.norm(now, before, cv2.NORM_INF) <= NOISE for now, before in pairs):
            return Motion.NONE
        near = closely and self._near(picture.luma, self._luma)
        return Motion.SMALL if near else Motion.SOME

    def remember(self, picture: Denoised, seconds: float) -> None:
        """The models look at this frame."""
        self._seen, self._luma = picture.half, picture.luma
        self._bounds = None
        self._seconds = seconds

    def forget(self) -> None:
        """The next frame must be looked at."""
        self._luma = None

    def _near(self, luma: Plane, before: Plane) -> bool:
        """Whether every place looks like something that was right beside it: nothing moved by more than a px
        of the coarse size, and nothing new is there.
        """
        if self._bounds is None:
            lowest, highest = cv2.erode(before, NEIGHBOURS), cv2.dilate(before, NEIGHBOURS)
            self._bounds = np.asarray(lowest, np.uint8), np.asarray(highest, np.uint8)
        lowest, highest = self._bounds
        return choice.kernel.strays(luma, lowest, highest, LIKE) <= FEW * luma.size
