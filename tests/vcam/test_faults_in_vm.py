"""What those who watch see when the webcam fails, and when softfocus is killed: never the room as it is."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .conftest import Feed
from .consumer import WEBCAM, wait_for
from .program import Program, Watcher

pytestmark = pytest.mark.virtual_camera

DRIVER = Path("/sys/bus/platform/drivers/vivid")


@pytest.fixture
def watched(loopback: str, vivid: str, tmp_path: Path) -> Iterator[tuple[Program, Watcher]]:
    """A program whose composed pictures somebody watches."""
    with Program(vivid, loopback, tmp_path / "stderr") as program, Watcher(loopback) as watcher:
        watcher.sees("composed", 10)
        yield program, watcher
        assert "raw" not in watcher.saw


@contextmanager
def another_reads(device: str) -> Iterator[None]:
    """Another program has the webcam."""
    command = ["v4l2-ctl", "-d", device, "--stream-mmap", "--stream-count=100000"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as other:
        time.sleep(1)
        assert other.poll() is None
        yield
        other.kill()


@contextmanager
def unplugged() -> Iterator[None]:
    """The webcam is gone until the block ends."""
    (DRIVER / "unbind").write_text("vivid.0")
    try:
        yield
    finally:
        (DRIVER / "bind").write_text("vivid.0")


def test_an_unplugged_webcam_is_shielded_and_back_when_it_is_plugged_in(
    watched: tuple[Program, Watcher],
) -> None:
    program, watcher = watched
    with unplugged():
        watcher.sees("shielded", 30)
        assert not program.light
    returned = time.monotonic()
    watcher.sees("composed")
    print(f"composed {time.monotonic() - returned:.2f} s after the webcam's return")


def test_a_webcam_that_fails_without_leaving_is_opened_again(watched: tuple[Program, Watcher]) -> None:
    program, watcher = watched
    subprocess.run(["v4l2-ctl", "-d", "/dev/video0", "-c", "disconnect=1"], check=True)
    wait_for(lambda: "is back" in program.said, "it was not opened again")
    watcher.sees("composed", 10)


def test_a_stalled_webcam_is_shielded_and_back_when_it_goes_on(
    loopback: str, feed: Feed, shared: Path, tmp_path: Path
) -> None:
    clip = shared / "data" / "video_alpha" / "d_talker_near.mp4"
    with (
        feed(WEBCAM, clip, "YUYV") as webcam,
        Program(WEBCAM, loopback, tmp_path / "stderr"),
        Watcher(loopback) as watcher,
    ):
        watcher.sees("composed", 10)
        webcam.send_signal(signal.SIGSTOP)
        watcher.sees("shielded", 60)
        webcam.send_signal(signal.SIGCONT)
        watcher.sees("composed", 10)


def test_a_webcam_that_was_taken_while_nobody_watched_is_waited_for(
    loopback: str, vivid: str, tmp_path: Path
) -> None:
    with Program(vivid, loopback, tmp_path / "stderr") as program:
        wait_for(lambda: not program.light, "the webcam stayed on")
        with another_reads(vivid), Watcher(loopback) as watcher:
            watcher.sees("shielded", 30)
            assert "is in use; close the other program" in program.said
            assert set(watcher.saw) <= {"off", "shielded"}
        with Watcher(loopback) as watcher:
            watcher.sees("composed", 10)


def test_who_watched_a_killed_program_sees_the_placeholder_and_then_the_next_one(
    loopback: str, vivid: str, tmp_path: Path
) -> None:
    with Program(vivid, loopback, tmp_path / "first") as program, Watcher(loopback) as watcher:
        watcher.sees("composed", 10)
        program.process.kill()
        watcher.sees("off", 2)
        with Program(vivid, loopback, tmp_path / "second"):
            watcher.sees("composed", 10)
            stopped = len(watcher.saw)
        watcher.sees("off", since=stopped)
        assert "raw" not in watcher.saw
