"""The thread that the pipeline runs on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ..frame import Frame
from ..pipeline import Pipeline
from ..slot import Latest
from .delivery import Delivery
from .tolerant import Tolerant, passes


class Worker:
    """Takes the newest frame, runs the pipeline on it, delivers; on a thread of its own.

    tell          is called after each frame with when work on it began and when it was delivered, monotonic s

    delivered_at  monotonic s of its last delivery
    error         what ended it before its time: a bug. Where not even the shield has memory, nothing leaves
    """

    def __init__(
        self,
        slot: Latest[Frame],
        pipeline: Pipeline,
        deliver: Delivery,
        tell: Callable[[float, float], None] = lambda begun, done: None,
    ) -> None:
        self._slot = slot
        self._pipeline = pipeline
        self._deliver = deliver
        self._tell = tell
        self._since: float | None = None
        self._tolerant = Tolerant()
        self.delivered_at = time.monotonic()
        self.error: Exception | None = None
        self._abandoned = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="work", daemon=True)

    @property
    def ended(self) -> bool:
        """Whether it will deliver nothing more."""
        return self._ended.is_set()

    @property
    def busy_for(self) -> float:
        """s spent on the frame in hand; 0 while waiting for one."""
        since = self._since
        return time.monotonic() - since if since is not None else 0.0

    def start(self) -> None:
        self._thread.start()

    def wait(self, timeout: float) -> None:
        """Until it ends or the time is over. Ctrl-C may come here: a `join` that it breaks off takes
        the thread for dead (Python before 3.13), and the program would end under its feet.
        """
        self._ended.wait(timeout)

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def abandon(self) -> None:
        """Whatever hangs in there: when it comes back, it delivers nothing and ends."""
        self._abandoned = True

    def _work(self) -> None:
        try:
            while not self._abandoned and (frame := self._slot.take()):
                try:
                    self._work_on(frame)
                except Exception as error:
                    if not passes(error):
                        raise
                    self._tolerant.tell("a frame", error)
        except Exception as error:  # the caller's thread raises it
            self.error = error
        finally:
            self._ended.set()

    def _work_on(self, frame: Frame) -> None:
        begun = self._since = time.monotonic()
        try:
            composed = self._pipeline(frame)
        finally:
            self._since = None
        if self._abandoned:
            composed.release()
        else:
            self._deliver(composed)
            self.delivered_at = time.monotonic()
            self._tell(begun, self.delivered_at)
