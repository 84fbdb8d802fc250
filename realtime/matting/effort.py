"""How much work the matte path does for a frame: the levels of quality, and the rungs between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Quality = Literal["auto", "low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Effort:
    """What is spent on a frame. Whatever it is, a matte is proven, checked and no older than the gate allows.

    stride  frames that one look of the models may serve while nothing moves far; see `motion`
    plate   learn the room, and colours, and weigh masks with them
    """

    stride: int = 1
    plate: bool = True


@dataclass(frozen=True, slots=True)
class Rung:
    """One step down from the rung before: a single thing is given up.

    name  what the picture loses, for people
    gain  at most so many times as long takes a frame without this step; a failed climb corrects it
    """

    name: str
    effort: Effort
    gain: float


# For those who ask for it: a little calmer at the edge, and no nearer to the truth (docs/quality.md).
EVERY_FRAME = Rung("every frame is looked at", Effort(), 1.0)

# Ordered by what they cost the picture per millisecond that they save (docs/quality.md). The closer look is
# not among them: without it, a mask a second late showed the room for a frame (tests/faults/test_stepped.py).
# Nor is the guided edge: a coarse alpha costs as much to enlarge as it saves.
LADDER = (
    Rung("a look may serve two frames", Effort(stride=2), 1.0),
    Rung("a look may serve four frames", Effort(stride=4), 1.4),
    Rung("the room is not learnt", Effort(stride=4, plate=False), 1.25),
)

LEVELS: dict[Quality, Rung] = {"auto": LADDER[0], "high": EVERY_FRAME, "medium": LADDER[0], "low": LADDER[-1]}
