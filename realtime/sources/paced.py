"""A recording that behaves like a camera."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from ..frame import Frame, Size
from .source import Source

LATE = 0.5  # s behind its own clock at which the clock is set anew, instead of hurrying after it


class Paced:
    """Gives a source's frames at the times it was recorded at, and stamps them with the clock's."""

    live = True

    def __init__(self, source: Source) -> None:
        self._source = source
        self._held: Frame | None = None
        self._zero: int | None = None  # ns: the clock's time of the clip's time 0
        self._closed = threading.Event()

    @property
    def name(self) -> str:
        return self._source.name

    @property
    def size(self) -> Size:
        return self._source.size

    @property
    def rate(self) -> float:
        return self._source.rate

    def read(self, timeout: float) -> Frame | None:
        """The next frame once its time has come; None when that is not within `timeout` s."""
        until = time.monotonic_ns() + round(timeout * 1e9)
        frame = self._held = self._held or self._source.read(timeout)
        if frame is None:
            return None
        due = self._due(frame)
        self._closed.wait(max(0, min(due, until) - time.monotonic_ns()) * 1e-9)
        if due > until:
            return None
        self._held = None
        return replace(frame, captured_at=due)

    def close(self) -> None:
        self._closed.set()
        self._source.close()

    def _due(self, frame: Frame) -> int:
        now = time.monotonic_ns()
        if self._zero is None or now - (self._zero + frame.captured_at) > LATE * 1e9:
            self._zero = now - frame.captured_at
        return self._zero + frame.captured_at
