"""What the room looks like without people: learnt while they move, kept in memory only.

A webcam stands still, and so does the room. Where it has been seen, each pixel of a frame says by itself
how likely it shows the room: that settles what the models are unsure about.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Size
from ..kernel import choice
from ..kernel.evidence import LESSONS, ODDS, RATES, Codes, Light, Look, Room, unknown
from ..matte import bounds

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.uint8]  # (h, w), 0 or 255

EVERY = 0.1  # s between two lessons; the room does not change faster
UNKNOWN = 400.0  # codes²: the variance of a place seen once
FAINTEST = 0.01  # of a mask that is looked at
APART = cv2.getStructuringElement(cv2.MORPH_RECT, (9, 9))  # people are kept off the plate by so much
CLOSE = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))
STANDING = 4.0  # codes in all planes: what changes less between two lessons stands still
PATIENCE = 10  # lessons for which a place must stand still to be room without being far from people
ENOUGH = 500  # px of known room that must be in sight to tell the light and the camera
ASTRAY = 16.0  # squared deviations by which a place is not what it was
MOVED = 0.25  # share of the known room astray that means the camera was moved
CAPTURE = 2.0  # s that a capture takes


class Plate:
    """The mean and variance of Y, U and V of each place of the room, at the coarse size: (3, h, w).

    It corrects masks (kernel/evidence.py). An object that was not there before cannot become a person by it,
    for the mask must already say so in part.

    taught  the last mask was a lesson
    """

    def __init__(self, size: Size) -> None:
        self._size = size
        self.reset()

    def reset(self) -> None:
        """Forget the room."""
        shape = (self._size.height, self._size.width)
        self._room, self._learnt = unknown(shape, UNKNOWN, RATES)
        self._standing: Floats = np.zeros(shape, np.float32)  # lessons for which nothing changed there
        self._change: Floats = np.zeros_like(self._standing)
        self._light: Light = (1.0, 0.0, 0.0)
        self._last = Look(np.zeros((3, *shape), np.uint8), self._light)  # that of the last lesson
        self.taught = False
        self._taught_at: float | None = None
        self._astray = 0
        self._capture_until: float | None = None

    def capture(self, seconds: float) -> None:
        """From now on, `seconds`, the user is out of the picture: learn all of it."""
        self._capture_until = seconds + CAPTURE

    @property
    def known(self) -> float:
        """The share of the picture whose room is known."""
        return float(np.mean(self._learnt.lessons >= LESSONS))

    def __call__(self, mask: Mask, picture: Codes, seconds: float, *, later: bool = False) -> Mask:
        """(h, w) in, (h, w) out, in [0, 1]: the mask corrected by the plate, which learns from it.

        picture  (3, h, w), without noise; nobody may write it from now on
        later    a lesson that is due waits: this frame has work enough
        """
        sure = sure_room(mask)
        self._meter(picture, sure)
        mask = self._corrected(mask, picture)
        self.taught = not later and (self._taught_at is None or seconds - self._taught_at >= EVERY)
        if self.taught:
            self._taught_at = seconds
            self._learn(Look(picture, self._light), sure, mask, seconds)
        return mask

    def _meter(self, picture: Codes, sure: Flags) -> None:
        """How the light differs from the plate's: luma by a factor, chroma by an offset."""
        count, *totals = choice.kernel.totals(picture, self._learnt.codes, sure, self._learnt.trusted)
        if count < ENOUGH:
            return
        now, then = ([total / count for total in each] for each in (totals[:3], totals[3:]))
        gain = min(max(then[0] / max(1.0, now[0]), 0.2), 5.0)
        self._light = (gain, now[1] - then[1], now[2] - then[2])

    def _corrected(self, mask: Mask, picture: Codes) -> Mask:
        box = bounds(mask, FAINTEST, 1)
        corrected = mask.copy()
        there = np.s_[..., box.y0 : box.y1, box.x0 : box.x1]
        if box.x0 < box.x1:
            room = Room(*(each[there] for each in self._room))
            choice.kernel.weigh(mask[there], Look(picture[there], self._light), room, ODDS, corrected[there])
        return corrected

    def _learn(self, look: Look, sure: Flags, mask: Mask, seconds: float) -> None:
        """Take over what is room: what is far from people, and what stands still and is hardly claimed."""
        if self._camera_moved(look, sure):
            self.reset()
            return
        choice.kernel.changed(look, self._last, self._change)
        self._last = look
        still = cv2.blur(self._change, (5, 5)) < STANDING
        self._standing += 1
        self._standing *= still
        room = (sure > 0) | ((self._standing > PATIENCE) & (cv2.dilate(mask, CLOSE) < 0.5))
        if self._capture_until is not None and seconds <= self._capture_until:
            room |= mask < 0.5
        choice.kernel.learn(look, room.view(np.uint8), self._room, self._learnt, RATES)

    def _camera_moved(self, look: Look, sure: Flags) -> bool:
        """Whether much of the known room has not looked right for three lessons."""
        seen, wrong = choice.kernel.astray(look, self._room, sure, self._learnt.trusted, ASTRAY)
        if 4 * seen < ENOUGH:
            return False
        self._astray = self._astray + 1 if wrong > MOVED * seen else 0
        return self._astray >= 3


def sure_room(mask: Mask) -> Flags:
    """Where certainly nobody is."""
    near = cv2.dilate((mask > 0.1).view(np.uint8), APART)
    return np.asarray(cv2.threshold(near, 0, 255, cv2.THRESH_BINARY_INV)[1], np.uint8)
