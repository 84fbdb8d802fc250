"""How a run goes, with rates, for those who ask at any time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .status import Report, rates_between

SPAN = 1.0  # s that a rate is measured over


class Meter:
    """Reports with their time, since when their state holds, and the rates of the last full span.

    look  gives the report of the moment

    Somebody must ask now and then, or the span becomes as long as nobody did. From any thread.
    """

    def __init__(self, look: Callable[[], Report]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._began = time.monotonic(), look()
        self._rates = rates_between(self._began[1], self._began[1], 0.0)
        self._state: tuple[object, object] = (None, None)
        self._since = 0.0

    def __call__(self) -> Report:
        report, now, clock = self._look(), time.monotonic(), round(time.time(), 3)
        with self._lock:
            began, before = self._began
            if now - began >= SPAN:
                self._rates = rates_between(before, report, now - began)
                self._began = now, report
            if self._state != (report["state"], report["reason"]):
                self._state = report["state"], report["reason"]
                self._since = clock
            return {"time": clock, **report, "since": self._since, **self._rates}
