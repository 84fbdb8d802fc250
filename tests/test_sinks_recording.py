"""Recordings hold every frame at its time and colour, and play whatever happened to their writer."""

from __future__ import annotations

import itertools
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from bars import RGB, Sender, bars, middles, yuv
from drawn import disc

from softfocus.realtime.errors import CannotWrite
from softfocus.realtime.frame import Colour, Matrix, Range, Size
from softfocus.realtime.gate.gate import Composed
from softfocus.realtime.sinks.alpha import AlphaFile
from softfocus.realtime.sinks.recording import MATRICES, RANGES, Recording
from softfocus.realtime.sinks.video_file import TICKS, Timeline

SIZE = Size(320, 180)
COLOURS = [Colour(range, matrix) for range in Range for matrix in Matrix]
SUFFIXES = [".mp4", ".mkv"]
PERIOD = 1_000_000_000 // 30
HOURS = 3600 * 1_000_000_000  # a machine's clock does not begin at 0


def frames_of(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as file:
        return list(file.decode(video=0))


def record(path: Path, times: list[int], colour: Colour | None = None, size: Size = SIZE) -> None:
    colour = colour or Colour()
    sink, picture = Recording(path, size, 30), Sender(bars(size, colour), colour)
    for i, captured_at in enumerate(times):
        composed = picture(i, captured_at)
        sink.send(composed)
        composed.release()
    sink.close()
    sink.close()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_frame_is_there_at_its_own_time(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix}"
    times = [HOURS + round(PERIOD * (i + 0.3 * (i % 2) + 5 * (i > 20))) for i in range(40)]
    record(path, times)
    played = [float(frame.pts * frame.time_base) for frame in frames_of(path)]
    assert played == pytest.approx([(t - HOURS) * 1e-9 for t in times], abs=0.002)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("colour", COLOURS)
def test_colours_and_their_tags_survive(suffix: str, colour: Colour, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix}"
    record(path, [i * PERIOD for i in range(3)], colour)
    with av.open(str(path)) as file:
        context = file.streams.video[0].codec_context
        assert context.color_range == RANGES[colour.range]
        assert context.colorspace == MATRICES[colour.matrix]
        y, u, v = np.split(next(file.decode(video=0)).to_ndarray(), [180, 225])
    got = np.stack([middles(y), middles(u.reshape(90, 160)), middles(v.reshape(90, 160))], axis=1)
    assert got == pytest.approx(np.array([yuv(rgb, colour) for rgb in RGB]), abs=3)


@pytest.mark.parametrize("size", [Size(322, 182), Size(642, 362), Size(16, 16)])
def test_sizes_that_divide_by_nothing_but_two_are_recorded_whole(size: Size, tmp_path: Path) -> None:
    record(tmp_path / "out.mp4", [0, PERIOD], Colour(), size)
    assert [(f.width, f.height) for f in frames_of(tmp_path / "out.mp4")] == [size, size]


def test_stamps_rise_when_the_source_stands_still_or_begins_again() -> None:
    stamp = Timeline(rate=30)
    times = [HOURS, HOURS, HOURS + 1, HOURS + PERIOD, 0, PERIOD, 2 * PERIOD]
    stamps = [stamp(t) for t in times]
    assert stamps[0] == 0
    assert all(b - a >= TICKS // 1000 for a, b in itertools.pairwise(stamps))
    assert np.diff(stamps[3:]).tolist() == pytest.approx([TICKS / 30] * 3, abs=1)


def test_alpha_comes_back_exactly(tmp_path: Path) -> None:
    path, mattes = tmp_path / "alpha.mkv", [disc(SIZE, x) for x in np.linspace(0.2, 0.8, 10)]
    file = AlphaFile(path, SIZE, Fraction(30000, 1001))
    for i, alpha in enumerate(mattes):
        file.write(alpha, round(i * 1e9 * 1001 / 30000))
    file.close()
    with av.open(str(path)) as video:
        stream = video.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("ffv1", "gray")
        assert stream.average_rate == pytest.approx(30000 / 1001, rel=1e-3)
        played = [frame.to_ndarray() for frame in video.decode(stream)]
    assert len(played) == len(mattes)
    assert all(np.array_equal(got, alpha) for got, alpha in zip(played, mattes, strict=True))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("out.avi", "use one of: .mp4, .mkv"),
        ("no/folder/out.mp4", "No such file"),
        ("a.mp4", "Is a directory"),
    ],
)
def test_what_cannot_be_written_is_said_in_one_line(name: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(CannotWrite, match=why) as caught:
        Recording(tmp_path / name, SIZE, 30)
    assert "\n" not in str(caught.value)


@pytest.fixture
def little_room() -> Iterator[int]:
    """No file may grow beyond 200 kB: to a program the same as a full disk."""
    room, (soft, hard) = 200_000, resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    yield room
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_is_said_and_what_was_recorded_plays(
    suffix: str, little_room: int, tmp_path: Path
) -> None:
    path = tmp_path / f"out{suffix}"
    sink = Recording(path, SIZE, 30)
    sent = fill_the_disk(sink)
    with pytest.raises(CannotWrite, match="File too large"):
        sink.send(noise(sent))
    with pytest.raises(CannotWrite):
        sink.close()
    assert path.stat().st_size == little_room
    played = playable(path)
    assert sent - 12 <= played <= sent


def fill_the_disk(sink: Recording) -> int:
    """How many frames it took."""
    for index in range(2000):
        try:
            sink.send(noise(index))
        except CannotWrite:
            return index
    raise AssertionError("the disk never filled")


def noise(index: int) -> Composed:
    """A picture that does not compress."""
    planes = bars(SIZE, Colour())
    planes.y[:] = np.random.default_rng(index).integers(16, 235, planes.y.shape, np.uint8)
    return Sender(planes, Colour())(index, index * PERIOD)


def playable(path: Path) -> int:
    """How many frames a player shows before the file ends, cleanly or torn."""
    shown = 0
    try:
        with av.open(str(path)) as file:
            for _ in file.decode(video=0):
                shown += 1
    except av.error.InvalidDataError:
        pass
    return shown


RECORD_UNTIL_KILLED = """
import sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from bars import Sender, bars
from softfocus.realtime.frame import Colour, Size
from softfocus.realtime.sinks.recording import Recording
size = Size(320, 180)
sink, picture = Recording(Path(sys.argv[2]), size, 30), Sender(bars(size, Colour()), Colour())
start, index = time.monotonic_ns(), 0
while True:
    composed = picture(index, time.monotonic_ns())
    sink.send(composed)
    composed.release()
    index += 1
    print(f"{(time.monotonic_ns() - start) * 1e-9:.3f}", flush=True)
    time.sleep(max(0.0, index / 30 - (time.monotonic_ns() - start) * 1e-9))
"""


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_recording_whose_writer_is_killed_plays_to_within_a_second(suffix: str, tmp_path: Path) -> None:
    """Four writers at once, each killed at a random moment."""
    moments = [random.uniform(0.3, 4.0) for _ in range(4)]
    paths = [tmp_path / f"{i}{suffix}" for i in range(len(moments))]
    command = [sys.executable, "-c", RECORD_UNTIL_KILLED, str(Path(__file__).parent)]
    writers = [subprocess.Popen([*command, str(path)], stdout=subprocess.PIPE, text=True) for path in paths]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.readline()
    start = time.monotonic()
    for moment, writer in sorted(zip(moments, writers, strict=True), key=lambda pair: pair[0]):
        time.sleep(max(0.0, start + moment - time.monotonic()))
        writer.kill()
    for path, writer in zip(paths, writers, strict=True):
        sent = float(writer.communicate()[0].split()[-1])
        played = [float(frame.pts * frame.time_base) for frame in frames_of(path)]
        assert sent - played[-1] < 1.0, f"sent until {sent} s, plays until {played[-1]} s"
        assert np.all(np.diff(played) > 0)
