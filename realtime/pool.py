"""Frame buffers that are used again: steady state allocates nothing."""

from __future__ import annotations

import threading

from .frame import I420, Size


class Pool:
    """Hands out I420 buffers of one size and takes them back; makes a new one only when all are out."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.made = 0
        self._free: list[I420] = []
        self._lock = threading.Lock()

    def take(self) -> I420:
        """A buffer with any content, the caller's until `give`."""
        with self._lock:
            if self._free:
                return self._free.pop()
            self.made += 1
        return I420(self.size)

    def give(self, buffer: I420) -> None:
        """Return what `take` gave; nobody may hold on to it."""
        with self._lock:
            self._free.append(buffer)
