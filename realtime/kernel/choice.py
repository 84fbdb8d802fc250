"""Which of the two kernels runs."""

from __future__ import annotations

from typing import Protocol

from ...models.segmenter import Mask
from ..frame import Plane
from . import plain
from .carry import Keeping, Origin
from .evidence import Codes, Floats, Learnt, Look, Odds, Rates, Room
from .guided import Step, Three
from .places import Claim, Memory


class Kernel(Protocol):
    """The functions of `plain`, which says what they do."""

    def blend(self, person: Plane, alpha: Plane, onto: Plane) -> None: ...

    def halve(self, codes: Plane, onto: Plane) -> None: ...

    def third(self, codes: Plane, onto: Plane) -> None: ...

    def blurred(
        self, planes: Three, weight: Floats, near: Floats, far: Floats, fill: float, onto: Three
    ) -> None: ...

    def enlarge(self, codes: Plane, onto: Plane) -> None: ...

    def triple(self, codes: Plane, onto: Plane) -> None: ...

    def cover(self, codes: Plane, person: Plane, alpha: Plane, origin: Origin, onto: Plane) -> None: ...

    def judge(self, mask: Mask, least: float, most: float, sure: float) -> tuple[int, int, int]: ...

    def bounds(self, mask: Mask | Plane, above: float) -> tuple[int, int, int, int]: ...

    def guided(
        self, mask: Mask, guide: Three, fine: Three, epsilon: float, step: Step, onto: Plane
    ) -> None: ...

    def weigh(self, mask: Mask, look: Look, room: Room, odds: Odds, onto: Mask) -> None: ...

    def totals(self, picture: Codes, codes: Codes, sure: Plane, trusted: Plane) -> tuple[int, ...]: ...

    def astray(
        self, look: Look, room: Room, sure: Plane, trusted: Plane, limit: float
    ) -> tuple[int, int]: ...

    def changed(self, look: Look, before: Look, onto: Floats) -> None: ...

    def learn(self, look: Look, places: Plane, room: Room, learnt: Learnt, rates: Rates) -> None: ...

    def count(self, picture: Codes, where: Plane, onto: Floats) -> None: ...

    def doubt(self, mask: Mask, picture: Codes, evidence: Floats, odds: Odds, onto: Mask) -> None: ...

    def empty(self, mask: Mask, picture: Codes, evidence: Floats, odds: Odds, sure: float) -> None: ...

    def smooth(self, codes: Plane, onto: Plane) -> None: ...

    def strays(self, codes: Plane, lowest: Plane, highest: Plane, most: int) -> int: ...

    def jumped(
        self, luma: Plane, before: Plane, alpha: Plane, was: Plane, empty: Plane, claim: Claim, onto: Plane
    ) -> int: ...

    def familiar(
        self,
        memory: Memory,
        least: float,
        luma: Plane,
        alpha: Plane,
        empty: Plane,
        claim: Claim,
        onto: Plane,
    ) -> int: ...

    def remember(
        self,
        memory: Memory,
        luma: Plane,
        alpha: Plane,
        earlier: Plane,
        same: Plane,
        claim: Claim,
        passed: float,
        rate: float,
        fading: float,
    ) -> None: ...

    def miss(self, before: Plane, now: Plane, flow: Floats, origin: Origin, onto: Floats) -> None: ...

    def carry(
        self,
        mask: Mask,
        old: Mask,
        flow: Floats,
        changed: Floats,
        missed: Floats,
        keeping: Keeping,
        origin: Origin,
        onto: Mask,
    ) -> None: ...


def chosen() -> tuple[Kernel, bool]:
    """The compiled kernel if there is one, and whether."""
    try:
        from . import _compiled
    except ImportError:  # installed where nothing could compile it
        return plain, False
    return _compiled, True


def forms() -> tuple[str, ...]:
    """What it was compiled for that this processor can run, best first; none where nothing could."""
    try:
        from . import _compiled
    except ImportError:
        return ()
    return _compiled.forms()


kernel, compiled = chosen()
