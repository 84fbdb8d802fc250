"""What the room looks like without people: learnt while they move, kept in memory only.

A webcam stands still, and so does the room. Where it has been seen, each pixel of a frame says by itself
how likely it shows the room: that settles what the models are unsure about.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Plane, Planes, Size
from ..kernel import choice
from ..kernel.evidence import LESSONS, ODDS, RATES, Codes, Learnt, Light, Room
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
    """

    def __init__(self, size: Size) -> None:
        self._size = size
        self.reset()

    def reset(self) -> None:
        """Forget the room."""
        shape = (self._size.height, self._size.width)
        some, three = np.zeros(shape, np.float32), np.zeros((3, *shape), np.float32)
        self._room = Room(three, three + 1 / UNKNOWN, some, some.copy())
        unknown = np.full_like(three, UNKNOWN)
        self._learnt = Learnt(unknown, some.copy(), np.zeros_like(three, np.uint8), np.zeros(shape, np.uint8))
        self._standing: Floats = some.copy()  # lessons for which nothing changed there
        self._last: Floats = three.copy()  # the picture of the last lesson
        self._picture: Codes = np.empty((3, *shape), np.uint8)
        self._light: Light = (1.0, 0.0, 0.0)
        self._taught: float | None = None
        self._astray = 0
        self._capture_until: float | None = None

    def capture(self, seconds: float) -> None:
        """From now on, `seconds`, the user is out of the picture: learn all of it."""
        self._capture_until = seconds + CAPTURE

    @property
    def known(self) -> float:
        """The share of the picture whose room is known."""
        return float(np.mean(self._learnt.lessons >= LESSONS))

    def __call__(self, mask: Mask, coarse: Planes, seconds: float) -> Mask:
        """(h, w) in, (h, w) out, in [0, 1]: the mask corrected by the plate, which learns from it."""
        picture = self._picture
        for plane, smooth in zip(coarse, picture, strict=True):
            cv2.blur(plane, (3, 3), dst=smooth)
        sure = sure_room(mask)
        self._meter(picture, sure)
        mask = self._corrected(mask, picture)
        if self._taught is None or seconds - self._taught >= EVERY:
            self._taught = seconds
            self._learn(self._plain(picture), sure, mask, seconds)
        return mask

    def _meter(self, picture: Codes, sure: Flags) -> None:
        """How the light differs from the plate's: luma by a factor, chroma by an offset."""
        seen = np.asarray(cv2.bitwise_and(sure, self._learnt.trusted), np.uint8)
        count = cv2.countNonZero(seen)
        if count < ENOUGH:
            return
        now, then = (
            [total(plane, seen) / count for plane in planes] for planes in (picture, self._learnt.codes)
        )
        gain = float(np.clip(then[0] / max(1.0, now[0]), 0.2, 5))
        self._light = (gain, now[1] - then[1], now[2] - then[2])

    def _plain(self, picture: Codes) -> Floats:
        """As the picture would be in the light of the plate."""
        gain, *shift = self._light
        plain = picture.astype(np.float32)
        plain[0] *= np.float32(gain)
        for plane, by in zip(plain[1:], shift, strict=True):
            plane -= np.float32(by)
        return plain

    def _corrected(self, mask: Mask, picture: Codes) -> Mask:
        box = bounds(mask, FAINTEST, 1)
        corrected = mask.copy()
        there = np.s_[..., box.y0 : box.y1, box.x0 : box.x1]
        if box.x0 < box.x1:
            room = Room(*(each[there] for each in self._room))
            choice.kernel.weigh(mask[there], picture[there], self._light, room, ODDS, corrected[there])
        return corrected

    def _learn(self, plain: Floats, sure: Flags, mask: Mask, seconds: float) -> None:
        """Take over what is room: what is far from people, and what stands still and is hardly claimed."""
        if self._camera_moved(plain, sure):
            self.reset()
            return
        change = np.subtract(plain, self._last, out=self._last)
        change = cv2.blur(summed(np.abs(change, out=change)), (5, 5))
        self._last = plain
        self._standing = np.where(change < STANDING, self._standing + 1, np.float32(0))
        room = (sure > 0) | ((self._standing > PATIENCE) & (cv2.dilate(mask, CLOSE) < 0.5))
        if self._capture_until is not None and seconds <= self._capture_until:
            room |= mask < 0.5
        choice.kernel.learn(plain, room.view(np.uint8), self._room, self._learnt, RATES)

    def _camera_moved(self, plain: Floats, sure: Flags) -> bool:
        """Whether much of the known room has not looked right for three lessons."""
        some = np.s_[..., ::2, ::2]
        seen = (sure[some] > 0) & (self._learnt.trusted[some] > 0)
        count = np.count_nonzero(seen)
        if 4 * count < ENOUGH:
            return False
        away = plain[some] - self._room.mean[some]
        away *= away
        away *= self._room.certainty[some]
        wrong = np.count_nonzero(seen & (summed(away) > ASTRAY)) / count
        self._astray = self._astray + 1 if wrong > MOVED else 0
        return self._astray >= 3


def sure_room(mask: Mask) -> Flags:
    """Where certainly nobody is."""
    return np.asarray(cv2.bitwise_not(cv2.dilate((mask > 0.1).astype(np.uint8) * 255, APART)), np.uint8)


def total(plane: Plane, where: Flags) -> float:
    """The sum of the codes there; ten times as fast as OpenCV's masked mean."""
    return float(cv2.sumElems(cv2.bitwise_and(plane, where))[0])


def summed(planes: Floats) -> Floats:
    """(h, w) from (3, h, w)."""
    return np.asarray(planes[0] + planes[1] + planes[2], np.float32)
