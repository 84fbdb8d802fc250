"""Drives frames from a source through the pipeline to the sinks.

Threads live here and in `outlet` only: one captures, one works, each sink has one, and the caller's
thread watches over them (and shows the window, which some systems allow on the main thread only).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from .errors import EndOfSource, SinkError, SourceError
from .frame import I420, Colour, Frame, Size
from .gate import Composed
from .outlet import Outlet
from .pipeline import Matter, Pipeline
from .reason import Reason
from .sinks.window import Window
from .slot import Latest
from .sources.source import Source

log = logging.getLogger(__name__)

TICK = 0.05  # s between two looks of the watchdog


@dataclass(slots=True)
class Counts:
    """What happened to the frames so far.

    captured  given by the source; dropped  replaced by a newer one before they were worked on
    composed  left with the person sharp; shielded  left blurred whole
    """

    captured: int = 0
    dropped: int = 0
    composed: int = 0
    shielded: int = 0


class Delivery:
    """Passes composed frames to all sinks, in the order of their time, and counts them."""

    def __init__(self, outlets: Sequence[Outlet], window: Window | None, counts: Counts) -> None:
        self._outlets = outlets
        self._counts = counts
        self._newest = -1
        self._lock = threading.Lock()
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
        if composed.shut:
            self._counts.shielded += 1
        else:
            self._counts.composed += 1
        for outlet in self._outlets:
            if not outlet.error:
                outlet.put(composed)
        if self.window:
            self.view.put(composed.hold())

    def show(self, timeout: float) -> bool:
        """Show the newest frame in the window, waiting for it; False when the user closed it."""
        if not self.window:
            return True
        if composed := self.view.take(timeout):
            try:
                self.window.send(composed)
            finally:
                composed.release()
        return self.window.poll_key() not in ("q", "\x1b")

    @property
    def failed(self) -> SinkError | None:
        """Why nobody can be served any more; None while anybody is."""
        if self.window or not self._outlets:
            return None
        errors = [outlet.error for outlet in self._outlets]
        return errors[0] if all(errors) else None


def run_every_frame(source: Source, pipeline: Pipeline, deliver: Delivery, counts: Counts) -> None:
    """Work through a recording: nothing is dropped, nothing waits for a clock.

    Raises what made the source end before its time, and the sink's error when the last one failed.
    """
    for frame in frames_of(source):
        if not counts.captured:
            pipeline.prime(frame)
        counts.captured += 1
        deliver(pipeline(frame))
        if deliver.failed:
            raise deliver.failed
        if not deliver.show(timeout=0):
            return


def frames_of(source: Source) -> Iterator[Frame]:
    """All frames of a source that waits for us."""
    try:
        while True:
            if frame := source.read(timeout=10.0):
                yield frame
    except EndOfSource:
        return


class Live:
    """The loop for sources that do not wait.

    deadline  s without a new picture, whatever the cause, before the last frame goes out shielded
    give_up   s after which a segmenter that hangs is replaced by what `rebuild` makes
    """

    def __init__(
        self,
        source: Source,
        pipeline: Pipeline,
        deliver: Delivery,
        counts: Counts,
        rebuild: Callable[[], Matter],
        *,
        deadline: float = 0.25,
        give_up: float = 3.0,
    ) -> None:
        self._source = source
        self._pipeline = pipeline
        self._deliver = deliver
        self._counts = counts
        self._rebuild = rebuild
        self._deadline = deadline
        self._give_up = give_up
        self._slot: Latest[Frame] = Latest()
        self._seen = nothing_yet(source.size)
        self._stop = threading.Event()
        self._error: SourceError | None = None
        self._worker = Worker(self._slot, pipeline, deliver)

    def run(self) -> None:
        """Until the source ends, `stop` is called, the window is closed, or every sink failed.

        Raises the SourceError or SinkError that ended it.
        """
        capture = threading.Thread(target=self._capture, name="capture", daemon=True)
        capture.start()
        self._worker.start()
        try:
            while not self._stop.is_set() and self._worker.alive and not self._deliver.failed:
                self._watch()
        finally:
            self.stop()
            self._source.close()
            capture.join(timeout=2.0)
            self._worker.join(timeout=2.0)
            self._counts.dropped = self._slot.dropped
        if error := self._error or self._deliver.failed:
            raise error

    def stop(self) -> None:
        """End `run` soon; from any thread."""
        self._stop.set()
        self._slot.close()

    def _capture(self) -> None:
        try:
            while not self._stop.is_set():
                if frame := self._source.read(timeout=0.5):
                    self._counts.captured += 1
                    self._seen = frame
                    self._slot.put(frame)
        except EndOfSource:
            pass
        except SourceError as error:
            self._error = error
        finally:
            self._slot.close()

    def _watch(self) -> None:
        if self._worker.busy_for > self._give_up:
            self._replace_worker()
        late = time.monotonic() - self._worker.delivered_at > self._deadline
        if late:
            self._cover()
        pause = min(TICK, 1 / self._source.rate) if late else TICK
        if not self._deliver.show(timeout=pause):
            self.stop()
        elif not self._deliver.window:
            self._worker.wait(timeout=pause)

    def _cover(self) -> None:
        """No new picture came out in time: send the last one that came in, shielded."""
        reason = Reason.SEGMENTER_LATE if self._worker.busy_for > TICK else Reason.NO_FRAME
        seen = replace(self._seen, captured_at=time.monotonic_ns())
        self._deliver(self._pipeline.gate.close(seen, reason))

    def _replace_worker(self) -> None:
        log.error("the segmenter hangs; starting a fresh one")
        self._worker.abandon()
        self._pipeline = Pipeline(self._rebuild(), self._pipeline.gate)
        late_since = self._worker.delivered_at
        self._worker = Worker(self._slot, self._pipeline, self._deliver)
        self._worker.delivered_at = late_since
        self._worker.start()


def nothing_yet(size: Size) -> Frame:
    """A mid-grey picture, to stand in until the first frame is there."""
    buffer = I420(size)
    buffer.data[:] = 128
    return Frame(buffer.planes, -1, 0, Colour())


class Worker:
    """Takes the newest frame, runs the pipeline on it, delivers; on a thread of its own.

    delivered_at  monotonic s of its last delivery
    """

    def __init__(self, slot: Latest[Frame], pipeline: Pipeline, deliver: Delivery) -> None:
        self._slot = slot
        self._pipeline = pipeline
        self._deliver = deliver
        self._since: float | None = None
        self.delivered_at = time.monotonic()
        self._abandoned = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="work", daemon=True)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

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
                self._since = time.monotonic()
                composed = self._pipeline(frame)
                self._since = None
                if self._abandoned:
                    composed.release()
                else:
                    self._deliver(composed)
                    self.delivered_at = time.monotonic()
        finally:
            self._ended.set()
