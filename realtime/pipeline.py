"""The heart: one frame in, one frame fit to leave out. No threads, no clock."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from .frame import Frame
from .gate.gate import Composed, Gate
from .gate.plausible import Plausibility
from .gate.quarantine import Quarantine
from .matte import Matte
from .matting.effort import Effort
from .reason import MaskRefused, Reason
from .stopwatch import Stopwatch

log = logging.getLogger(__name__)

FAILURES = 30  # in a row, after which a segmenter is replaced


class Matter(Protocol):
    """What makes mattes: Matting, or anything with its call."""

    def __call__(self, frame: Frame) -> Matte: ...

    def reset(self) -> None: ...


@runtime_checkable
class Adjustable(Protocol):
    """A matter that can do with less work."""

    effort: Effort

    def adjust(self, effort: Effort) -> None: ...


class Pipeline:
    """Matting, then the gate. Whatever goes wrong on the way, what comes out may leave.

    spare  makes another matting for one that keeps failing or hangs; None: there is none

    heir    took over when this one hung; None: it goes on itself

    effort  what is spent on frames since `spend` said so; None: what the matting was made for

    witness  is shown each matte that can be trusted, on the thread that works; it may not keep it
    """

    def __init__(
        self,
        matting: Matter,
        gate: Gate,
        *,
        watch: Stopwatch | None = None,
        spare: Callable[[], Matter] | None = None,
    ) -> None:
        self.matting = matting
        self.gate = gate
        self.quarantine = Quarantine(gate.good_masks_to_open)
        self.heir: Pipeline | None = None
        self.effort: Effort | None = None
        self.witness: Callable[[Matte], None] | None = None
        self._watch = watch or Stopwatch()
        self._spare = spare
        self._plausible = Plausibility()
        self._needs_spare = False
        self._new_scene = False
        self._refused = False  # the matte before
        self._failures = 0  # in a row

    def __call__(self, frame: Frame) -> Composed:
        """The composed or shielded frame; the caller releases it."""
        if self.gate.passthrough:
            return self.gate.let_through(frame)
        epoch = self.gate.epoch
        try:
            self._prepare()
            matte = self.matting(frame)
            if epoch != self.gate.epoch:  # shut in the meantime, and perhaps we were replaced
                return self.gate(frame, matte, epoch)
            with self._watch.stage("check"):
                matte = self._believed(frame, matte)
            if self.witness:
                self.witness(matte)
            composed = self.gate(frame, matte, epoch)
        except MaskRefused as refused:
            self._new_scene |= refused.reason is Reason.SOURCE_CHANGED
            return self._shield(frame, refused.reason)
        except Exception:  # the promise: nothing that fails here may stop the picture or show the room
            if self.gate.shut is not Reason.SEGMENTER_FAILED:
                log.exception("frame %d could not be composed", frame.index)
            return self._shield(frame, Reason.SEGMENTER_FAILED)
        self._failures = 0
        return composed

    def start_over(self, reason: Reason) -> None:
        """A new scene begins with the next frame; from any thread."""
        self._new_scene = True
        self.gate.shut_by(reason)

    def spend(self, effort: Effort) -> None:
        """Spend so much on the frames to come; from any thread."""
        self.newest.effort = effort

    def successor(self) -> Pipeline:
        """Takes over from this pipeline, which hangs: same gate, same room, but a spare matting."""
        heir = Pipeline(self.matting, self.gate, watch=self._watch, spare=self._spare)
        heir.witness = self.witness
        heir._plausible, heir.quarantine = self._plausible, self.quarantine
        heir.effort = self.effort
        heir._needs_spare = self._spare is not None
        self.heir = heir
        return heir

    @property
    def newest(self) -> Pipeline:
        """This one, or who took over from it last."""
        return self.heir.newest if self.heir else self

    def prime(self, frame: Frame) -> None:
        """Open the gate on the first frame of a recording, where no frame may be lost to opening."""
        for _ in range(self.gate.good_masks_to_open):
            self(frame).release()

    def _prepare(self) -> None:
        """Everything that was asked for since the last frame."""
        if self._needs_spare and self._spare:
            self.matting = self._spare()
            self._needs_spare = False
        if self._new_scene:
            self._new_scene = False
            self._plausible.reset()
            self.matting.reset()
        elif self._refused:
            self.matting.reset()
        self._refused = False
        if (effort := self.effort) and isinstance(self.matting, Adjustable) and self.matting.effort != effort:
            self.matting.adjust(effort)

    def _believed(self, frame: Frame, matte: Matte) -> Matte:
        """The matte, or as much of it as can be true. Raises MaskRefused where nothing may be shown."""
        doubted = self._plausible(frame, matte)
        if doubted is not None:
            self._refused = True  # what led to it is forgotten, as after a frame that is shielded
            if self.gate.shut:
                raise MaskRefused(Reason.ROOM_TURNED_PERSON)
        return self.quarantine(matte, doubted, frame.seconds)

    def _shield(self, frame: Frame, reason: Reason) -> Composed:
        self._refused = True
        self.quarantine.reset()
        if reason in (Reason.SEGMENTER_FAILED, Reason.BROKEN_MASK):
            self._failures += 1
            if self._failures % FAILURES == 0:
                self._needs_spare = True
        return self.gate.close(frame, reason)
