"""The place in the matte path where heavy models' lessons enter: a correction of the coarse mask."""

from __future__ import annotations

import logging

from ...models.segmenter import Mask
from ..frame import Colour, Planes
from .colours import Colours
from .places import Places
from .snapshot import Answer, Snapshot
from .tutor import Tutor
from .verdict import why_refused, without_strangers

log = logging.getLogger(__name__)


class Lessons:
    """Shows a tutor snapshots, judges its answers, corrects masks. Without answers it changes nothing."""

    def __init__(self, tutor: Tutor) -> None:
        self.tutor = tutor
        self._colours = Colours()
        self._places = Places()
        self._asked: Snapshot | None = None

    def __call__(self, mask: Mask, fine: Planes, coarse: Planes, colour: Colour, seconds: float) -> Mask:
        """(h, w) in, (h, w) out, in [0, 1]: the very same array where there is nothing to correct."""
        corrected = self._corrected(mask, coarse)
        answer = self.tutor.answer(seconds)
        # One that is not to our last question is another scene's.
        if answer and answer.snapshot is self._asked and self._learn(answer, mask, coarse):
            corrected = self._corrected(mask, coarse)
        if self.tutor.wants(seconds):
            self._asked = Snapshot.of(fine, coarse, colour, mask, seconds)
            self.tutor.ask(self._asked)
        return corrected

    def reset(self) -> None:
        """A new scene: what was learnt of the old one holds no more."""
        self._colours.reset()
        self._places.reset()
        self._asked = None

    def _corrected(self, mask: Mask, coarse: Planes) -> Mask:
        return self._places(self._colours(mask, coarse), coarse)

    def _learn(self, answer: Answer, mask: Mask, coarse: Planes) -> bool:
        """Whether the answer is believed, and taken over; `mask` and `coarse` are of this frame."""
        then = answer.snapshot
        if why := why_refused(answer.mask, then.mask, answer.trust):
            self.tutor.standing.refused += 1
            log.debug("a refiner's answer is refused: %s", why)
            return False
        self.tutor.standing.accepted += 1
        truth = without_strangers(answer.mask, then.mask)
        self._colours.learn(truth, then.mask, then.coarse, mask, coarse)
        self._places.learn(truth, then.mask, then.coarse)
        return True
