"""The privacy gate: the one place where frames become fit to leave the program.

A sink accepts `Composed` frames only, and only this module can make one: from a frame with a
trusted matte (the compositor), or from a frame blurred beyond recognition (the shield). Without
a trusted matte the gate is closed and the shield goes out, at the same rate. A frame as it is goes
out only while the user wants just that, and is marked.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from typing import final

import numpy as np

from ..backdrops.backdrop import Backdrop, is_weak
from ..compose.compositor import Compositor
from ..frame import I420, Colour, Frame, Plane, Planes, Size
from ..framing.crop import Crop
from ..framing.framing import How
from ..matte import Matte
from ..parts.veil import Veil
from ..pool import Pool
from ..reason import Reason
from .shield import Shield

log = logging.getLogger(__name__)

WEAK = "WEAK BLUR: writing in the room may be read; --blur light and stronger hide it"


class _Seal:
    """Who holds it may make composed frames: this module."""


_SEAL = _Seal()


@final
class Composed:
    """A frame that may leave: everything but the person is blurred or replaced, or all of it is.

    data         (3H/2, W) uint8 contiguous I420; planes are views of it
    index        of the source frame; captured_at its time, ns
    shut         why the whole frame is shielded; None when it is composed
    raw          the room is in it as it is, since the user wanted that
    weak         writing in the room may be read in it, since the user wanted so weak a blur
    alpha        (H, W) uint8, 255 = person, where all behind them is plain green; None: it is opaque
    mask_age     ns between the frame and the one its mask was computed from

    The buffer is shared by all sinks: they can read it, not write. Each holder says `hold` before it
    keeps the frame and `release` after; the last release returns the buffer to its pool.
    """

    __slots__ = (
        "_buffer",
        "_holders",
        "_lock",
        "_pool",
        "alpha",
        "captured_at",
        "colour",
        "index",
        "mask_age",
        "raw",
        "shut",
        "weak",
    )

    def __init__(
        self,
        seal: _Seal,
        buffer: I420,
        pool: Pool,
        frame: Frame,
        shut: Reason | None,
        mask_age: int,
        *,
        raw: bool = False,
        weak: bool = False,
        alpha: Plane | None = None,
    ) -> None:
        if seal is not _SEAL:
            raise TypeError("only the gate makes composed frames")
        self.alpha = alpha
        self.index = frame.index
        self.captured_at = frame.captured_at
        self.colour: Colour = frame.colour
        self.shut = shut
        self.mask_age = mask_age
        self.raw = raw
        self.weak = weak
        self._buffer = buffer
        self._pool = pool
        self._holders = 1
        self._lock = threading.Lock()

    @property
    def data(self) -> Plane:
        return self._buffer.read_only[0]

    @property
    def planes(self) -> Planes:
        return self._buffer.read_only[1]

    @property
    def size(self) -> Size:
        return self.planes.size

    def hold(self) -> Composed:
        """One more holder; returns the same frame."""
        with self._lock:
            if not self._holders:
                raise ValueError("held after its last release")
            self._holders += 1
        return self

    def release(self) -> None:
        """One holder less; the last one gives the buffer back."""
        with self._lock:
            if not self._holders:
                raise ValueError("released more often than held")
            self._holders -= 1
            last = not self._holders
        if last:
            self._pool.give(self._buffer)


class Gate:
    """Opens for frames with a trusted matte, shields all others. May be called from any thread.

    good_masks_to_open  how many trusted mattes in a row open it; one whose mask serves again counts once
    max_age             ns a matte may be older than its frame

    size         of the frames, px
    shut         why it is closed; None while it is open
    closings     how often it shut, by reason
    shut_for     ns of frame time that went out shielded, by reason
    epoch        rises whenever it is shut; a matte begun in an earlier one is not trusted any more
    """

    def __init__(
        self, compositor: Compositor, size: Size, *, good_masks_to_open: int = 3, max_age: int = 200_000_000
    ) -> None:
        self.size = size
        self.good_masks_to_open = good_masks_to_open
        self.shut: Reason | None = Reason.START
        self.closings: Counter[Reason] = Counter()
        self.shut_for: Counter[Reason] = Counter()
        self.epoch = 0
        self._compositor = compositor
        if self.weak:
            log.warning(WEAK)
        self._raw = False
        self._shield = Shield(size)
        self._pool = Pool(size)
        self._max_age = max_age
        self._good = 0
        self._last = 0  # captured_at of the frame before
        self._lock = threading.RLock()

    def __call__(self, frame: Frame, matte: Matte, epoch: int | None = None) -> Composed:
        """The frame composed with its matte, or shielded; the caller releases it.

        epoch  the gate's when work on the matte began; whatever shut it since then came too late for it
        """
        with self._lock:
            if epoch not in (None, self.epoch):
                return self._shielded(frame, self.shut or Reason.STALE_MASK)
            age = abs(frame.captured_at - matte.captured_at)
            if age > self._max_age:
                return self.close(frame, Reason.STALE_MASK)
            self._good += not matte.again
            if self.shut and self._good < self.good_masks_to_open:
                return self._shielded(frame, self.shut)
            self._open()
            return self._composed(frame, matte, age)

    def close(self, frame: Frame, reason: Reason) -> Composed:
        """Shut the gate and shield this frame; it opens again after enough trusted mattes."""
        with self._lock:
            self.shut_by(reason)
            return self._shielded(frame, reason)

    def shut_by(self, reason: Reason) -> None:
        """Shut the gate for the frames to come, and for the mattes that are being made."""
        with self._lock:
            self._good = 0
            self.epoch += 1
            if self.shut is not reason:
                self.shut = reason
                self.closings[reason] += 1
                log.warning("shielded: %s", reason)

    def change_backdrop(self, backdrop: Backdrop) -> None:
        """Fade to another backdrop of the same size. Both cover the frame, so nothing is shielded."""
        if is_weak(backdrop):
            log.warning(WEAK)
        self._compositor.backdrop.change(backdrop)

    @property
    def weak(self) -> bool:
        """Whether writing in the room may be read, since the user wanted so weak a blur."""
        return self._compositor.backdrop.weak

    def change_veil(self, veil: Veil | None) -> None:
        """Hide another part of the person from the next frame on, or none. The veil before ends, and the
        room is not seen as it is any more where anything is to be hidden.
        """
        with self._lock:
            before, self._compositor.veil = self._compositor.veil, veil
            if veil:
                self.pass_through(False)
        if before:
            before.close()

    def match(self, wanted: bool) -> None:
        """Give the person the light of the picture behind them from now on, or no more."""
        self._compositor.match.wanted = wanted

    def frame(self, how: How) -> None:
        """Keep the person in the middle of composed frames, or no more. Shielded ones stay whole."""
        self._compositor.framing.how = how

    @property
    def crop(self) -> Crop:
        """The part of the camera's picture that is shown now."""
        return self._compositor.framing.crop

    def close_backdrop(self) -> None:
        """Let go of the files, devices and threads that the backdrop and the veil hold."""
        self._compositor.backdrop.close()
        if self._compositor.veil:
            self._compositor.veil.close()

    @property
    def passthrough(self) -> bool:
        """Whether the user wants the room to be seen."""
        return self._raw

    def pass_through(self, wanted: bool) -> None:
        """Do what the user asked for; nobody else may, and nothing that fails does. Where a part of the
        person must not be seen, all is not.
        """
        with self._lock:
            if wanted and self._compositor.veil:
                log.warning("all is not seen as it is, for a part of you is to be blurred (blur-part)")
                return
            if wanted and not self._raw:
                log.warning("NOT BLURRED: the room is seen as it is, as you asked")
            if self._raw and not wanted:
                self.shut_by(Reason.SETTINGS_CHANGED)
            self._raw = wanted

    def let_through(self, frame: Frame) -> Composed:
        """The frame as it is while the user wants that; shielded if that is over."""
        with self._lock:
            if not self._raw:
                return self._shielded(frame, self.shut or Reason.SETTINGS_CHANGED)
            self._open()
            return self._made(frame, None, lambda onto: _copy(frame.planes, onto.planes), raw=True)

    def _open(self) -> None:
        if self.shut:
            log.info("open after: %s", self.shut)
        self.shut = None

    def _composed(self, frame: Frame, matte: Matte, age: int) -> Composed:
        compositor = self._compositor
        if not compositor.clear:
            return self._made(frame, None, lambda onto: compositor(frame, matte, onto.planes), mask_age=age)
        return self._made(
            frame,
            None,
            lambda onto: compositor(frame, matte, onto.planes, onto.alpha),
            mask_age=age,
            clear=True,
        )

    def _shielded(self, frame: Frame, reason: Reason) -> Composed:
        if self._last:
            self.shut_for[reason] += max(0, frame.captured_at - self._last)
        return self._made(frame, reason, lambda onto: self._shield(frame.planes, onto.planes))

    def _made(
        self,
        frame: Frame,
        shut: Reason | None,
        paint: Callable[[I420], None],
        *,
        mask_age: int = 0,
        raw: bool = False,
        clear: bool = False,
    ) -> Composed:
        self._last = max(self._last, frame.captured_at)
        buffer = self._pool.take()
        try:
            paint(buffer)
        except BaseException:
            self._pool.give(buffer)
            raise
        alpha = buffer.alpha if clear else None
        weak = not (shut or raw) and self.weak
        return Composed(_SEAL, buffer, self._pool, frame, shut, mask_age, raw=raw, weak=weak, alpha=alpha)


def _copy(planes: Planes, onto: Planes) -> None:
    for plane, target in zip(planes, onto, strict=True):
        np.copyto(target, plane)
