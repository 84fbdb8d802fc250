"""The privacy gate: the one place where frames become fit to leave the program.

A sink accepts `Composed` frames only, and only this module can make one: from a frame with a
trusted matte (the compositor), or from a frame blurred beyond recognition (the shield). Without
a trusted matte the gate is closed and the shield goes out, at the same rate.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from typing import final

from .compose import Compositor
from .frame import I420, Colour, Frame, Plane, Planes, Size
from .matte import Matte
from .pool import Pool
from .reason import Reason
from .shield import Shield

log = logging.getLogger(__name__)


class _Seal:
    """Who holds it may make composed frames: this module."""


_SEAL = _Seal()


@final
class Composed:
    """A frame that may leave: everything but the person is blurred or replaced, or all of it is.

    data         (3H/2, W) uint8 contiguous I420; planes are views of it
    index        of the source frame; captured_at its time, ns
    shut         why the whole frame is shielded; None when it is composed
    mask_age     ns between the frame and the one its mask was computed from

    The buffer is shared by all sinks: they can read it, not write. Each holder says `hold` before it
    keeps the frame and `release` after; the last release returns the buffer to its pool.
    """

    __slots__ = (
        "_buffer",
        "_holders",
        "_lock",
        "_pool",
        "captured_at",
        "colour",
        "index",
        "mask_age",
        "shut",
    )

    def __init__(
        self, seal: _Seal, buffer: I420, pool: Pool, frame: Frame, shut: Reason | None, mask_age: int
    ) -> None:
        if seal is not _SEAL:
            raise TypeError("only the gate makes composed frames")
        self.index = frame.index
        self.captured_at = frame.captured_at
        self.colour: Colour = frame.colour
        self.shut = shut
        self.mask_age = mask_age
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

    good_masks_to_open  how many trusted mattes in a row open it
    max_age             ns a matte may be older than its frame

    closings            how often it shut, by reason
    shut_for            ns of frame time that went out shielded, by reason
    """

    def __init__(
        self, compositor: Compositor, size: Size, *, good_masks_to_open: int = 3, max_age: int = 200_000_000
    ) -> None:
        self.good_masks_to_open = good_masks_to_open
        self.shut: Reason | None = Reason.START
        self.closings: Counter[Reason] = Counter()
        self.shut_for: Counter[Reason] = Counter()
        self._compositor = compositor
        self._shield = Shield(size)
        self._pool = Pool(size)
        self._max_age = max_age
        self._good = 0
        self._last = 0  # captured_at of the frame before
        self._lock = threading.RLock()

    def __call__(self, frame: Frame, matte: Matte) -> Composed:
        """The frame composed with its matte, or shielded; the caller releases it."""
        with self._lock:
            age = abs(frame.captured_at - matte.captured_at)
            if age > self._max_age:
                return self.close(frame, Reason.STALE_MASK)
            self._good += 1
            if self.shut and self._good < self.good_masks_to_open:
                return self._shielded(frame, self.shut)
            self._open()
            self._last = frame.captured_at
            return self._made(frame, None, age, lambda onto: self._compositor(frame, matte, onto))

    def close(self, frame: Frame, reason: Reason) -> Composed:
        """Shut the gate and shield this frame; it opens again after enough trusted mattes."""
        with self._lock:
            self.shut_by(reason)
            return self._shielded(frame, reason)

    def shut_by(self, reason: Reason) -> None:
        """Shut the gate for the frames to come."""
        with self._lock:
            self._good = 0
            if self.shut is not reason:
                self.shut = reason
                self.closings[reason] += 1
                log.warning("shielded: %s", reason)

    def _open(self) -> None:
        if self.shut:
            log.info("open again after: %s", self.shut)
        self.shut = None

    def _shielded(self, frame: Frame, reason: Reason) -> Composed:
        self.shut_for[reason] += max(0, frame.captured_at - self._last) if self._last else 0
        self._last = frame.captured_at
        return self._made(frame, reason, 0, lambda onto: self._shield(frame.planes, onto))

    def _made(self, frame: Frame, shut: Reason | None, age: int, paint: Callable[[Planes], None]) -> Composed:
        buffer = self._pool.take()
        try:
            paint(buffer.planes)
        except BaseException:
            self._pool.give(buffer)
            raise
        return Composed(_SEAL, buffer, self._pool, frame, shut, age)
