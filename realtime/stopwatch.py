"""Where the time of a frame goes."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Generator
from contextlib import contextmanager


class Stopwatch:
    """Collects how long each stage took, frame by frame.

    keep  how many frames; older ones are forgotten, so a long run does not grow
    laps  per stage name, ns of each frame, oldest first; on a busy machine this includes waiting
    work  likewise, but only what the calling thread computed
    """

    def __init__(self, keep: int = 1000) -> None:
        self.laps: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=keep))
        self.work: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=keep))

    @contextmanager
    def stage(self, name: str) -> Generator[None]:
        """Time what happens inside."""
        start, work = time.perf_counter_ns(), time.thread_time_ns()
        try:
            yield
        finally:
            self.work[name].append(time.thread_time_ns() - work)
            self.laps[name].append(time.perf_counter_ns() - start)
