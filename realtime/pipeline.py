"""The heart: one frame in, one frame fit to leave out. No threads, no clock."""

from __future__ import annotations

import logging
from typing import Protocol

from .frame import Frame
from .gate import Composed, Gate
from .matte import Matte
from .plausible import Plausibility
from .reason import MaskRefused, Reason
from .stopwatch import Stopwatch

log = logging.getLogger(__name__)


class Matter(Protocol):
    """What makes mattes: Matting, or anything with its call."""

    def __call__(self, frame: Frame) -> Matte: ...

    def reset(self) -> None: ...


class Pipeline:
    """Matting, then the gate. Whatever goes wrong on the way, what comes out may leave."""

    def __init__(self, matting: Matter, gate: Gate, *, watch: Stopwatch | None = None) -> None:
        self.matting = matting
        self.gate = gate
        self._watch = watch or Stopwatch()
        self._starts_over = False
        self._plausible = Plausibility()

    def __call__(self, frame: Frame) -> Composed:
        """The composed or shielded frame; the caller releases it."""
        if self._starts_over:
            self._starts_over = False
            self._plausible.reset()
            self.matting.reset()
        try:
            matte = self.matting(frame)
            with self._watch.stage("check"):
                self._plausible(frame, matte)
            return self.gate(frame, matte)
        except MaskRefused as refused:
            return self._shield(frame, refused.reason)
        except Exception:  # the promise: nothing that fails here may stop the picture or show the room
            if self.gate.shut is not Reason.SEGMENTER_FAILED:
                log.exception("frame %d could not be composed", frame.index)
            return self._shield(frame, Reason.SEGMENTER_FAILED)

    def _shield(self, frame: Frame, reason: Reason) -> Composed:
        self.matting.reset()
        return self.gate.close(frame, reason)

    def start_over(self, reason: Reason) -> None:
        """A new scene begins with the next frame; from any thread."""
        self._starts_over = True
        self.gate.shut_by(reason)

    def prime(self, frame: Frame) -> None:
        """Open the gate on the first frame of a recording, where no frame may be lost to opening."""
        for _ in range(self.gate.good_masks_to_open):
            self(frame).release()
