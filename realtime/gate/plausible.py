"""Whether a matte can be true, given the frames and mattes before it.

A mask that calls the room a person leaks the room, and it looks as healthy as any other. But people move,
and rooms do not: what has long been room and still looks the same cannot turn into a person at once.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..frame import Frame, Halves, Plane
from ..kernel import choice
from ..kernel.places import Claim, Memory
from ..matte import Matte
from ..reason import MaskRefused, Reason
from ..scale import reduced, resized

Flags = npt.NDArray[np.bool_]  # (h, w)
Levels = npt.NDArray[np.float32]  # (h, w), 0..255

LINES = 64  # at most, of the small scale: 360p, 720p and 1080p are judged at 80x45
FULL_SHARE = 0.97  # of the picture; a face held right before the lens fills about .85
SURROUNDED = 0.85  # of the top, left and right edge each: people come in from below
CUT = 0.6  # correlation between two frames below which they show different scenes
FAINT = 16  # alpha of what nobody could make out
ROOM, PERSON = 32, 64  # alpha below which a place is room, above which it is claimed for a person
STILL = 6  # levels a place may differ and count as unchanged; 1/16 scale has next to no noise
TURNED, FAINTLY_TURNED = Claim(ROOM, PERSON, STILL), Claim(FAINT, ROOM, STILL)
KNOWN = 0.06  # s for which a place must have been room before its looks are known: as long as the gate takes
# Of the picture, turned from room to person while it looks the same. True mattes stay at half of it.
SUDDEN = 0.02  # from one frame to the next
THICK = np.ones((3, 3), np.uint8)  # places: 48 px of 720p, thicker than an edge that trembles
LATELY = 0.4  # s within which no such piece of the room may turn
WHILE = 0.2  # s beyond LATELY for which it is refused then: a person may happen to look like the room behind
MUCH, SOME = 0.15, 0.035  # for any time: never believed; believed if it lasts
PATIENCE = 10.0  # s
LEARNING = 0.2  # s: how fast the looks of the room are learnt anew
MEMORY = 20.0  # s, half-life of "there was a person here"


@dataclass(slots=True)
class Sight:
    """What is seen at one time: luma and alpha at the small scale, and the time, s.

    outline  the luma at a smaller scale yet, 32x18 of deviations from its mean: it tells scenes apart
    power    the sum of their squares
    """

    luma: Plane
    alpha: Plane
    seconds: float
    outline: Levels
    power: float


class Plausibility:
    """Refuses mattes that cannot be true, and doubts pieces of them. Called with every frame, in order."""

    def __init__(self) -> None:
        self._before: Sight | None = None  # the frame before
        self._earlier: Sight | None = None  # the last frame before this mask began to serve
        self._lately: deque[Sight] = deque()  # the oldest is LATELY old
        self._room: Room | None = None
        self._doubtful_since: float | None = None
        self._revision = 0

    def __call__(self, frame: Frame, matte: Matte) -> Flags | None:
        """The places, at the small scale, of pieces that cannot be true; None: there are none.

        Raises MaskRefused when nothing of this matte may be composed with.
        """
        if matte.revision != self._revision:  # people who were room are shown, because the user chose them
            self._revision = matte.revision
            self.reset()
        sight = self._look(frame, matte)
        before, self._before = self._before, sight
        if not matte.again:
            self._earlier = before
        if before and correlation(before, sight) < CUT:
            self.reset()
            self._before = sight
            raise MaskRefused(Reason.SOURCE_CHANGED)
        if surrounds(sight.alpha) or cv2.mean(sight.alpha)[0] > FULL_SHARE * 255:
            raise MaskRefused(Reason.FULL_MASK)
        self._room = self._room or Room(sight)
        empty = self._room.empty
        if before and jumped(before, sight, empty, TURNED)[1] > SUDDEN * empty.size:
            raise MaskRefused(Reason.ROOM_TURNED_PERSON)
        while self._lately and sight.seconds - self._lately[0].seconds > LATELY + WHILE:
            self._lately.popleft()
        if self._lately and (pieces := turned(self._lately[0], sight, empty)) is not None:
            return pieces
        unchanged, claimed = self._room.unchanged(sight, empty)
        self._doubt(claimed / empty.size, sight.seconds)
        self._room.learn(sight, self._earlier or sight, unchanged)
        self._lately.append(sight)
        while sight.seconds - self._lately[0].seconds > LATELY:
            self._lately.popleft()
        return None

    def reset(self) -> None:
        """A new scene: nothing is known of it."""
        self._before = self._earlier = None
        self._lately.clear()
        self._room = None
        self._doubtful_since = None

    def _look(self, frame: Frame, matte: Matte) -> Sight:
        """The frame and its matte at the small scale."""
        luma, alpha = small(frame.planes.y, frame.halves[0]), small_alpha(matte)
        seen = outline(luma)
        return Sight(luma.copy(), alpha.copy(), frame.seconds, seen, power(seen))

    def _doubt(self, share: float, seconds: float) -> None:
        """`share` of the picture is claimed for a person and looks as the room there always did."""
        if share < SOME:
            self._doubtful_since = None
            return
        if self._doubtful_since is None:
            self._doubtful_since = seconds
        if share > MUCH or seconds - self._doubtful_since < PATIENCE:
            raise MaskRefused(Reason.ROOM_TURNED_PERSON)


class Room:
    """The looks of the room, learnt where and while nobody stands before it, at the small scale.

    Who counts as one of the people there stayed for two frames at least, and changed the place's looks.
    """

    def __init__(self, sight: Sight) -> None:
        looks = sight.luma.astype(np.float32)
        self._memory = Memory(looks, np.zeros_like(looks), np.zeros_like(looks))
        self._seconds = sight.seconds

    @property
    def empty(self) -> Plane:
        """Flags where nobody was lately."""
        return np.asarray(self._memory.people < PERSON).view(np.uint8)

    def unchanged(self, sight: Sight, empty: Plane) -> tuple[Plane, int]:
        """Flags where nobody was, and the room is known and looks the same but for the light; at how many of
        these places there is a person.
        """
        flags = np.empty_like(sight.luma)
        claimed = choice.kernel.familiar(self._memory, KNOWN, sight.luma, sight.alpha, empty, TURNED, flags)
        return flags, claimed

    def learn(self, sight: Sight, before: Sight, unchanged: Plane) -> None:
        """Take over what a trusted matte shows, and one that was made of another mask before it."""
        passed, self._seconds = max(0.0, sight.seconds - self._seconds), sight.seconds
        rate, fading = min(1.0, passed / LEARNING), 0.5 ** (passed / MEMORY)
        seen = sight.luma, sight.alpha, before.alpha
        choice.kernel.remember(self._memory, *seen, unchanged, TURNED, passed, rate, fading)


def small(plane: Plane, halves: Halves) -> Plane:
    """A plane of the frame's size at the small scale; nobody may write it."""
    return reduced(plane, factor(plane.shape[0]), halves)


