"""The live loop: it never stops, and covers what comes too late."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from drawn import detail
from played import Camera, Collector, Disc, gate, until

from softfocus.realtime.errors import CannotWrite, SourceError
from softfocus.realtime.frame import Frame
from softfocus.realtime.gate.gate import Composed
from softfocus.realtime.governor.power import Power
from softfocus.realtime.governor.steering import Steering
from softfocus.realtime.live.delivery import Counts, Delivery
from softfocus.realtime.live.loop import Live, run_every_frame
from softfocus.realtime.live.outlet import Outlet
from softfocus.realtime.pipeline import FAILURES, Pipeline
from softfocus.realtime.reason import Reason
from softfocus.realtime.sinks.sink import Sink


class Call:
    """A live loop from a drawn camera to a collector, on a thread of its own."""

    def __init__(self, camera: Camera, pipeline: Pipeline, *sinks: Sink, give_up: float = 3.0) -> None:
        self.counts = Counts()
        self.sink = Collector()
        self.outlets = [Outlet(sink) for sink in (self.sink, *sinks)]
        self.gate = pipeline.gate
        self.live = Live(
            camera, pipeline, Delivery(self.outlets, None, self.counts), self.counts, give_up=give_up
        )
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self.live.run()
        except Exception as error:
            self.error = error

    @property
    def states(self) -> list[Reason | None]:
        return [got.shut for got in self.sink.got]

    def shows_the_person(self, frames: int = 3) -> bool:
        """In its last frames."""
        return self.states[-frames:] == [None] * frames

    def ends(self) -> None:
        self.thread.join(10)
        assert not self.thread.is_alive()
        for outlet in self.outlets:
            outlet.close()


@contextmanager
def running(call: Call) -> Iterator[Call]:
    call.thread.start()
    try:
        yield call
    finally:
        call.live.stop()
        call.ends()


def test_frames_come_out_in_order_opened_after_three_and_the_run_ends_with_its_source() -> None:
    call = Call(Camera(30), Pipeline(Disc(), gate()))
    with running(call):
        call.thread.join(10)
    assert call.error is None
    assert call.states[:2] == [Reason.START] * 2
    assert call.states[-1] is None
    indices = [got.index for got in call.sink.got]
    assert indices == sorted(indices)
    assert call.counts.captured == 30
    assert call.counts.composed + call.counts.shielded + call.counts.dropped == 30


def test_a_stuck_segmenter_is_covered_by_the_shield_and_what_it_brings_at_last_goes_nowhere() -> None:
    go_on, stuck = threading.Event(), threading.Event()

    def hang(frame: Frame) -> None:
        if frame.index == 10:
            stuck.set()
            go_on.wait(10)

    call = Call(Camera(), Pipeline(Disc(hang), gate()), give_up=60)
    with running(call):
        assert stuck.wait(10)
        until(lambda: call.states.count(Reason.SEGMENTER_LATE) > 3)
        go_on.set()
        until(call.shows_the_person)
    assert 10 not in [got.index for got in call.sink.got if not got.shut]
    times = [got.captured_at for got in call.sink.got]
    assert times == sorted(times)
    assert call.gate.closings == {Reason.SEGMENTER_LATE: 1}


def test_the_first_mattes_after_being_late_do_not_open_at_once() -> None:
    def late(frame: Frame) -> None:
        if frame.index == 10:
            threading.Event().wait(0.6)

    call = Call(Camera(), Pipeline(Disc(late), gate()))
    with running(call):
        until(lambda: Reason.SEGMENTER_LATE in call.states)
        until(call.shows_the_person)
    first = call.states.index(Reason.SEGMENTER_LATE)
    opened = call.states.index(None, first)
    uncovered = [got for got in call.sink.got[first:opened] if got.index > 10]
    assert len({got.index for got in uncovered}) >= 2


def test_a_segmenter_that_hangs_for_ever_is_replaced_and_its_late_result_changes_nothing() -> None:
    go_on = threading.Event()
    mattings: list[Disc] = []

    def spare() -> Disc:
        mattings.append(Disc())
        return mattings[-1]

    def hang(frame: Frame) -> None:
        if frame.index == 5:
            go_on.wait(20)

    call = Call(Camera(), Pipeline(Disc(hang), gate(), spare=spare), give_up=0.5)
    with running(call):
        until(lambda: mattings and call.shows_the_person())
        before = len(call.sink.got)
        go_on.set()
        until(lambda: len(call.sink.got) > before + 10)
        assert set(call.states[before:]) == {None}
    assert len(mattings) == 1


def test_a_segmenter_that_keeps_failing_is_replaced() -> None:
    def fail(frame: Frame) -> None:
        raise ValueError("broken")

    call = Call(Camera(), Pipeline(Disc(fail), gate(), spare=Disc))
    with running(call):
        until(call.shows_the_person)
    assert call.states.count(Reason.SEGMENTER_FAILED) >= FAILURES
    assert call.gate.closings == {Reason.SEGMENTER_FAILED: 1}


def test_a_spare_that_cannot_be_made_is_tried_again() -> None:
    tries: list[int] = []

    def fail(frame: Frame) -> None:
        raise ValueError("broken")

    def spare() -> Disc:
        tries.append(1)
        if len(tries) < 3:
            raise MemoryError
        return Disc()

    call = Call(Camera(), Pipeline(Disc(fail), gate(), spare=spare))
    with running(call):
        until(call.shows_the_person)
    assert len(tries) == 3


def test_a_silent_camera_is_covered_until_it_gives_frames_again() -> None:
    speak = threading.Event()
    call = Call(Camera(before=lambda n: n == 8 and speak.wait(10)), Pipeline(Disc(), gate()))
    with running(call):
        until(lambda: call.states.count(Reason.NO_FRAME) > 3)
        covers = [got for got in call.sink.got if got.shut is Reason.NO_FRAME]
        assert max(detail(cover.luma) for cover in covers) < 0.5
        speak.set()
        until(call.shows_the_person)


def test_before_the_first_frame_a_grey_picture_goes_out() -> None:
    speak = threading.Event()
    call = Call(Camera(before=lambda n: speak.wait(10)), Pipeline(Disc(), gate()))
    with running(call):
        until(lambda: len(call.sink.got) > 2)
        assert set(call.states) == {Reason.START}
        assert np.ptp(call.sink.got[0].luma) == 0
        speak.set()
    assert call.gate.closings == {}


def test_stop_ends_a_run_whose_camera_blocks() -> None:
    blocked = threading.Event()

    def block(number: int) -> None:
        blocked.set()
        camera.closed.wait(30)

    camera = Camera(before=block)
    call = Call(camera, Pipeline(Disc(), gate()))
    with running(call):
        assert blocked.wait(10)
    assert call.error is None


@pytest.mark.parametrize("error", [SourceError("gone"), RuntimeError("a bug")])
def test_what_ends_the_camera_ends_the_run_with_that_error(error: Exception) -> None:
    def fail(number: int) -> None:
        if number == 3:
            raise error

    call = Call(Camera(before=fail), Pipeline(Disc(), gate()))
    with running(call):
        call.thread.join(10)
    assert call.error is error


def test_a_failing_sink_harms_no_other() -> None:
    def full(composed: Composed) -> None:
        raise CannotWrite("x.mp4", "no space")

    call = Call(Camera(), Pipeline(Disc(), gate()), Collector(full))
    with running(call):
        until(lambda: call.outlets[1].gone)
        until(call.shows_the_person)
    assert call.error is None


def test_a_stuck_sink_harms_no_other() -> None:
    go_on = threading.Event()
    call = Call(Camera(), Pipeline(Disc(), gate()), Collector(lambda composed: go_on.wait(10)))
    with running(call):
        until(lambda: call.sink.got and call.sink.got[-1].index > 30)
        go_on.set()
    assert call.outlets[1].dropped > 20


def test_when_the_last_sink_is_gone_the_run_ends_with_its_error() -> None:
    call = Call(Camera(), Pipeline(Disc(), gate()))
    with running(call):
        until(lambda: call.sink.got)
        call.sink._before = Collector(
            lambda composed: (_ for _ in ()).throw(CannotWrite("x", "full"))
        )._before
        call.thread.join(10)
    assert isinstance(call.error, CannotWrite)


def test_the_room_is_seen_while_the_user_wants_it_and_not_one_frame_longer() -> None:
    call = Call(Camera(), Pipeline(Disc(), gate()))
    with running(call):
        until(call.shows_the_person)
        assert not any(got.raw for got in call.sink.got)
        call.live.pass_through(True)
        until(lambda: call.sink.got[-1].raw)
        assert detail(call.sink.got[-1].luma) > 40
        call.live.pass_through(False)
        until(lambda: not call.sink.got[-1].raw)  # but for what the sink had in its hands
        off = len(call.sink.got)
        until(lambda: len(call.sink.got) > off + 10 and call.shows_the_person())
    assert not any(got.raw for got in call.sink.got[off:])
    assert call.counts.raw > 0


def test_a_recording_is_worked_through_whole_and_open_from_its_first_frame() -> None:
    counts, sink = Counts(), Collector()
    outlet = Outlet(sink, lossless=True)
    run_every_frame(Camera(20, rate=1000), Pipeline(Disc(), gate()), Delivery([outlet], None, counts), counts)
    outlet.close()
    assert [got.index for got in sink.got] == list(range(20))
    assert {got.shut for got in sink.got} == {None}


def test_what_the_watching_thread_asks_for_is_optional(caplog: pytest.LogCaptureFixture) -> None:
    """Reading the battery ended calls once descriptors ran out."""

    def out_of_descriptors() -> Power:
        raise OSError(24, "Too many open files")

    def out_of_memory() -> bool:
        raise MemoryError

    counts, sink = Counts(), Collector()
    outlet = Outlet(sink)
    live = Live(
        Camera(20),
        Pipeline(Disc(), gate()),
        Delivery([outlet], None, counts),
        counts,
        steering=Steering(60.0, lambda effort: None, power=out_of_descriptors),
        resting=out_of_memory,
    )
    live.run()
    outlet.close()
    assert counts.composed > 0
    assert "asking for battery and heat failed, the call goes on: [Errno 24]" in caplog.text
    assert "asking who watches failed, the call goes on: MemoryError" in caplog.text
