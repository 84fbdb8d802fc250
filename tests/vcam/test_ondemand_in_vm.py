"""The webcam is on while somebody watches, and off while nobody does."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from softfocus.realtime.frame import Size
from softfocus.realtime.sinks.placeholder import camera_off

from .consumer import Consumer, wait_for
from .program import Program, Viewer

pytestmark = pytest.mark.virtual_camera
TIMES = 50


@pytest.fixture(scope="module")
def program(loopback: str, vivid: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with Program(vivid, loopback, tmp_path_factory.mktemp("log") / "stderr") as program:
        yield program


@pytest.fixture
def at_rest(program: Program) -> Program:
    """The webcam is off for good: it may be just about to come on for the viewer of the test before."""
    rest(program)
    time.sleep(1.5)
    rest(program)
    return program


def rest(program: Program) -> None:
    """Wait until the webcam is off and the placeholder has replaced the last picture."""
    wait_for(lambda: not program.light, "the webcam stayed on")
    time.sleep(0.2)


def test_each_of_fifty_viewers_turns_the_webcam_on_and_leaves_it_off(at_rest: Program, loopback: str) -> None:
    waited: list[float] = []
    for _ in range(TIMES):
        began = time.monotonic()
        with Viewer(loopback) as viewer:
            viewer.until_composed()
            waited.append(time.monotonic() - began)
            assert at_rest.light
        rest(at_rest)
    print(f"first picture after {statistics.median(waited):.2f} s (median), {max(waited):.2f} s (worst)")
    assert len(waited) == TIMES


def test_a_program_that_lists_cameras_leaves_it_off(at_rest: Program, loopback: str) -> None:
    for _ in range(5):
        subprocess.run(["v4l2-ctl", "-d", loopback, "--all"], check=True, capture_output=True)
        time.sleep(0.1)
        assert not at_rest.light
    time.sleep(0.5)
    assert not at_rest.light


def test_the_first_picture_of_a_resting_camera_is_the_placeholder(at_rest: Program, loopback: str) -> None:
    with Consumer(loopback) as consumer:
        size = Size(*consumer.size)
        assert np.array_equal(consumer.read(1)[0], camera_off(size).data)


def test_two_viewers_in_turn_are_both_served(at_rest: Program, loopback: str) -> None:
    with Viewer(loopback) as first:
        first.until_composed()
        subprocess.run(["v4l2-ctl", "-d", loopback, "--all"], check=True, capture_output=True)
        time.sleep(1.5)
        assert at_rest.light
        first.until_composed()


def test_a_resting_program_costs_next_to_nothing(at_rest: Program) -> None:
    before, seconds = at_rest.cpu_seconds(), 8.0
    time.sleep(seconds)
    share = (at_rest.cpu_seconds() - before) / seconds
    print(f"at rest {100 * share:.2f} % of a core")
    assert share < 0.01


def test_always_on_keeps_it_on(loopback: str, vivid: str, program: Program, tmp_path: Path) -> None:
    program.__exit__()
    with Program(vivid, loopback, tmp_path / "stderr", "--always-on") as always:
        for _ in range(20):
            assert always.light
            time.sleep(0.1)
