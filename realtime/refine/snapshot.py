"""What a refiner is shown, and what it says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ...models.segmenter import Mask
from ..frame import Colour, Planes


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A frame at the matte path's sizes, with what the light model made of it; copies, its own.

    fine, coarse  see views.py; mask  (h, w) of the coarse size, in [0, 1]
    scene         the same object in all snapshots of a scene
    """

    fine: Planes
    coarse: Planes
    colour: Colour
    mask: Mask
    seconds: float
    scene: object

    @classmethod
    def of(
        cls, fine: Planes, coarse: Planes, colour: Colour, mask: Mask, seconds: float, scene: object
    ) -> Snapshot:
        """With copies of what its owners will write over."""
        return cls(copied(fine), copied(coarse), colour, mask.copy(), seconds, scene)


class Trust(NamedTuple):
    """How far a refiner is believed where it differs from the light model.

    likeness  the least IoU of the two masks
    denied    the most of the light mask's area in whole pieces that the refiner may know nothing of, and that
              do not count against its likeness: a coat on a stand is no less a coat for being large
    """

    likeness: float
    denied: float = 0.0


class Refiner(Protocol):
    """A model that knows better than the light one, and is too slow to be waited for."""

    @property
    def name(self) -> str:
        """As in the manifest."""
        ...

    @property
    def trust(self) -> Trust:
        """How far its last answer is believed."""
        ...

    def __call__(self, snapshot: Snapshot) -> Mask:
        """(h, w) of the coarse size, in [0, 1]; the caller's."""
        ...


def copied(planes: Planes) -> Planes:
    y, u, v = (plane.copy() for plane in planes)
    return Planes(y, u, v)
