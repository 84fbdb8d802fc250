"""Drives frames from a source through the pipeline to the sinks.

Threads: one captures, one works (`worker`), each sink has one (`outlet`), one tells the `status`, and
the caller's watches over them (and shows the window, which some systems allow on the main thread only).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from ..compose.open import open_backdrop
from ..errors import DamagedInput, EndOfSource
from ..frame import I420, Colour, Frame, Size
from ..framing.framing import How
from ..governor.steering import Steering
from ..matting.effort import Quality
from ..parts.veil import Veil
from ..pipeline import Pipeline
from ..reason import Reason
from ..settings import RunSettings
from ..slot import Latest
from ..sources.source import Source
from .delivery import Counts, Delivery
from .tolerant import Tolerant
from .worker import Worker

log = logging.getLogger(__name__)

TICK = 0.05  # s between two looks of the watchdog
AT_REST = 1.0  # s, while nobody watches
SHORT_OF = 0.1  # s until the next try where the machine lacks something


Press = Callable[[str | None], bool]  # what a key of the window does (None: no key); False: the user quits


def go_on(key: str | None) -> bool:
    """What keys do where there is no window."""
    return True


def run_every_frame(
    source: Source,
    pipeline: Pipeline,
    deliver: Delivery,
    counts: Counts,
    press: Press = go_on,
    told: Callable[[Frame], object] = lambda frame: None,
) -> None:
    """Work through a recording: nothing is dropped, nothing waits for a clock.

    press  is told after every frame which key of the window was pressed
    told   is told which frame that was

    Raises what made the source end before its time, and the sink's error when the last one failed. Where
    the source is damaged, all that there is of it has been used; `counts` tells.
    """
    try:
        for frame in frames_of(source):
            if not counts.captured:
                pipeline.prime(frame)
            counts.captured += 1
            deliver(pipeline(frame))
            told(frame)
            if deliver.failed:
                raise deliver.failed
            if not press(deliver.show(timeout=0)):
                return
    except DamagedInput as damaged:
        counts.trouble = str(damaged)


def frames_of(source: Source) -> Iterator[Frame]:
    """All frames of a source that waits for us."""
    try:
        while True:
            if frame := source.read(timeout=10.0):
                yield frame
    except EndOfSource:
        return


def readable(source: Source) -> Iterator[Frame]:
    """All frames that can be had of a source that waits for us; what is missing is logged."""
    try:
        yield from frames_of(source)
    except DamagedInput as damaged:
        log.warning("%s", damaged)


class Live:
    """The loop for sources that do not wait.

    late     s a frame may be worked on before the last one goes out shielded in its place
    silence  s without any picture, whatever the cause, before that happens too
    give_up  s after which a segmenter that hangs is left behind; doubles each time, up to a minute
    resting  whether the source gives no frames because nobody watches
    steering  holds the rate by giving up quality, or a level; None: quality is fixed
    """

    def __init__(
        self,
        source: Source,
        pipeline: Pipeline,
        deliver: Delivery,
        counts: Counts,
        *,
        late: float = 0.25,
        silence: float = 0.5,
        give_up: float = 3.0,
        resting: Callable[[], bool] = lambda: False,
        steering: Steering | None = None,
    ) -> None:
        self._source = source
        self._pipeline = pipeline
        self._deliver = deliver
        self._counts = counts
        self._late = late
        self._silence = silence
        self._give_up = give_up
        self._resting = resting
        self._steering = steering
        self._slot: Latest[Frame] = Latest()
        self._seen = nothing_yet(source.size)
        self._covered_at = 0.0
        self._rests_until = 0.0
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._tolerant = Tolerant()
        self._worker = Worker(self._slot, pipeline, deliver, self._worked)
        self._opening = threading.Lock()  # one backdrop after the other, in the order of the calls

    def run(self, press: Press = go_on) -> None:
        """Until the source ends, `stop` is called, the user quits, or every sink failed.

        press  is told, on this thread, which key of the window was pressed

        Raises what ended it before its time: a SourceError, a SinkError, or a bug.
        """
        capture = threading.Thread(target=self._capture, name="capture", daemon=True)
        capture.start()
        self._worker.start()
        try:
            while not (self._stop.is_set() or self._worker.ended or self._deliver.failed):
                self._watch(press)
        finally:
            self.stop()
            self._source.close()
            capture.join(timeout=2.0)
            self._worker.join(timeout=2.0)
            self._counts.dropped = self._slot.dropped
        if error := self._error or self._worker.error or self._deliver.failed:
            raise error

    def stop(self) -> None:
        """End `run` soon; from any thread."""
        self._stop.set()
        self._slot.close()

    def change_backdrop(self, settings: RunSettings) -> None:
        """Fade to what `settings` want behind the person: background, blur and what belongs to them.

        From any thread but the one that runs the loop: the backdrop is made on the caller's, which may
        take a while, and faded in over half a second while frames go on. Nothing is shielded, and the
        room is never seen: "none" fades to the blur, and only `pass_through` shows the room. All other
        settings are left as they are. Raises SoftfocusError when there is no such backdrop; then the
        one before stays.
        """
        with self._opening:
            self._pipeline.gate.change_backdrop(open_backdrop(settings, self._source.size))

    def change_veil(self, veil: Veil | None) -> None:
        """Hide another part of the person, or none; from any thread. A fresh veil hides all of them until
        it has found its part.
        """
        if veil:
            self.pass_through(False)
        self._pipeline.gate.change_veil(veil)

    def match(self, wanted: bool) -> None:
        """Give the person the light of what is behind them, or no more; from any thread."""
        self._pipeline.gate.match(wanted)

    def frame(self, how: How) -> None:
        """Keep the person in the middle from now on, or no more; from any thread."""
        self._pipeline.gate.frame(how)

    def change_quality(self, quality: Quality) -> None:
        """Spend that much on each frame, or what its rate allows; from any thread."""
        if self._steering:
            self._steering.want(quality)

    def pass_through(self, wanted: bool) -> None:
        """Let the room be seen, or no more, because the user says so; from any thread."""
        seen = self._pipeline.gate.passthrough
        self._pipeline.gate.pass_through(wanted)
        if seen and not wanted:  # what is still on its way to the sinks is replaced
            self._cover(Reason.SETTINGS_CHANGED)

    def _capture(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    self._take_one()
                except (MemoryError, OSError) as error:
                    self._tolerant.tell("the camera", error)
                    self._stop.wait(SHORT_OF)
        except EndOfSource:  # so does the run, once the worker has had the last frame
            pass
        except Exception as error:  # the caller's thread raises it
            self._error = error
        finally:
            self._slot.close()

    def _take_one(self) -> None:
        if frame := self._source.read(timeout=0.5):
            self._counts.captured += 1
            self._seen = frame
            self._slot.put(frame)

    def _watch(self, press: Press) -> None:
        """One look: what covers for others goes first, and what may fail is optional."""
        if self._worker.busy_for > self._give_up:
            self._tolerant("a fresh segmenter", self._replace_worker, None)
        pause = TICK
        if reason := self._overdue():
            pause = AT_REST if reason is Reason.UNWATCHED else min(TICK, 1 / self._source.rate)
            if time.monotonic() - self._covered_at >= pause:
                self._tolerant("covering", partial(self._cover, reason), None)
        self._counts.dropped = self._slot.dropped
        if steering := self._steering:
            self._tolerant("asking for battery and heat", lambda: steering.look(time.monotonic()), None)
        if not self._deliver.window:
            self._worker.wait(pause)
            return
        key = self._deliver.show(timeout=pause)
        if not self._tolerant("a key of the window", lambda: press(key), otherwise=True):
            self.stop()

    def _worked(self, begun: float, done: float) -> None:
        """On the worker's thread, after each frame."""
        if self._steering:
            self._steering.frame(done, done - begun, self._slot.dropped)

    def _overdue(self) -> Reason | None:
        """Why the sinks wait longer than they should, if they do."""
        gate = self._pipeline.gate
        if self._tolerant("asking who watches", self._resting, otherwise=False):
            self._rests_until = time.monotonic() + AT_REST  # by then it is looked at again
            return Reason.UNWATCHED
        if self._worker.busy_for > self._late:
            return gate.shut or Reason.SEGMENTER_LATE
        if time.monotonic() - max(self._worker.delivered_at, self._rests_until) > self._silence:
            return Reason.NO_FRAME if self._counts.captured else Reason.START
        return None

    def _cover(self, reason: Reason) -> None:
        """Send the last frame that came in, shielded: newer than all that is still being worked on."""
        self._covered_at = time.monotonic()
        seen = replace(self._seen, captured_at=time.monotonic_ns())
        self._deliver(self._pipeline.gate.close(seen, reason))

    def _replace_worker(self) -> None:
        log.error("the segmenter hangs; starting a fresh one")
        self._give_up = min(2 * self._give_up, 60.0)
        pipeline = self._pipeline.successor()
        fresh = Worker(self._slot, pipeline, self._deliver, self._worked)
        fresh.delivered_at = self._worker.delivered_at
        fresh.start()
        self._worker.abandon()
        self._pipeline, self._worker = pipeline, fresh


def nothing_yet(size: Size) -> Frame:
    """A mid-grey picture, to stand in until the first frame is there."""
    buffer = I420(size)
    buffer.data[:] = 128
    return Frame(buffer.planes, -1, 0, Colour())
