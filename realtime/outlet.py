"""A sink on a thread of its own: a slow or broken one harms no other."""

from __future__ import annotations

import logging
import threading

from .errors import SinkError
from .gate import Composed
from .sinks.sink import Sink
from .slot import Latest

log = logging.getLogger(__name__)


class Outlet:
    """Hands frames to one sink.

    lossless  wait for the sink instead of dropping frames that it is too slow for

    sent, dropped  frames; error  why the sink gave up, None while it works
    """

    def __init__(self, sink: Sink, *, lossless: bool = False) -> None:
        self.sink = sink
        self.sent = 0
        self.error: SinkError | None = None
        self._slot: Latest[Composed] = Latest(discard=Composed.release)
        self._put = self._slot.put_when_empty if lossless else self._slot.put
        self._thread = threading.Thread(target=self._deliver, name=f"sink {sink.name}", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        return self._slot.dropped

    def put(self, composed: Composed) -> None:
        """Take a share in the frame and pass it on; the caller keeps its own share."""
        if type(composed) is not Composed:
            raise TypeError(f"sinks take composed frames only, got {type(composed).__name__}")
        self._put(composed.hold())

    def close(self, timeout: float = 10.0) -> None:
        """Deliver what was put, finish the sink; waits up to `timeout` s."""
        self._slot.close()
        self._thread.join(timeout)
        if self._thread.is_alive():
            log.warning("%s did not finish within %g s", self.sink.name, timeout)

    def _deliver(self) -> None:
        try:
            while composed := self._slot.take():
                try:
                    self.sink.send(composed)
                finally:
                    composed.release()
                self.sent += 1
        except SinkError as error:
            self._fail(error)
        finally:
            self._finish()

    def _finish(self) -> None:
        try:
            self.sink.close()
        except SinkError as error:
            self._fail(error)

    def _fail(self, error: SinkError) -> None:
        self.error = self.error or error
        log.error("%s", error)
        self._slot.close()
        while left := self._slot.take(timeout=0):
            left.release()