def small_alpha(matte: Matte) -> Plane:
    """A matte's alpha likewise."""
    return matte.reduced(factor(matte.size.height))


def factor(height: int) -> int:
    """By which the small scale is smaller than a frame of that height: halves, and a third where they end."""
    by = 1
    while (lines := height // by) > LINES:
        by *= 3 if lines % 6 == 3 and lines > 3 * LINES // 2 else 2
    return by


def jumped(before: Sight, sight: Sight, empty: Plane, claim: Claim) -> tuple[Plane, int]:
    """Flags what was room before, and is a person now while nothing there moved; at how many places."""
    flags = np.empty_like(empty)
    pairs = sight.luma, before.luma, sight.alpha, before.alpha
    return flags, choice.kernel.jumped(*pairs, empty, claim, flags)


def turned(before: Sight, sight: Sight, empty: Plane) -> Flags | None:
    """The pieces of unmoved room that a person took, with all that was taken together with them; None where
    none is larger than an edge's trembling.

    empty  where nobody was lately
    """
    flags, count = jumped(before, sight, empty, FAINTLY_TURNED)
    if count <= 1:
        return None
    thick = cv2.erode(flags, THICK)
    if cv2.countNonZero(thick) <= 1:
        return None
    claimed = (sight.alpha > FAINT) & (before.alpha < ROOM) & (empty > 0)
    _, pieces = cv2.connectedComponents(claimed.view(np.uint8))
    whole = np.isin(pieces, np.unique(pieces[thick > 0])) & claimed
    wider = cv2.dilate(whole.view(np.uint8), THICK) > 0  # a soft edge reaches beyond a place
    return np.asarray(wider & (before.alpha < PERSON), np.bool_)


def surrounds(alpha: Plane) -> bool:
    """Whether there is no room at most of the upper three edges of the picture, as in an inverted mask."""
    edges = (alpha[0], alpha[:, 0], alpha[:, -1])
    return all(np.count_nonzero(edge > ROOM) > SURROUNDED * edge.size for edge in edges)


def outline(luma: Plane) -> Levels:
    """What tells one scene from another: (18, 32), deviations from the mean."""
    small = resized(luma, (32, 18), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= np.float32(cv2.mean(small)[0])
    return small


def power(outline: Levels) -> float:
    """The sum of squares."""
    return float(np.vdot(outline, outline))


def correlation(one: Sight, other: Sight) -> float:
    """Of two outlines, -1..1; blind to exposure. Flat pictures correlate with each other only."""
    # Flat is less than a level of contrast: a covered lens, no light.
    flat = [each.power <= each.outline.size for each in (one, other)]
    if any(flat):
        return float(all(flat))
    return float(np.vdot(one.outline, other.outline)) / math.sqrt(one.power * other.power)
