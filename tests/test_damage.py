"""What is damaged of a recording is counted; all the rest is used, at its time, as by ffmpeg."""

from __future__ import annotations

import itertools
import threading
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest
from films import film, remuxed, shown

from softfocus.realtime.errors import DamagedInput, EndOfSource, UnreadableInput
from softfocus.realtime.sources.clock import Clock
from softfocus.realtime.sources.file import VideoFile

KINDS = {
    "h264": ("mp4", "mkv", "avi", "ts"),
    "h265": ("mp4", "mkv", "ts"),
    "mjpeg": ("avi", "mkv", "mp4"),
    "vp8": ("webm", "mkv", "avi"),
}
PLACES = {"whole": 0.0, "head": 0.1, "key frame": 1 / 3, "hole": 0.5, "tail": 0.9}


@pytest.fixture(scope="module", params=[(codec, kind) for codec, kinds in KINDS.items() for kind in kinds])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """25 pictures."""
    codec, kind = request.param
    folder = tmp_path_factory.mktemp(codec)
    first = film(folder / f"first.{'avi' if kind == 'avi' else KINDS[codec][0]}", codec)
    return remuxed(first, folder / f"film.{kind}", *(("-movflags", "faststart") if kind == "mp4" else ()))


def read(path: Path | str) -> tuple[list[float], str | None]:
    """The times of all frames, s, and what was wrong."""
    times: list[float] = []
    source = VideoFile(str(path))
    try:
        while frame := source.read(1.0):
            times.append(frame.seconds)
    except EndOfSource:
        return times, None
    except DamagedInput as damaged:
        return times, str(damaged)
    finally:
        source.close()
    raise AssertionError("a file waits for nothing")


@pytest.mark.parametrize("place", PLACES)
def test_a_damaged_recording_gives_the_frames_that_ffmpeg_gives(
    whole: Path, place: str, tmp_path: Path
) -> None:
    content = bytearray(whole.read_bytes())
    if place != "whole":
        at = round(len(content) * PLACES[place])
        content[at : at + 200] = bytes(200)
    path = tmp_path / whole.name
    path.write_bytes(content)
    try:
        times, why = read(path)
    except UnreadableInput:  # the damage took the index
        times, why = [], "nothing can be read"
    theirs = [round(time, 2) for time in shown(path)] if times else []
    ours = [round(time + theirs[0] - times[0], 2) for time in times]
    if "h265" in whole.parent.name:  # FFmpeg's versions differ in what they can make of it
        assert len(set(ours) ^ set(theirs)) <= 1
    else:
        assert ours == pytest.approx(theirs, abs=0.001)
    if place == "whole":
        assert (len(times), why) == (25, None)
    assert "\n" not in (why or "")


def test_what_was_cut_off_is_told_and_the_rest_is_used(whole: Path, tmp_path: Path) -> None:
    content = whole.read_bytes()
    path = tmp_path / whole.name
    path.write_bytes(content[: len(content) * 2 // 3])
    times, why = read(path)
    assert len(times) == len(shown(path))
    assert 10 <= len(times) < 25
    assert why or path.suffix in (".ts", ".avi"), "these do not say how long they are"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "count", "end", "damaged"),
    [
        ("bzero_l264.mp4", 99, 3.96, True),
        ("bhead_long4.avi", 99, 3.96, True),
        ("cat.ts", 50, 1.96, False),
        ("videolate.mkv", 25, 1.48, False),
        ("ramp.mp4", 100, 3.96, False),
    ],
)
def test_the_cases_come_as_they_are_meant(
    shared: Path, name: str, count: int, end: float, damaged: bool
) -> None:
    times, why = read(shared / "data" / "cases" / name)
    assert len(times) == count
    assert times[-1] == pytest.approx(end, abs=0.001)
    assert ("damaged after frame" in (why or "")) == damaged
    assert times[0] == pytest.approx(0.52 if name == "videolate.mkv" else 0.0, abs=0.001)


def test_joined_files_go_on_and_a_clock_that_wraps_does_not_begin_anew(tmp_path: Path) -> None:
    one = remuxed(film(tmp_path / "one.mp4"), tmp_path / "one.ts")
    (tmp_path / "joined.ts").write_bytes(one.read_bytes() * 3)
    times, _ = read(tmp_path / "joined.ts")
    assert times == pytest.approx([i / 25 for i in range(75)], abs=0.001)
    wrapping = remuxed(one, tmp_path / "wraps.ts", "-output_ts_offset", str(2**33 / 90000 - 1.9))
    times, why = read(wrapping)
    assert times == pytest.approx([i / 25 for i in range(25)], abs=0.001)
    assert why is None


def test_a_loop_goes_over_its_damage_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = film(tmp_path / "film.mkv", "vp8")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    source = VideoFile(str(path), loop=True)
    times = [frame.seconds for frame in (source.read(1.0) for _ in range(60)) if frame]
    source.close()
    assert len(times) == 60
    assert all(0 < later - earlier < 0.1 for earlier, later in itertools.pairwise(times))
    assert caplog.text.count("truncated") == 1


def test_one_bad_picture_is_no_unplugged_camera() -> None:
    """Motion JPEG over HTTP: eleven pictures, of which one is none and one ends too early."""
    picture = cv2.imencode(".jpg", np.full((48, 64, 3), 128, np.uint8))[1].tobytes()
    parts = [
        b"no picture" * 20 if n == 4 else picture[: len(picture) // 2] if n == 7 else picture
        for n in range(11)
    ]
    head = b"--next\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"

    class Camera(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
            self.end_headers()
            for part in parts:
                self.wfile.write(head % len(part) + part + b"\r\n")

        def log_message(self, format: str, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        times, why = read(f"http://127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        server.server_close()
    assert len(times) >= 9
    assert "damaged after frame 4" in (why or "")


class Stream:
    type = "video"


class Stamped:
    """A packet as far as the clock looks at it."""

    def __init__(self, index: int, seconds: float) -> None:
        self.stream_index, self.stream = index, Stream()
        self.time_base, self.duration = Fraction(1, 1000), 40
        self.pts = self.dts = round(seconds * 1000)


def test_sound_and_picture_stay_together_where_a_part_begins() -> None:
    """The first packets of a part come between the last ones of the part before."""
    clock = Clock(jumps=True)
    packets = [(0, 0.0), (1, 0.0), (0, 5.0), (1, 4.9), (0, 0.0), (1, 5.0), (1, 0.02), (0, 0.04), (1, 0.06)]
    placed: list[int | None] = []
    for index, seconds in packets:
        packet = Stamped(index, seconds)
        clock(packet)  # type: ignore[arg-type]
        placed.append(packet.dts)
    assert placed == [0, 0, 5000, 4900, 5040, 5000, 5060, 5080, 5100]
