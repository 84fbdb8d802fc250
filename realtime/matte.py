"""The alpha that the compositor works with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from ..models.segmenter import Mask
from .frame import Halves, Plane, Planes, Size
from .kernel import choice
from .scale import reduced


class Box(NamedTuple):
    """A rectangle of pixels: x0 <= x < x1, y0 <= y < y1."""

    x0: int
    y0: int
    x1: int
    y1: int


class Doubled:
    """An alpha at half of a frame's size, which is enlarged by 2 once somebody asks for all of it.

    half  (H/2, W/2) uint8, and its maker's
    """

    def __init__(self, size: Size) -> None:
        self.half: Plane = np.zeros((size.height // 2, size.width // 2), np.uint8)
        self._box = self._enlarged = Box(0, 0, 0, 0)  # where they are not 0: half, and alpha
        self._alpha: Plane = np.zeros((size.height, size.width), np.uint8)
        self._current = True

    def put(self, half: Plane, box: Box) -> None:
        """The alpha from now on, (H/2, W/2), 0 beside the box: its maker's again with the next matte."""
        self.half, self._box, self._current = half, box, False

    def __call__(self) -> Plane:
        """(H, W); ours until the next `put`."""
        if not self._current:
            there = Box(*(2 * edge for edge in self._box))
            clear(self._alpha, self._enlarged, there)
            self._enlarged, self._current = there, True
            if there.x0 < there.x1:
                choice.kernel.enlarge(self.half[inside(self._box)], self._alpha[inside(there)])
        return self._alpha


class Head(NamedTuple):
    """Somebody's face, px of the frame, which ends it; seconds: when witnesses saw it last."""

    x0: float
    y0: float
    x1: float
    y1: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Matte:
    """Who is a person, at the frame's size.

    whole        what gives `alpha`: itself, or half of it
    box          alpha is 0 outside of it; even edges; empty (x0 == x1) when nobody is there
    index        of the frame whose mask it is made of; captured_at that frame's time, ns
    revision     rises when the user chooses other people: from one moment to the next, others are shown
    again        the mask has served an earlier frame, so it is no new evidence of anything
    heads        of those who are shown, as far as witnesses know them
    halves       of the alpha, as far as they were at hand or anybody asked for them
    """

    whole: Plane | Doubled
    box: Box
    index: int
    captured_at: int
    revision: int = 0
    again: bool = False
    heads: tuple[Head, ...] = ()
    halves: Halves = field(default_factory=dict[int, Plane], init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if isinstance(self.whole, Doubled):
            self.halves[2] = self.whole.half

    @property
    def alpha(self) -> Plane:
        """(H, W) uint8, 0 = background, 255 = person; its maker's until the next matte. Who can do with a
        half of it should: it need not be made then.
        """
        return self.reduced(1)

    @property
    def size(self) -> Size:
        """Of the frame."""
        if isinstance(self.whole, Doubled):
            return Size(*(2 * edge for edge in self.whole.half.shape[::-1]))
        return Size(*self.whole.shape[::-1])

    def halved(self, times: int) -> Plane:
        """Alpha of (H >> times, W >> times), made once for all who ask; nobody may write it."""
        return self.reduced(1 << times)

    def reduced(self, factor: int) -> Plane:
        """Likewise (H // factor, W // factor), see scale.reduced."""
        return reduced(self.whole, factor, self.halves)

    def once_more(self, heads: tuple[Head, ...] = ()) -> Matte:
        """The same, for one more frame, with the heads known now; they share what was made of it."""
        same = replace(self, again=True, heads=heads)
        same.halves.update(self.halves)
        return same


def bounds(mask: Mask | Plane, above: float, reach: int) -> Box:
    """The box around all of the mask that is above `above`, `reach` px wider; empty if there is none."""
    x0, y0, x1, y1 = choice.kernel.bounds(mask, above)
    if x0 == x1:
        return Box(0, 0, 0, 0)
    height, width = mask.shape
    return Box(max(0, x0 - reach), max(0, y0 - reach), min(width, x1 + reach), min(height, y1 + reach))


def joined(one: Box, other: Box) -> Box:
    """The box around both, of which either may be empty."""
    if one.x0 == one.x1 or other.x0 == other.x1:
        return other if one.x0 == one.x1 else one
    return Box(min(one.x0, other.x0), min(one.y0, other.y0), max(one.x1, other.x1), max(one.y1, other.y1))


def even(box: Box, of: Mask | Plane) -> Box:
    """On even edges, a little larger if need be; `of` ends the picture."""
    height, width = of.shape
    return Box(box.x0 & ~1, box.y0 & ~1, min(width, (box.x1 + 1) & ~1), min(height, (box.y1 + 1) & ~1))


def inside(box: Box) -> tuple[slice, slice]:
    """The box as an index."""
    return np.s_[box.y0 : box.y1, box.x0 : box.x1]


def shares(matte: Matte) -> tuple[Plane, Plane, Plane]:
    """Inside the matte's box, what of each pixel of Y, U and V is the person: views, 0..255."""
    half = half_share(matte)
    return matte.alpha[inside(matte.box)], half, half


def half_share(matte: Matte) -> Plane:
    """The same of U and V alone."""
    return matte.halved(1)[inside(Box(*(edge // 2 for edge in matte.box)))]


def clear(plane: Plane, used: Box, kept: Box) -> None:
    """Write 0 where `used` was and `kept` is not: all of that is written anew."""
    plane[used.y0 : kept.y0, used.x0 : used.x1] = 0
    plane[kept.y1 : used.y1, used.x0 : used.x1] = 0
    plane[used.y0 : used.y1, used.x0 : kept.x0] = 0
    plane[used.y0 : used.y1, kept.x1 : used.x1] = 0


def place(person: Planes, matte: Matte, onto: Planes) -> None:
    """The person, inside of the matte's box, over what is there."""
    if matte.box.x0 < matte.box.x1:
        for plane, share, target in zip(person, shares(matte), cut(onto, matte.box), strict=True):
            choice.kernel.blend(plane, share, target)


def cut(planes: Planes, box: Box) -> Planes:
    """The planes' parts inside a box on even edges: views."""
    half = inside(Box(*(edge // 2 for edge in box)))
    return Planes(planes.y[inside(box)], planes.u[half], planes.v[half])
