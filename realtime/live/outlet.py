"""A sink on a thread of its own: a slow or broken one harms no other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ..errors import SinkError
from ..gate.gate import Composed
from ..sinks.sink import Sink
from ..slot import Latest

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0  # s between two tries to open a sink again


class Outlet:
    """Hands frames to one sink.

    lossless  wait for the sink instead of dropping frames that it is too slow for
    reopen    opens the sink again after it failed, raises SinkError while that cannot be done;
              None: what failed is gone for good (a recording opened again would begin anew)

    sent   frames; dropped  frames that it was too slow for
    error  why the sink takes nothing now, None while it works; lost  how often that happened
    gone   it will not come back
    """

    def __init__(
        self, sink: Sink, *, lossless: bool = False, reopen: Callable[[], Sink] | None = None
    ) -> None:
        self.sink = sink
        self.sent = 0
        self.lost = 0
        self.error: SinkError | None = None
        self.gone = False
        self._reopen = reopen
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
        while self._send_all() and self._opened_again():
            log.warning("%s takes frames again", self.sink.name)
        self.gone = True
        self._slot.close()
        self._skip(seconds=0)

    def _send_all(self) -> bool:
        """Send until the end, or until the sink fails: True then. The sink is closed either way."""
        failed = self._guarded(self._send_each)
        return self._guarded(self.sink.close) or failed

    def _send_each(self) -> None:
        while composed := self._slot.take():
            try:
                self.sink.send(composed)
            finally:
                composed.release()
            self.sent += 1

    def _guarded(self, work: Callable[[], None]) -> bool:
        """Whether it failed. What a sink's library raises is that sink's trouble and nobody else's."""
        try:
            work()
        except SinkError as error:
            self._fail(error)
        except Exception as error:
            self._fail(SinkError(f"{self.sink.name} failed: {error}"))
        else:
            return False
        return True

    def _fail(self, error: SinkError) -> None:
        if self.error is None:
            self.error = error
            self.lost += 1
            log.error("%s", error)

    def _opened_again(self) -> bool:
        """True once the sink takes frames again; False when it never will."""
        pause = FIRST_PAUSE
        while self._reopen and not self._slot.closed:
            self._skip(pause)
            try:
                self.sink = self._reopen()
            except SinkError as error:
                log.debug("%s", error)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self.error = None
                return True
        return False

    def _skip(self, seconds: float) -> None:
        """Let frames go by."""
        until = time.monotonic() + seconds
        while True:
            left = self._slot.take(timeout=max(0.0, until - time.monotonic()))
            if left:
                left.release()
            elif self._slot.closed or time.monotonic() >= until:
                return
