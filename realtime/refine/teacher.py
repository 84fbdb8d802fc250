"""What becomes of a snapshot beside the call: the refiner's answer, the verdict on it, the lesson from it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from .places import Lesson, Places
from .snapshot import Refiner, Snapshot
from .verdict import why_refused, without_strangers

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """All that is known once a refiner has answered.

    lesson    from this answer and those before in its scene; None: there is nothing to correct
    believed  whether this answer is part of it
    """

    snapshot: Snapshot
    lesson: Lesson | None
    believed: bool


class Teacher:
    """Asks a refiner, judges its answers and learns from them, on the thread of whoever calls it."""

    def __init__(self, refiner: Refiner) -> None:
        self._refiner = refiner
        self._places = Places()
        self._scene: object = None

    def __call__(self, snapshot: Snapshot) -> Answer:
        """What is known after it; a snapshot of another scene makes it forget the one before."""
        if snapshot.scene is not self._scene:
            self._scene = snapshot.scene
            self._places.reset()
        mask = self._refiner(snapshot)
        why = why_refused(mask, snapshot.mask, self._refiner.trust)
        if why:
            log.debug("a refiner's answer is refused: %s", why)
        else:
            self._places.learn(without_strangers(mask, snapshot.mask), snapshot.mask, snapshot.coarse)
        return Answer(snapshot, self._places.lesson(), not why)
