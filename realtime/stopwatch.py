"""Where the time of a frame goes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Collects how long each stage took, frame by frame.

    laps  per stage name, ns of every frame so far
    """

    def __init__(self) -> None:
        self.laps: defaultdict[str, list[int]] = defaultdict(list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        start = time.perf_counter_ns()
        try:
            yield
        finally:
            self.laps[name].append(time.perf_counter_ns() - start)
