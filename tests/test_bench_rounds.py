"""Processes that take turns, and the figures made of them."""

from __future__ import annotations

import sys

import pytest

from softfocus.bench.machine import this_machine, versions
from softfocus.bench.rounds import BenchFailed, Contestant, Length, free_run
from softfocus.bench.spread import spread
from softfocus.realtime.stopwatch import Stopwatch

TALKER = """
import sys
from softfocus.bench.rounds import free_run, take_turns
print("x" * 100_000, file=sys.stderr)

def frame():
    print("y" * 10_000)

take_turns(lambda: lambda length: free_run(frame, length))
"""
DIES = "import sys; sys.exit('out of luck')"
DIES_LATER = """
import sys
from softfocus.bench.rounds import take_turns

def turn(length):
    sys.exit("lost the model")

take_turns(lambda: turn)
"""


def test_a_round_is_as_long_as_asked_in_frames_and_in_seconds() -> None:
    assert free_run(lambda: None, Length(0.0, 7)).frames == 7
    assert free_run(lambda: None, Length(0.02)).elapsed >= 20


def test_a_round_has_the_stages_of_its_own_frames_only() -> None:
    watch = Stopwatch()

    def frame() -> None:
        with watch.stage("work"):
            sum(range(1000))

    frame()
    measured = free_run(frame, Length(0.0, 5), watch=watch)
    assert len(measured.stages["work"]) == len(measured.stage_cpu["work"]) == measured.frames == 5
    assert sum(measured.stages["work"]) <= sum(measured.wall)


def test_a_process_that_prints_does_not_talk_into_its_answers() -> None:
    with Contestant("talker", [sys.executable, "-c", TALKER]) as talker:
        assert talker(Length(0.0, 30)).frames == 30
        assert talker(Length(0.0, 3)).frames == 3
        assert talker.first_frame_s > 0


@pytest.mark.parametrize(("code", "why"), [(DIES, "out of luck"), (DIES_LATER, "lost the model")])
def test_a_process_that_ends_before_its_time_says_why(code: str, why: str) -> None:
    with (
        pytest.raises(BenchFailed, match=f"candidate cannot be measured: {why}"),
        Contestant("candidate", [sys.executable, "-c", code]) as candidate,
    ):
        candidate(Length(0.0, 1))


def test_a_spread_is_in_milliseconds() -> None:
    times = spread(range(1_000_000, 102_000_000, 1_000_000))
    assert (times.p50, times.p95, times.p99, times.mean) == (51, 96, 100, 51)


def test_the_machine_and_the_versions_are_named() -> None:
    assert this_machine().cpu
    assert versions(("numpy", "no-such-package")).keys() == {"python", "numpy"}
