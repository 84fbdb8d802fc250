"""Hands composed frames to all sinks and the window, and counts them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import SinkError
from ..gate.gate import Composed
from ..sinks.sink import Sink
from ..sinks.window import Window
from ..slot import Latest
from .outlet import Outlet

LEARNING = 0.002  # of a frame's latency, in the usual one


@dataclass(slots=True)
class Counts:
    """What happened to the frames so far.

    captured  given by the source; dropped  replaced by a newer one before they were worked on
    composed  left with the person sharp; shielded  left blurred whole; raw  left as they were
    mask_age  of the last one, ns; latency  from its capture until here, ns, in a live run
    trouble   what the source lacks, once it is over; None: nothing
    usual     latency: a mean that forgets what was half a minute ago, ns
    """

    captured: int = 0
    dropped: int = 0
    composed: int = 0
    shielded: int = 0
    raw: int = 0
    mask_age: int = 0
    latency: int = 0
    usual: float = 0.0
    trouble: str | None = None

    @property
    def sent(self) -> int:
        """Frames that left, in whatever state."""
        return self.composed + self.shielded + self.raw


class Delivery:
    """Passes composed frames to all sinks, in the order of their time, and counts them."""

    def __init__(self, outlets: Sequence[Outlet], window: Window | None, counts: Counts) -> None:
        self._outlets = outlets
        self._counts = counts
        self._newest = -1
        self._lock = threading.Lock()
        self._taps: tuple[Outlet, ...] = ()
        self.window = window
        self.view: Latest[Composed] = Latest(discard=Composed.release)

    def __call__(self, composed: Composed) -> None:
        """Deliver and release; a frame not newer than the last delivered one goes nowhere."""
        with self._lock:
            if composed.captured_at > self._newest:
                self._newest = composed.captured_at
                self._deliver(composed)
        composed.release()

    def _deliver(self, composed: Composed) -> None:
        self._count(composed)
        for outlet in (*self._outlets, *self._taps):
            if not outlet.gone:
                outlet.put(composed)
        if self.window:
            self.view.put(composed.hold())

    def _count(self, composed: Composed) -> None:
        self._counts.mask_age = composed.mask_age
        self._counts.latency = latency = time.monotonic_ns() - composed.captured_at
        self._counts.usual += (latency - self._counts.usual) * max(LEARNING, 1 / (1 + self._counts.sent))
        if composed.shut:
            self._counts.shielded += 1
        elif composed.raw:
            self._counts.raw += 1
        else:
            self._counts.composed += 1

    def tap(self, sink: Sink) -> Callable[[], None]:
        """Deliver to one more sink, which counts for nothing, until what is given back is called."""
        outlet = Outlet(sink)
        self._taps = (*self._taps, outlet)

        def end() -> None:
            self._taps = tuple(tap for tap in self._taps if tap is not outlet)
            outlet.close()

        return end

    @property
    def tapped(self) -> bool:
        """Whether somebody looks beside the sinks."""
        return bool(self._taps)

    def show(self, timeout: float) -> str | None:
        """Show the newest frame in the window, waiting for it; the key that was pressed."""
        if not self.window:
            return None
        if composed := self.view.take(timeout):
            try:
                self.window.send(composed)
            finally:
                composed.release()
        return self.window.poll_key()

    @property
    def failed(self) -> SinkError | None:
        """Why nobody can be served any more; None while anybody is."""
        if self.window or not self._outlets:
            return None
        if not all(outlet.gone for outlet in self._outlets):
            return None
        return next((outlet.error for outlet in self._outlets if outlet.error), None)
