"""Static things that the light model takes for people, and the refiner does not: chairs, shelves, posters.

A webcam stands still. What two answers have called room, while it looked the same, is no person's for as
long as it looks so; where somebody moves before it, it looks otherwise and nothing is taken away.
Only removing is learnt so: what a lesson would open for good, it would open without the person, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Plane, Planes
from ..matte import Box, bounds, inside

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]  # (h, w, 3)

BELIEVED = 2  # answers that must agree; as many later ones that do not make it forgotten
PERSON, ROOM = 0.5, 0.1  # of the light mask from which, of the answer up to which, they contradict
SAME = 8  # codes by which a place may differ and looks the same
GRID, ENOUGH = 8, 60  # px between the places at which the light is metered; so many at least
THICK = np.ones((5, 5), np.uint8)  # px: thinner pieces are edges, which are never quite alike
AROUND = 4  # px, more than three averages of 3x3 reach


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """Which places are room, and what they look like then; of the coarse size. Never written to.

    box  around those places, and what their averages reach
    """

    places: Flags
    looks: Codes
    box: Box

    def __call__(self, mask: Mask, coarse: Planes) -> Mask:
        """(h, w) in, (h, w) out: a copy without them."""
        there = inside(self.box)
        same = looks_same(self.looks, coarse, mask, self.box)
        gone = cv2.blur((self.places[there] & same).astype(np.float32), (3, 3))
        made = mask.copy()
        made[there] *= np.subtract(1, gone)
        return made


class Places:
    """What answers have said of each place so far."""

    def __init__(self) -> None:
        self._votes: npt.NDArray[np.int8] | None = None
        self._looks: Codes = np.zeros((0, 0, 3), np.uint8)

    def reset(self) -> None:
        """Another scene has other things."""
        self._votes = None

    def learn(self, answer: Mask, light: Mask, then: Planes) -> None:
        """From an answer, and the light mask of the frame `then`."""
        now = codes(then)
        if self._votes is None:
            self._votes, self._looks = np.zeros(light.shape, np.int8), now.copy()
        whole = Box(0, 0, light.shape[1], light.shape[0])
        same = (self._votes > 0) & looks_same(self._looks, then, light, whole)
        wrong = cv2.morphologyEx(
            ((light > PERSON) & (answer < ROOM)).view(np.uint8), cv2.MORPH_OPEN, THICK
        ).astype(np.bool_)
        fresh = wrong & ~same
        self._votes[same & wrong & (self._votes < BELIEVED)] += 1
        self._votes[same & (answer > PERSON)] -= 1
        self._votes[fresh] = 1
        self._looks[fresh] = now[fresh]

    def lesson(self) -> Lesson | None:
        """What is believed by now; None: nothing."""
        if self._votes is None or not np.any(places := self._votes >= BELIEVED):
            return None
        box = bounds(places.view(np.uint8), 0, AROUND)
        return Lesson(places, self._looks.copy(), box)


def looks_same(then: Codes, planes: Planes, mask: Mask, box: Box) -> Flags:
    """Where in the box the picture is as it was, but for the light; the mask is of now."""
    there = inside(box)
    now = codes(Planes(*(plane[there] for plane in planes)))
    lit = cv2.transform(then[there], np.diag((light_gain(then, planes.y, mask), 1.0, 1.0)))
    return alike(np.asarray(lit, np.uint8), now)


def light_gain(then: Codes, now: Plane, mask: Mask) -> float:
    """How much brighter the room is: cameras set their exposure anew when somebody moves."""
    some = np.s_[::GRID, ::GRID]
    room = mask[some] < ROOM
    if np.count_nonzero(room) < ENOUGH:
        return 1.0
    lit, before = cv2.blur(now, (3, 3))[some][room], then[some][room, 0]
    return float(np.median(lit / np.maximum(before, 1.0)))


def codes(planes: Planes) -> Codes:
    """Without noise, as one array."""
    return np.asarray(cv2.merge([cv2.blur(plane, (3, 3)) for plane in planes]), np.uint8)


def alike(one: Codes, other: Codes) -> Flags:
    """Where two pictures look the same, in every plane, with what is around."""
    y, u, v = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.blur(cv2.max(y, cv2.max(u, v)), (3, 3)) <= SAME)
