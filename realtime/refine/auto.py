"""Chooses the refiner by what is filmed: a person, or a drawn character."""

from __future__ import annotations

from ...models.segmenter import Mask
from .snapshot import Refiner, Snapshot, Trust
from .verdict import why_refused


class Auto:
    """Asks the refiner for people, and the one for drawings about whom that one does not know as a person.

    No figure of the picture tells drawings from photos as surely (flat areas, hard edges, few colours were
    tried): what a network that was taught people makes of a drawn character has little to do with it.
    """

    def __init__(self, person: Refiner, cartoon: Refiner) -> None:
        self._person = person
        self._cartoon = cartoon
        self._chosen = person

    @property
    def name(self) -> str:
        """The last one's."""
        return self._chosen.name

    @property
    def trust(self) -> Trust:
        """The last one's."""
        return self._chosen.trust

    def __call__(self, snapshot: Snapshot) -> Mask:
        """Of whichever was believed before; where that fails, of the other one."""
        mask = self._chosen(snapshot)
        if why_refused(mask, snapshot.mask, self.trust):
            self._chosen = self._person if self._chosen is self._cartoon else self._cartoon
            mask = self._chosen(snapshot)
        return mask
