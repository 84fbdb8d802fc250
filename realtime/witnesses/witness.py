"""Decides where somebody is: looks with its senses a few times a second, and lets masks show nobody else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

import numpy as np

from ...models.segmenter import Mask
from ..frame import Colour, Plane, Planes, Size
from .claims import Claim, Claims
from .inquiry import Answer, Inquiry, Question, answer
from .senses import Kind, Rect
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
ALL: tuple[Kind, ...] = ("face", "pose", "palm")


class Witness:
    """Call `look` with every frame and `vouch` with every mask, in order; sizes are of the coarse picture.

    inquiry  asks the detectors, and is its maker's to close

    revision  rises when somebody is in a mask who was not known before: they are no part of the room
    """

    def __init__(self, inquiry: Inquiry, size: Size) -> None:
        self._inquiry = inquiry
        self._size = size
        self._claims = Claims(size)
        self._standing = Standing()
        self._whole = Rect(0, 0, size.width, size.height)
        self._parts = tiles(size)
        self.revision = 0
        self.reset()

    def reset(self) -> None:
        """A new scene: everybody is looked for at once."""
        self._claims.reset()
        self._standing.reset()
        self._seen: set[int] = set()  # keys of all who were in a mask
        self._pieces: list[list[Claim]] = []  # who is together in a part of the last mask
        self._tiles: Iterator[Rect] = cycle(self._parts)
        self._round = cycle(ROUND)
        self._search = cycle(self._everywhere())
        self._looked: float | None = None
        self._began = 0.0

    @property
    def known(self) -> Sequence[Claim]:
        """Everybody, also who is not in a mask yet."""
        return self._claims.known

    @property
    def newcomers(self) -> list[Claim]:
        """Who is known and in no mask."""
        shown = {id(claim) for piece in self._pieces for claim in piece}
        return [claim for claim in self.known if id(claim) not in shown]

    def look(self, fine: Planes, colour: Colour, seconds: float) -> None:
        """Look for people, where it is time to; at a scene's first frame with all senses, everywhere."""
        self._hear(self._inquiry.answer())
        if self._looked is None:  # who is there is to be in the first mask: else the room is learnt without
            question = self._question(self._everywhere(), fine, colour, seconds)
            self._hear(answer(self._inquiry.senses, question))
        elif self._inquiry.idle and self._due(seconds):
            self._inquiry.ask(self._question(self._next(), fine, colour, seconds))
            self._hear(self._inquiry.answer())
        self._claims.expire(self._pieces, seconds)

    def vouch(self, mask: Mask, luma: Plane, seconds: float) -> Mask:
        """The mask, (h, w), in which only those are left whom somebody stands for; the same array."""
        self._pieces = self._standing(mask, luma, self.known, seconds)
        shown = {claim.key for piece in self._pieces for claim in piece}
        self.revision += seconds != self._began and bool(shown - self._seen)
        self._seen |= shown
        return mask

    def bodies(self, fine: Planes, colour: Colour, seconds: float) -> Mask:
        """(h, w), 0..1: all bodies that are known, as the body model sees them in this very frame."""
        seen = np.zeros((self._size.height, self._size.width), np.float32)
        for claim in self.known:
            if claim.region and claim.looked != seconds:
                self._claims.renew(claim, self._inquiry.senses.closely(fine, colour, claim.region), seconds)
            if claim.mask is not None:
                np.maximum(seen, claim.mask, out=seen)
        return seen

    def _hear(self, found: Answer | None) -> None:
        """What was found, unless it is of a scene before."""
        if found and self._looked is not None and found.question.seconds >= self._began:
            self._claims.hear(found.told, found.question.seconds)

    def _question(
        self, looks: Sequence[tuple[Kind, Rect]], fine: Planes, colour: Colour, seconds: float
    ) -> Question:
        """With those looks, in a frame of that time."""
        if self._looked is None:
            self._began = seconds
        self._looked = seconds
        return Question(looks, self._claims.heads, self._claims.refuted, fine, colour, seconds)

    def _due(self, seconds: float) -> bool:
        every = EVERY if self.known else SEARCHING
        return self._looked is None or not 0 <= seconds - self._looked < every

    def _everywhere(self) -> list[tuple[Kind, Rect]]:
        """Faces; where there are none, bodies; where there are none either, hands."""
        return [(kind, part) for kind in ALL for part in (self._whole, *self._parts)]

    def _next(self) -> list[tuple[Kind, Rect]]:
        """One look, or all of that kind where nobody waits for it; for all kinds by turns."""
        if not self.known:
            return self._everywhere() if self._inquiry.patient else [next(self._search)]
        kind, tiled = next(self._round)
        if self._inquiry.patient:
            return [(kind, part) for part in (self._whole, *self._parts)]
        if kind == "palm" and all(claim.kind != "palm" for claim in self.known):
            kind = "face"  # hands are looked for while somebody is known by theirs alone
        return [(kind, next(self._tiles) if tiled else self._whole)]


def tiles(size: Size) -> list[Rect]:
    """Three squares that cover 16:9, as high as the picture; as wide where that is upright."""
    width, height = size
    side = min(width, height)
    return [
        Rect(x, y, x + side, y + side)
        for x, y in (((width - side) * share, (height - side) * share) for share in (0.5, 0.0, 1.0))
    ]
