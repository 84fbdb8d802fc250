"""Whether a matte can be true, given the frames and mattes before it.

A mask that calls the room a person leaks the room, and it looks as healthy as any other. But people move,
and rooms do not: what has long been room and still looks the same cannot turn into a person at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .frame import Frame, Plane
from .matte import Matte
from .reason import MaskRefused, Reason
from .scale import Halver, resized

Flags = npt.NDArray[np.bool_]  # (h, w)

TIMES = 4  # halvings: 720p is judged at 80x45
FULL_SHARE = 0.97  # of the picture; a face held right before the lens fills about .85
SURROUNDED = 0.85  # of the top, left and right edge each: people come in from below
CUT = 0.6  # correlation between two frames below which they show different scenes
STILL = 6  # levels a pixel may differ and count as unmoved; 1/16 scale has next to no noise
MUCH, SOME = 0.15, 0.05  # of the picture: never believed while still; believed if it lasts
PATIENCE = 1.5  # s
MEMORY = 20.0  # s, half-life of "there was a person here"


@dataclass(slots=True)
class Sight:
    """What was seen at one time: luma and alpha at the small scale, and the time, s."""

    luma: Plane
    alpha: Plane
    seconds: float


class Plausibility:
    """Refuses mattes that cannot be true. Called with every frame and its matte, in order."""

    def __init__(self) -> None:
        self._halve_luma = Halver(TIMES)
        self._halve_alpha = Halver(TIMES)
        self._before: Sight | None = None  # the frame before
        self._trusted: list[Sight] = []  # half a second to a second old, and newer ones waiting
        self._person_lately: npt.NDArray[np.float32] | None = None
        self._doubtful_since: float | None = None

    def __call__(self, frame: Frame, matte: Matte) -> None:
        """Raises MaskRefused when this matte must not be composed with."""
        sight = Sight(
            self._halve_luma(frame.planes.y).copy(), self._halve_alpha(matte.alpha).copy(), frame.seconds
        )
        before, self._before = self._before, sight
        if before and correlation(before.luma, sight.luma) < CUT:
            self.reset()
            self._before = sight
            raise MaskRefused(Reason.SOURCE_CHANGED)
        if surrounds(sight.alpha) or np.mean(sight.alpha) > FULL_SHARE * 255:
            raise MaskRefused(Reason.FULL_MASK)
        self._doubt(sight)
        self._trust(sight)

    def reset(self) -> None:
        """A new scene: nothing is known of it."""
        self._before = None
        self._trusted.clear()
        self._person_lately = None
        self._doubtful_since = None

    def _doubt(self, sight: Sight) -> None:
        if self._person_lately is None or not self._trusted:
            return
        never = self._person_lately < 64
        share = float(np.mean(never & self._claimed_unmoved(sight)))
        if share < SOME:
            self._doubtful_since = None
            return
        if self._doubtful_since is None:
            self._doubtful_since = sight.seconds
        if share > MUCH or sight.seconds - self._doubtful_since < PATIENCE:
            raise MaskRefused(Reason.ROOM_TURNED_PERSON)

    def _claimed_unmoved(self, sight: Sight) -> Flags:
        """Where a person is claimed and the picture is as it was half a second ago."""
        trusted = self._trusted[0]
        room = (sight.alpha < 64) & (trusted.alpha < 64)
        light = mean_where(sight.luma, room) / max(1.0, mean_where(trusted.luma, room))
        as_now = cv2.convertScaleAbs(trusted.luma, alpha=light)
        still = cv2.blur(cv2.absdiff(sight.luma, as_now), (3, 3)) <= STILL
        return np.asarray((sight.alpha > 128) & still)

    def _trust(self, sight: Sight) -> None:
        self._trusted.append(sight)
        while len(self._trusted) > 1 and sight.seconds - self._trusted[1].seconds >= 0.5:
            self._trusted.pop(0)
        if self._person_lately is None:
            self._person_lately = sight.alpha.astype(np.float32)
            return
        passed = sight.seconds - self._trusted[-2].seconds if len(self._trusted) > 1 else 0.0
        self._person_lately *= np.float32(0.5 ** (passed / MEMORY))
        np.maximum(self._person_lately, sight.alpha, out=self._person_lately)


def surrounds(alpha: Plane) -> bool:
    """Whether the person covers most of the upper three edges of the picture, as an inverted mask does."""
    edges = (alpha[0], alpha[:, 0], alpha[:, -1])
    return all(np.mean(edge > 128) > SURROUNDED for edge in edges)


def correlation(one: Plane, other: Plane) -> float:
    """Of two small pictures, -1..1; blind to exposure. Flat pictures correlate with everything."""
    a, b = (
        resized(plane, (32, 18), interpolation=cv2.INTER_AREA).astype(np.float32) for plane in (one, other)
    )
    a -= a.mean()
    b -= b.mean()
    scale = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    return float(np.sum(a * b)) / scale if scale > a.size else 1.0


def mean_where(plane: Plane, where: Flags) -> float:
    """Mean of the plane there; of all of it when there is nowhere."""
    return float(np.mean(plane[where] if where.any() else plane))
