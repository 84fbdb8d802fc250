"""Whether anybody takes our pictures: PipeWire tells, so nobody has to look."""

from __future__ import annotations

import os
import threading
from contextlib import suppress


class Audience:
    """One of live/ondemand's `Watchers`; outlives the connection, which may be made anew.

    fd      is readable once something changed
    settle  s: a program that lists cameras starts no stream
    """

    settle = 0.0

    def __init__(self) -> None:
        self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._watching = False
        self._open = True
        self._lock = threading.Lock()

    def tell(self, watching: bool) -> None:
        """From any thread."""
        with self._lock:
            if watching is not self._watching and self._open:
                self._watching = watching
                os.eventfd_write(self.fd, 1)

    def present(self) -> bool:
        with suppress(BlockingIOError):  # nothing changed
            os.eventfd_read(self.fd)
        return self._watching

    def streaming(self) -> bool:
        return self._watching

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            if self._open:
                self._open = False
                os.close(self.fd)
