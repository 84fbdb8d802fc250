"""The privacy gate: the one place where frames become fit to leave the program.

A sink accepts `Composed` frames only, and only this module can make one: from a frame with a
trusted matte (the compositor), or from a frame blurred beyond recognition (the shield). Without
a trusted matte the gate is closed and the shield goes out, at the same rate.
"""

from __future__ import annotations

import threading
from collections import Counter
from enum import StrEnum
from typing import final

from .compose import Compositor
from .frame import I420, Colour, Frame, Plane, Planes, Size
from .matte import Matte
from .pool import Pool
from .shield import Shield


class Reason(StrEnum):
    """Why the gate is closed."""

    START = "no mask yet"
    SEGMENTER_FAILED = "the segmenter failed"
    BAD_MASK = "the mask is broken"
    FULL_MASK = "the mask took everything for a person"
    STALE_MASK = "the mask is too old for its frame"


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

    The buffer is shared by all sinks: read it, never write. Each holder says `hold` before it
    keeps the frame and `release` after; the last release returns the buffer to its pool.
    """

    __slots__ = ("_buffer", "_holders", "_lock", "_pool", "captured_at", "colour", "index", "mask_age", "shut")

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
        return self._buffer.data

    @property
    def planes(self) -> Planes:
        return self._buffer.planes

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
    """Opens for frames with a trusted matte, shields all others.

    good_masks_to_open  how many trusted mattes in a row open it
    max_age             ns a matte may be older than its frame
    """

    def __init__(
        self, compositor: Compositor, size: Size, *, good_masks_to_open: int = 3, max_age: int = 200_000_000
    ) -> None:
        self._compositor = compositor
        self._shield = Shield(size)
        self._pool = Pool(size)
        self._good_masks_to_open = good_masks_to_open
        self._max_age = max_age
        self._good = 0
        self.shut: Reason | None = Reason.START
        self.closings: Counter[Reason] = Counter()

    def __call__(self, frame: Frame, matte: Matte) -> Composed:
        """The frame composed with its matte, or shielded; the caller releases it."""
        age = abs(frame.captured_at - matte.captured_at)
        if age > self._max_age:
            return self.close(frame, Reason.STALE_MASK)
        self._good += 1
        if self.shut and self._good < self._good_masks_to_open:
            return self._shielded(frame, self.shut)
        self.shut = None
        buffer = self._pool.take()
        self._compositor(frame, matte, buffer.planes)
        return Composed(_SEAL, buffer, self._pool, frame, None, age)

    def close(self, frame: Frame, reason: Reason) -> Composed:
        """Shut the gate and shield this frame; it opens again after enough trusted mattes."""
        self._good = 0
        if self.shut is not reason:
            self.closings[reason] += 1
        self.shut = reason
        return self._shielded(frame, reason)

    def _shielded(self, frame: Frame, reason: Reason) -> Composed:
        buffer = self._pool.take()
        self._shield(frame.planes, buffer.planes)
        return Composed(_SEAL, buffer, self._pool, frame, reason, 0)
