"""Static things that the light model takes for people, and the refiner does not: chairs, shelves, posters.

A webcam stands still. What two answers have called room, while it looked the same, is no person's for as
long as it looks so; where somebody moves before it, it looks otherwise and nothing is taken away.
Only removing is learnt so: what a lesson would open for good, it would open without the person, too.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Planes
from .colours import smooth

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint8]  # (h, w, 3)

BELIEVED = 2  # answers that must agree; as many later ones that do not make it forgotten
PERSON, ROOM = 0.5, 0.1  # of the light mask from which, of the answer up to which, they contradict
SAME = 8  # codes by which a place may differ and looks the same
GRID, ENOUGH = 8, 60  # px between the places at which the light is metered; so many at least
THICK = np.ones((5, 5), np.uint8)  # px: thinner pieces are edges, which are never quite alike


class Places:
    """Which places are held for room, and what they look like then; of the coarse size."""

    def __init__(self) -> None:
        self._votes: npt.NDArray[np.int8] | None = None
        self._looks: Codes = np.zeros((0, 0, 3), np.uint8)
        self._believed = False

    def reset(self) -> None:
        """Another scene has other things."""
        self._votes, self._believed = None, False

    def __call__(self, mask: Mask, coarse: Planes) -> Mask:
        """(h, w) in, (h, w) out: the mask without them; the same array while none is known."""
        if self._votes is None or not self._believed:
            return mask
        held = (self._votes >= BELIEVED) & self._looks_same(codes(coarse), mask)
        return np.asarray(mask * (1 - cv2.blur(held.astype(np.float32), (3, 3))), np.float32)

    def learn(self, answer: Mask, light: Mask, then: Planes) -> None:
        """From an answer, and the light mask of the frame `then`."""
        now = codes(then)
        if self._votes is None:
            self._votes, self._looks = np.zeros(light.shape, np.int8), now.copy()
        known = self._votes > 0
        same = known & self._looks_same(now, light)
        wrong = cv2.morphologyEx(
            ((light > PERSON) & (answer < ROOM)).view(np.uint8), cv2.MORPH_OPEN, THICK
        ).astype(np.bool_)
        fresh = wrong & ~same
        self._votes[same & wrong & (self._votes < BELIEVED)] += 1
        self._votes[same & (answer > PERSON)] -= 1
        self._votes[fresh] = 1
        self._looks[fresh] = now[fresh]
        self._believed = bool(np.any(self._votes >= BELIEVED))

    def _looks_same(self, now: Codes, mask: Mask) -> Flags:
        """Where the picture is as it was, but for the light; the mask is of now."""
        lit = cv2.transform(self._looks, np.diag((light_gain(self._looks, now, mask), 1.0, 1.0)))
        return alike(np.asarray(lit, np.uint8), now)


def light_gain(then: Codes, now: Codes, mask: Mask) -> float:
    """How much brighter the room is: cameras set their exposure anew when somebody moves."""
    some = np.s_[::GRID, ::GRID]
    room = mask[some] < ROOM
    if np.count_nonzero(room) < ENOUGH:
        return 1.0
    return float(np.median(now[some][room, 0] / np.maximum(then[some][room, 0], 1.0)))


def codes(planes: Planes) -> Codes:
    """Without noise, as one array."""
    return np.asarray(cv2.merge(smooth(planes)), np.uint8)


def alike(one: Codes, other: Codes) -> Flags:
    """Where two pictures look the same, in every plane, with what is around."""
    y, u, v = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.blur(cv2.max(y, cv2.max(u, v)), (3, 3)) <= SAME)
