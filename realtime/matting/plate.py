"""What the room looks like without people: learnt while they move, kept in memory only.

A webcam stands still, and so does the room. Where it has been seen, each pixel of a frame says by itself
how likely it shows the room: that settles what the models are unsure about.
"""

from __future__ import annotations

from types import EllipsisType

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Plane, Planes, Size
from ..matte import bounds

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.uint8]  # (h, w), 0 or 255
Where = EllipsisType | tuple[EllipsisType, slice, slice]  # of the last two axes
Codes = npt.NDArray[np.uint8]  # (3, h, w): Y, U and V, so that NumPy works along rows

EVERY = 0.1  # s between two lessons; the room does not change faster
LESSONS = 3.0  # after which a place is known by half
RATE = 0.05  # least weight of a new lesson: slow changes of the light are followed within seconds
NOISE = 3.0  # codes: what a place may always differ
UNKNOWN = 400.0  # codes²: the variance of a place seen once
WILD = 900.0  # codes²: a single difference counts no more than this
SPREAD = 50.0  # codes: what is not the room may have any colour, evenly over so many
TEMPER = 0.5  # planes and neighbours say much the same, so they do not count in full
FOR_ROOM, FOR_PERSON = 3.0, 1.5  # nats by which a place may be doubted, or confirmed, as a person's
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

    It corrects masks: with a likelihood ratio of "looks like the room here" to "looks like anything",
    tempered and bounded. An object that was not there before cannot become a person by it, for the mask
    must already say so in part.
    """

    def __init__(self, size: Size) -> None:
        self._size = size
        self.reset()

    def reset(self) -> None:
        """Forget the room."""
        shape = (self._size.height, self._size.width)
        self._mean: Floats = np.zeros((3, *shape), np.float32)
        self._variance: Floats = np.full((3, *shape), UNKNOWN, np.float32)
        self._lessons: Floats = np.zeros(shape, np.float32)
        self._standing: Floats = np.zeros(shape, np.float32)  # lessons for which nothing changed there
        self._last: Floats = np.zeros((3, *shape), np.float32)  # the picture of the last lesson
        self._gain = np.ones((3, 1, 1), np.float32)
        self._shift = np.zeros((3, 1, 1), np.float32)
        self._taught: float | None = None
        self._astray = 0
        self._capture_until: float | None = None
        self._rate_evidence()

    def capture(self, seconds: float) -> None:
        """From now on, `seconds`, the user is out of the picture: learn all of it."""
        self._capture_until = seconds + CAPTURE

    @property
    def known(self) -> float:
        """The share of the picture whose room is known."""
        return float(np.mean(self._lessons >= LESSONS))

    def __call__(self, mask: Mask, coarse: Planes, seconds: float) -> Mask:
        """(h, w) in, (h, w) out, in [0, 1]: the mask corrected by the plate, which learns from it."""
        picture = np.stack([np.asarray(cv2.blur(plane, (3, 3)), np.uint8) for plane in coarse])
        sure = sure_room(mask)
        self._meter(picture, sure)
        mask = self._corrected(mask, picture)
        if self._taught is None or seconds - self._taught >= EVERY:
            self._taught = seconds
            self._learn(self._plain(picture), sure, mask, seconds)
        return mask

    def _meter(self, picture: Codes, sure: Flags) -> None:
        """How the light differs from the plate's: luma by a factor, chroma by an offset."""
        seen = np.asarray(cv2.bitwise_and(sure, self._trusted), np.uint8)
        count = cv2.countNonZero(seen)
        if count < ENOUGH:
            return
        now, then = ([total(plane, seen) / count for plane in planes] for planes in (picture, self._codes))
        self._gain[0] = np.clip(then[0] / max(1.0, now[0]), 0.2, 5)
        self._shift[1:, 0, 0] = np.subtract(now, then)[1:]

    def _plain(self, picture: Codes) -> Floats:
        """As the picture would be in the light of the plate."""
        plain = picture * self._gain
        plain -= self._shift
        return plain

    def _corrected(self, mask: Mask, picture: Codes) -> Mask:
        """p' = p·r / (p·r + 1 − p), r the likelihood ratio; where p is 0 it stays so."""
        box = bounds(mask, FAINTEST, 1)
        there = np.s_[..., box.y0 : box.y1, box.x0 : box.x1]
        corrected = mask.copy()
        if box.x0 == box.x1:
            return corrected
        away = cv2.blur(self._deviation(self._plain(picture[there]), there), (3, 3))
        evidence = np.clip(away * np.float32(TEMPER / 2) - self._prior[there], -FOR_ROOM, FOR_PERSON)
        claimed = mask[there] * np.asarray(cv2.exp(evidence * self._belief[there]), np.float32)
        corrected[there] = claimed / (claimed + (1 - mask[there]) + np.float32(1e-6))
        return corrected

    def _deviation(self, plain: Floats, there: Where) -> Floats:
        """How far a part of the picture is from the plate there, in squared standard deviations."""
        away = plain - self._mean[there]
        away *= away
        away *= self._certainty[there]
        return summed(away)

    def _learn(self, plain: Floats, sure: Flags, mask: Mask, seconds: float) -> None:
        """Take over what is room: what is far from people, and what stands still and is hardly claimed."""
        if self._camera_moved(plain, sure):
            self.reset()
            return
        change = cv2.blur(summed(np.abs(plain - self._last)), (5, 5))
        self._last = plain
        self._standing = np.where(change < STANDING, self._standing + 1, np.float32(0))
        room = (sure > 0) | ((self._standing > PATIENCE) & (cv2.dilate(mask, CLOSE) < 0.5))
        if self._capture_until is not None and seconds <= self._capture_until:
            room |= mask < 0.5
        weight = np.where(room, np.maximum(1 / (self._lessons + 1), RATE), 0).astype(np.float32)
        away = plain - self._mean
        self._mean += weight * away
        weight[self._lessons == 0] = 0  # one look tells a mean, but no variance
        np.multiply(away, away, out=away)
        self._variance += weight * (np.minimum(away, WILD, out=away) - self._variance)
        self._lessons += room
        self._rate_evidence()

    def _camera_moved(self, plain: Floats, sure: Flags) -> bool:
        """Whether much of the known room has not looked right for three lessons."""
        seen = (sure > 0) & (self._trusted > 0)
        if np.count_nonzero(seen) < ENOUGH:
            return False
        wrong = float(np.mean(self._deviation(plain, ...)[seen] > ASTRAY))
        self._astray = self._astray + 1 if wrong > MOVED else 0
        return self._astray >= 3

    def _rate_evidence(self) -> None:
        """What all frames until the next lesson are weighed with."""
        variance = self._variance + np.float32(NOISE**2)
        self._certainty = 1 / variance
        # log(SPREAD / sigma) of each plane: how much more likely the room's looks are under the room.
        self._prior = np.float32(TEMPER) * summed(np.clip(np.log(SPREAD) - 0.5 * np.log(variance), 0, 5))
        self._belief = np.minimum(self._lessons / (2 * LESSONS), 1).astype(np.float32)
        self._codes = np.rint(self._mean).astype(np.uint8)
        self._trusted: Plane = np.where(self._lessons >= LESSONS, 255, 0).astype(np.uint8)


def sure_room(mask: Mask) -> Flags:
    """Where certainly nobody is."""
    return np.asarray(cv2.bitwise_not(cv2.dilate((mask > 0.1).astype(np.uint8) * 255, APART)), np.uint8)


def total(plane: Plane, where: Flags) -> float:
    """The sum of the codes there; ten times as fast as OpenCV's masked mean."""
    return float(cv2.sumElems(cv2.bitwise_and(plane, where))[0])


def summed(planes: Floats) -> Floats:
    """(h, w) from (3, h, w)."""
    return np.asarray(planes[0] + planes[1] + planes[2], np.float32)
