"""A recording of a program that is killed plays up to a second before."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest

pytestmark = pytest.mark.faults

RECORD = ["-m", "softfocus", "run", "-i", "demo", "--realtime", "--size", "320x180"]


def played(path: Path) -> float:
    """s until the last frame that can be shown."""
    last = 0.0
    with av.open(str(path)) as file:
        try:
            for picture in file.decode(video=0):
                last = float(picture.time or 0.0)
        except av.error.InvalidDataError:
            pass  # torn at its end
    return last


def first_composed(program: subprocess.Popen[bytes]) -> float:
    """When the person was first seen, monotonic s."""
    assert program.stderr
    while b"open after" not in program.stderr.readline():
        assert program.poll() is None
    return time.monotonic()


@pytest.mark.parametrize("round", range(5))
def test_whenever_it_is_killed_the_recording_plays_to_within_a_second(round: int, tmp_path: Path) -> None:
    """Four programs at a time, each killed at a random moment: twenty in all."""
    paths = [tmp_path / f"{n}{suffix}" for n, suffix in enumerate((".mp4", ".mkv") * 2)]
    programs, begun = [], []
    for path in paths:
        programs.append(subprocess.Popen([sys.executable, *RECORD, "-o", str(path)], stderr=subprocess.PIPE))
        begun.append(first_composed(programs[-1]))
    lasted: list[float] = []
    for program, begin in zip(programs, begun, strict=True):
        time.sleep(random.uniform(0.1, 1.0))
        program.kill()
        lasted.append(time.monotonic() - begin)
        program.communicate()
    for path, seconds in zip(paths, lasted, strict=True):
        assert seconds - played(path) < 1.0
