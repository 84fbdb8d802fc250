"""Decides where somebody is: looks with its senses a few times a second, and lets masks show nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

import numpy as np

from ...models.segmenter import Mask
from ..frame import Colour, Plane, Planes, Size
from .claims import Claim, Claims
from .senses import Kind, Rect, Senses
from .standing import Standing

EVERY = 0.28  # s between two looks for newcomers
SEARCHING = 0.1  # s between two looks while nobody is known
# What is looked for by turns, and where: in the whole picture, or in one of the squares that cover it.
ROUND: tuple[tuple[Kind, bool], ...] = (
    ("face", False),
    ("face", True),
    ("face", False),
    ("face", True),
    ("pose", False),
    ("face", True),
    ("face", False),
    ("face", True),
    ("pose", True),
    ("palm", False),
)


class Witness:
    """Call `look` with every frame and `vouch` with every mask, in order; sizes are of the coarse picture.

    shown  who is in the last mask
    """

    def __init__(self, senses: Senses, size: Size) -> None:
        self._senses = senses
        self._size = size
        self._claims = Claims(size)
        self._standing = Standing()
        self._parts = tiles(size)
        self.reset()

    def reset(self) -> None:
        """A new scene: everybody is looked for at once."""
        self._claims.reset()
        self._standing.reset()
        self.shown: list[Claim] = []
        self._tiles: Iterator[Rect] = cycle(self._parts)
        self._round = cycle(ROUND)
        self._looked: float | None = None
        self._search: list[tuple[Kind, Rect]] | None = None

    @property
    def known(self) -> list[Claim]:
        """Everybody, also who is not in a mask yet."""
        return self._claims.known

    @property
    def newcomers(self) -> list[Claim]:
        """Who is known and in no mask."""
        return [claim for claim in self.known if not any(claim is each for each in self.shown)]

    def look(self, fine: Planes, colour: Colour, seconds: float) -> None:
        """Look for people, where it is time to; at a scene's first frame with all senses, everywhere."""
        if self._looked is None:
            self._looked = seconds
            self._everywhere(fine, colour, seconds)
        elif not 0 <= seconds - self._looked < (EVERY if self.known else SEARCHING):
            self._looked = seconds
            kind, tiled = next(self._round)
            self._sense(kind, next(self._tiles) if tiled else self._whole, fine, colour, seconds)
        self._claims.expire(self.shown, seconds)

    def vouch(self, mask: Mask, luma: Plane, seconds: float) -> Mask:
        """The mask, (h, w), in which only those are left whom somebody stands for; the same array."""
        self.shown = self._standing(mask, luma, self.known, seconds)
        return mask

    def bodies(self, fine: Planes, colour: Colour, seconds: float) -> Mask:
        """(h, w), 0..1: all bodies that are known, as the body model sees them in this very frame."""
        seen = np.zeros((self._size.height, self._size.width), np.float32)
        for claim in self.known:
            if claim.region and claim.looked != seconds:
                self._claims.renew(claim, self._senses.closely(fine, colour, claim.region), seconds)
            if claim.mask is not None:
                np.maximum(seen, claim.mask, out=seen)
        return seen

    @property
    def _whole(self) -> Rect:
        return Rect(0, 0, self._size.width, self._size.height)

    def _everywhere(self, fine: Planes, colour: Colour, seconds: float) -> None:
        """Faces; where there are none, bodies; where there are none either, hands."""
        kinds: tuple[Kind, ...] = ("face", "pose", "palm")
        for kind in kinds:
            for part in (self._whole, *self._parts):
                self._sense(kind, part, fine, colour, seconds)
            if self.known:
                return

    def _sense(self, kind: Kind, part: Rect, fine: Planes, colour: Colour, seconds: float) -> None:
        for told in self._senses.look(kind, fine, colour, part):
            if self._claims.hear(told, seconds) and told.region:
                first = self._senses.closely(fine, colour, told.region)
                second = self._senses.closely(fine, colour, first.next)
                self._claims.answer(told, (first, second), seconds)


def tiles(size: Size) -> list[Rect]:
    """Three squares that cover 16:9, as high as the picture; as wide where that is upright."""
    width, height = size
    side = min(width, height)
    return [
        Rect(x, y, x + side, y + side)
        for x, y in (((width - side) * share, (height - side) * share) for share in (0.5, 0.0, 1.0))
    ]
