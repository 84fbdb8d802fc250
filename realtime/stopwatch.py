"""Where the time of a frame goes."""

from __future__ import annotations

import time
from collections import defaultdict, deque


class Stopwatch:
    """Collects how long each stage took, frame by frame.

    keep  how many frames; older ones are forgotten, so a long run does not grow
    laps  per stage name, ns of each frame, oldest first; on a busy machine this includes waiting
    work  likewise, but only what the calling thread computed
    """

    def __init__(self, keep: int = 1000) -> None:
        self.laps: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=keep))
        self.work: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=keep))

    def stage(self, name: str) -> Lap:
        """Time what happens inside of a `with`."""
        return Lap(self, name)


class Lap:
    """One stage of one frame."""

    __slots__ = ("_name", "_start", "_watch", "_work")

    def __init__(self, watch: Stopwatch, name: str) -> None:
        self._watch = watch
        self._name = name

    def __enter__(self) -> None:
        self._start, self._work = time.perf_counter_ns(), time.thread_time_ns()

    def __exit__(self, *_: object) -> None:
        self._watch.work[self._name].append(time.thread_time_ns() - self._work)
        self._watch.laps[self._name].append(time.perf_counter_ns() - self._start)
