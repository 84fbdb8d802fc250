"""All that the user keeps or hides by clicks."""

from __future__ import annotations

import numpy as np

from ...models.segmenter import Mask
from ..frame import Colour, Planes
from .closely import Closely, place_of
from .errors import SubjectError
from .things import Pointed


class Kept:
    """Adds to a mask what is kept and takes from it what is hidden; the later click wins.

    problem  why the last click means nothing; None: it does, or that is not known yet
    """

    def __init__(self, closely: Closely | None) -> None:
        self.problem: SubjectError | None = None
        self._closely = closely
        self._clicked: list[tuple[float, float, bool]] = []  # x, y in parts of the frame; whether to keep it
        self._things: list[Pointed] = []

    def __bool__(self) -> bool:
        return bool(self._clicked or self._things)

    @property
    def outdated(self) -> bool:
        """Whether the next picture may change it."""
        return bool(self._clicked) or any(thing.waits for thing in self._things)

    def click(self, x: float, y: float, *, kept: bool) -> None:
        """At that place, in parts of the frame, in the next picture."""
        self._clicked.append((x, y, kept))

    def clear(self) -> None:
        """Let go of all."""
        self._clicked, self._things = [], []

    def renew(self, planes: Planes, colour: Colour) -> bool:
        """Seize what was clicked on, and take the answers about it; whether that changes anything."""
        self.problem = None
        before = len(self._things)
        for x, y, kept in self._clicked:
            self._seize(planes, colour, x, y, kept=kept)
        self._clicked.clear()
        changed = len(self._things) > before
        for thing in list(self._things):
            try:
                changed |= thing.look_again(planes)
            except SubjectError as problem:
                self._things.remove(thing)
                self.problem = problem
        return changed

    def __call__(self, mask: Mask, planes: Planes) -> Mask:
        """(h, w) in, a copy out."""
        out = mask.copy()
        for thing in self._things:
            where = thing(planes)
            if where is None:
                continue
            if thing.kept:
                np.maximum(out, where, out=out)
            else:
                out *= 1 - where
        return out

    def _seize(self, planes: Planes, colour: Colour, x: float, y: float, *, kept: bool) -> None:
        question = self._closely.asked(planes, colour, x, y) if self._closely else None
        try:
            self._things.append(Pointed(planes, *place_of(planes, x, y), kept=kept, question=question))
        except SubjectError as problem:
            self.problem = problem
