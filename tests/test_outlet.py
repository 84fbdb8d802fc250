"""A sink on its own thread: what it does harms nobody else."""

from __future__ import annotations

import logging
import threading

import pytest
from drawn import frame
from played import Collector, gate, until

from softfocus.realtime.errors import CannotWrite, NoVirtualCamera
from softfocus.realtime.gate.gate import Composed
from softfocus.realtime.live.outlet import Outlet
from softfocus.realtime.reason import Reason


class Feed:
    """Puts shielded frames into an outlet."""

    def __init__(self) -> None:
        self.gate = gate()
        self._next = 0

    def __call__(self, outlet: Outlet, count: int = 1) -> None:
        for _ in range(count):
            composed = self.gate.close(frame(self._next), Reason.START)
            self._next += 1
            outlet.put(composed)
            composed.release()

    @property
    def out(self) -> int:
        """Buffers that somebody still holds."""
        return self.gate._pool.made - len(self.gate._pool._free)


def throw(error: Exception) -> None:
    raise error


def test_a_slow_sink_gets_the_newest_frame_and_the_others_are_counted() -> None:
    go_on, feed = threading.Event(), Feed()
    sink = Collector(lambda composed: go_on.wait(10))
    outlet = Outlet(sink)
    feed(outlet)
    until(lambda: not outlet._slot._things)
    feed(outlet, 9)
    go_on.set()
    outlet.close()
    assert [got.index for got in sink.got] == [0, 9]
    assert (outlet.sent, outlet.dropped) == (2, 8)
    assert feed.out == 0


def test_a_lossless_sink_gets_all() -> None:
    sink, feed = Collector(), Feed()
    outlet = Outlet(sink, lossless=True)
    feed(outlet, 30)
    outlet.close()
    assert [got.index for got in sink.got] == list(range(30))


@pytest.mark.parametrize("error", [CannotWrite("x.mp4", "no space"), RuntimeError("device is gone")])
def test_a_sink_that_fails_is_closed_said_and_blocks_nobody(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    sink, feed = Collector(lambda composed: throw(error)), Feed()
    outlet = Outlet(sink, lossless=True)
    feed(outlet)
    until(lambda: outlet.gone)
    feed(outlet, 10)  # would wait for ever, were it not told
    outlet.close()
    assert sink.closed == 1
    assert outlet.error is not None
    assert str(error) in str(outlet.error)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert feed.out == 0


def test_a_sink_that_cannot_be_finished_is_said() -> None:
    sink = Collector()
    sink.close = lambda: throw(CannotWrite("x.mp4", "no space"))
    outlet = Outlet(sink)
    Feed()(outlet)
    outlet.close()
    assert isinstance(outlet.error, CannotWrite)


def test_a_device_that_vanished_is_opened_again(caplog: pytest.LogCaptureFixture) -> None:
    broken, whole, feed = Collector(lambda composed: throw(RuntimeError("gone"))), Collector(), Feed()
    tries: list[int] = []

    def reopen() -> Collector:
        tries.append(1)
        if len(tries) < 3:
            raise NoVirtualCamera("it is not there yet")
        return whole

    outlet = Outlet(broken, reopen=reopen)
    feed(outlet)
    until(lambda: outlet.error)
    assert not outlet.gone
    until(lambda: feed(outlet) or whole.got)
    outlet.close()
    assert outlet.error is None
    assert outlet.lost == 1
    assert broken.closed == whole.closed == 1
    assert "takes frames again" in caplog.text
    assert feed.out == 0


def test_closing_does_not_wait_for_a_device_that_never_comes_back() -> None:
    outlet = Outlet(
        Collector(lambda composed: throw(RuntimeError("gone"))),
        reopen=lambda: throw(NoVirtualCamera("it is gone")),
    )
    Feed()(outlet)
    until(lambda: outlet.error)
    outlet.close(timeout=20)
    assert outlet.gone


def test_closing_waits_for_a_stuck_sink_only_so_long(caplog: pytest.LogCaptureFixture) -> None:
    go_on = threading.Event()
    outlet = Outlet(Collector(lambda composed: go_on.wait(20)))
    Feed()(outlet)
    until(lambda: not outlet._slot._things)
    outlet.close(timeout=0.1)
    assert "did not finish" in caplog.text
    go_on.set()
    until(lambda: outlet.gone)


def test_frames_that_nobody_made_at_the_gate_are_refused() -> None:
    outlet = Outlet(Collector())
    for forged in (frame(), object.__new__(type("Forged", (Composed,), {}))):
        with pytest.raises(TypeError, match="composed frames only"):
            outlet.put(forged)
    outlet.close()
