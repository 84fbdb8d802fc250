"""Where the person is, and how the picture follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ..frame import Plane, Size
from ..matte import Head, Matte
from .crop import WHOLE, Crop, held_inside

How = Literal["off", "gentle", "close"]

HALVED = 3  # times: a person is measured at an eighth of the scale
LONGEST = 0.1  # s of one step: after a pause the picture does not leap
HEAD = 0.35  # of a body's height that is taken for the head and what is beside it
LATELY = 1.0  # s for which a head is where it was seen
ABOVE = 0.6  # of a face's height that its hair may rise above it
CRUMB = 0.004  # of the picture: smaller pieces of the mask are not anybody
ALONE = 2.0  # s without anybody after which the whole picture is shown again


@dataclass(frozen=True, slots=True)
class Manner:
    """How a picture is framed.

    share    of the picture's height that the person takes
    above    of the picture's height that is left free over the head
    closest  zoom, at most
    zoom     at least, since a whole picture could not follow anybody, and at most
    still    how far the person may be from where they should be before the picture follows, of its width
    haste    rad/s, of the critically damped springs that move the picture
    """

    share: float
    above: float
    zoom: tuple[float, float]
    still: float
    haste: float


MANNERS: dict[How, Manner] = {
    "gentle": Manner(0.8, 0.1, (1.1, 1.5), 0.004, 8.0),
    "close": Manner(0.9, 0.06, (1.25, 2.0), 0.004, 12.0),
}
FASTEST = 0.35  # frame widths a second, and e-foldings of the zoom a second


class Spring:
    """Follows a target, critically damped (x'' = ω²·(target − x) − 2ω·x'), never faster than `fastest`."""

    def __init__(self, at: float, fastest: float) -> None:
        self.at = at
        self._speed = 0.0
        self._fastest = fastest

    def __call__(self, target: float, seconds: float, haste: float) -> float:
        """Where it is, `seconds` later."""
        self._speed += seconds * haste * (haste * (target - self.at) - 2 * self._speed)
        self._speed = min(max(self._speed, -self._fastest), self._fastest)
        self.at += self._speed * seconds
        return self.at


class Framing:
    """Chooses the part of the picture to be shown, frame by frame; all of it inside the camera's picture.

    how   may be changed at any time, from any thread
    crop  the one that was chosen last
    """

    def __init__(self, size: Size, how: How = "off") -> None:
        self.how: How = how
        self.crop = WHOLE
        self._size = size
        self._seen = 0.0  # s: when somebody was there
        self._before: float | None = None  # s
        self._wanted = self._whole()
        x, y, zoom = self._wanted
        speed = FASTEST * size.width
        self._springs = Spring(x, speed), Spring(y, speed), Spring(zoom, FASTEST)

    def __call__(self, matte: Matte, seconds: float) -> Crop:
        """The crop for this frame."""
        if self.how == "off" and self.crop == WHOLE:
            return WHOLE
        passed = 0.0 if self._before is None else min(max(seconds - self._before, 0.0), LONGEST)
        self._before = seconds
        self._aim(matte, seconds)
        haste = MANNERS[self.how if self.how in MANNERS else "gentle"].haste
        x, y, zoom = (move(to, passed, haste) for move, to in zip(self._springs, self._wanted, strict=True))
        self.crop = held_inside((x, y), max(1.0, float(np.exp(zoom))), self._size)
        if self.how == "off" and self.crop.zoom < 1.002:
            self.crop = WHOLE
        return self.crop

    def _aim(self, matte: Matte, seconds: float) -> None:
        """Follow the person, once they are too far from where they should be."""
        manner = MANNERS.get(self.how)
        target = manner and self._target(matte, manner, seconds)
        if target:
            self._seen = seconds
        elif manner and seconds - self._seen < ALONE:
            return
        x, y, zoom = target or self._whole()
        still = (manner.still if manner else 0.0) * self._size.width
        now = self._wanted
        self._wanted = (
            outside(now[0], x, still),
            outside(now[1], y, still),
            outside(now[2], zoom, still / self._size.width),
        )

    def _target(self, matte: Matte, manner: Manner, seconds: float) -> tuple[float, float, float] | None:
        """The middle of the picture that shows the person well, px, and the logarithm of its zoom."""
        heads = [head for head in matte.heads if abs(seconds - head.seconds) <= LATELY]
        body = extent(matte.halved(HALVED), [Hair.over(head) for head in heads])
        if body is None:
            return None
        middle, top, bottom = (value * 2**HALVED for value in body)
        least, most = manner.zoom
        zoom = min(max(self._size.height * manner.share / (bottom - top), least), most)
        high = self._size.height / zoom
        return middle, top - manner.above * high + high / 2, float(np.log(zoom))

    def _whole(self) -> tuple[float, float, float]:
        return self._size.width / 2, self._size.height / 2, 0.0


def outside(now: float, wanted: float, still: float) -> float:
    """What is followed: it stays until what is wanted is further than `still`, and keeps that distance."""
    return min(max(now, wanted - still), wanted + still)


class Hair(NamedTuple):
    """The top of a head and its sides, px of the alpha."""

    left: float
    right: float
    top: float
    chin: float

    @classmethod
    def over(cls, head: Head) -> Hair:
        """What is above a face, too."""
        x0, y0, x1, y1 = (edge / 2**HALVED for edge in head[:4])
        return cls(x0, x1, y0 - ABOVE * (y1 - y0), y1)


def extent(alpha: Plane, heads: Sequence[Hair] = ()) -> tuple[float, float, float] | None:
    """The person's middle, top and bottom, px of the alpha; None when nobody is there.

    The middle is half way between the head's, which is looked at, and the whole body's. Where heads are
    known, a hand that is raised above them is none.
    """
    body = (alpha > 127).view(np.uint8)
    rows, whole = filled(body, 1), filled(body, 0)
    if rows is None or whole is None:
        return None
    _, bottom = rows
    top = min(tops(body, heads)) if heads else float(rows[0])
    if heads:
        upper = min(head.left for head in heads), max(head.right for head in heads)
    else:
        first = round(top)
        upper = filled(body[first : first + max(1, round(HEAD * (bottom - first)))], 0) or whole
    return (sum(upper) + sum(whole)) / 4, min(top, bottom - 1.0), float(bottom)


def tops(body: Plane, heads: Sequence[Hair]) -> list[float]:
    """The top of the head of each piece of the mask; of all of it, where its head is not known."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(body, connectivity=8)
    found: list[float] = []
    for piece in range(1, len(stats)):
        top = float(stats[piece, cv2.CC_STAT_TOP])
        mine = [head.top for head in heads if np.any(within(np.asarray(labels, np.int32), head) == piece)]
        if mine or stats[piece, cv2.CC_STAT_AREA] > CRUMB * body.size:
            found.append(max(top, min(mine)) if mine else top)
    return found or [float(stats[1:, cv2.CC_STAT_TOP].min())]


def within(labels: npt.NDArray[np.int32], head: Hair) -> npt.NDArray[np.int32]:
    """What is labelled where a head is."""
    x0, x1, y0, y1 = (max(0, int(edge)) for edge in (head.left, head.right, head.top, head.chin))
    return labels[y0 : y1 + 1, x0 : x1 + 1]


def filled(body: Plane, axis: int) -> tuple[int, int] | None:
    """From where to where there are at least two pixels of a body along the axis."""
    there = np.flatnonzero(cv2.reduce(body, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S) > 1)
    return (int(there[0]), int(there[-1]) + 1) if there.size else None
