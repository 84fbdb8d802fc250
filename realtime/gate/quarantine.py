"""What is hidden of a matte that is wrong in a small piece only, and for how long."""

from __future__ import annotations

import logging
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from ..frame import Plane
from ..matte import Matte, inside
from ..reason import MaskRefused, Reason
from ..scale import resized
from .plausible import PATIENCE, ROOM, Flags, small_alpha

log = logging.getLogger(__name__)

Places = npt.NDArray[np.uint8]  # (h, w) of the small scale, 1 or 0

LARGEST = 0.05  # of the picture: where more than this is doubted, no part of the frame is shown
NEIGHBOURS = np.ones((3, 3), np.uint8)  # places: as far as the person may go from frame to frame


class Quarantine:
    """Keeps doubted places hidden for as long as the gate would have been shut because of them.

    The frame goes on being shown, but less of it than a trusted matte had: neither what was doubted
    since or shortly before, nor what is not next to what was shown in the frame before. So what a model
    made up besides, and nobody noticed, is not shown either.

    good_masks_to_end  mattes in a row, without any doubt, after which all is shown again: the gate's own
    on                 whether anything is hidden
    frames, times      how many were shown with less than their matte had, and in how many stretches
    """

    def __init__(self, good_masks_to_end: int) -> None:
        self.good_masks_to_end = good_masks_to_end
        self.frames = 0
        self.times = 0
        self._held: Places | None = None
        self._past: Places | None = None  # what was held before, and the time until when it counts, s
        self._past_until = 0.0
        self._shown: Plane | None = None  # alpha of the last frame as it was shown, at the small scale
        self._revision = 0
        self._good = 0
        self._seconds = 0.0

    @property
    def on(self) -> bool:
        return self._held is not None

    def reset(self) -> None:
        """The whole frame was shielded: what comes after it is no continuation."""
        self._end()
        self._shown = None

    def __call__(self, matte: Matte, doubted: Flags | None, seconds: float) -> Matte:
        """The matte, or a copy without what must be hidden.

        doubted  places of the small scale; None where nothing is
        Raises MaskRefused when there is too much of it, or nothing that was shown before.
        """
        self._seconds = seconds
        alpha = small_alpha(matte)
        changed, self._revision = matte.revision != self._revision, matte.revision
        if doubted is None and self._over(matte):
            if self.on:
                log.info("nothing is hidden any more")
            self._end()
            self._shown = alpha.copy()
            return matte
        if self._shown is None or (changed and self.on):
            raise MaskRefused(Reason.ROOM_TURNED_PERSON)
        begins = not self.on
        near = cv2.dilate((self._shown > ROOM).view(np.uint8), NEIGHBOURS)
        kept = np.where((near > 0) & (self._hidden(alpha, doubted) == 0), np.uint8(255), np.uint8(0))
        self._shown = np.asarray(cv2.min(alpha, kept), np.uint8)
        self._count(begins)
        return without(matte, kept)

    def _count(self, begins: bool) -> None:
        self.frames += 1
        if begins:
            self.times += 1
            log.info("a piece is hidden: %s", Reason.ROOM_TURNED_PERSON)

    def _over(self, matte: Matte) -> bool:
        """Whether nothing is hidden any more, now that this matte is not doubted."""
        if self._held is None:
            return True
        self._good += not matte.again
        return self._good >= self.good_masks_to_end

    def _hidden(self, alpha: Plane, doubted: Flags | None) -> Places:
        """All places that are held, and those that were. Raises MaskRefused when there are too many."""
        held = self._held if self._held is not None else np.zeros_like(alpha)
        if doubted is not None:
            held |= doubted.view(np.uint8)
            self._good = 0
        self._held = held
        if cv2.countNonZero(held) > LARGEST * held.size:
            raise MaskRefused(Reason.ROOM_TURNED_PERSON)
        return held | self._past if self._past is not None and self._seconds < self._past_until else held

    def _end(self) -> None:
        """Nothing is held any more, but should something be soon, then this too."""
        if self._held is None:
            return
        lasting = self._past is not None and self._seconds < self._past_until
        self._past = self._held | self._past if lasting and self._past is not None else self._held
        self._past_until = self._seconds + PATIENCE
        self._held = None


def without(matte: Matte, kept: Plane) -> Matte:
    """A copy of the matte that is 0 where `kept`, at the small scale, is; in between as they are."""
    there = inside(matte.box)
    height, width = matte.alpha.shape
    alpha = np.zeros_like(matte.alpha)
    np.minimum(matte.alpha[there], resized(kept, (width, height))[there], out=alpha[there])
    return replace(matte, whole=alpha)
