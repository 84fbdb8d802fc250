"""What comes out of the sinks is what went in."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from bars import Sender, bars

from softfocus.realtime.errors import CannotWrite, NoVirtualCamera, SinkError, VirtualCameraTaken
from softfocus.realtime.frame import Colour, Matrix, Range, Size
from softfocus.realtime.sinks.made import Made
from softfocus.realtime.sinks.null import Null
from softfocus.realtime.sinks.obs_camera import open_camera, refusal
from softfocus.realtime.sinks.y4m import Y4M

SIZE = Size(320, 180)
FULL = Colour(Range.FULL, Matrix.BT601)
LIMITED = Colour(Range.LIMITED, Matrix.BT601)


def test_null_counts_what_it_forgets() -> None:
    sink, picture = Null(), Sender(bars(SIZE, LIMITED), LIMITED)
    for i in range(3):
        sink.send(picture(i, i))
    sink.close()
    assert sink.sent == 3


@pytest.mark.parametrize("colour", [FULL, LIMITED])
def test_y4m_holds_every_byte_and_says_how_to_read_it(colour: Colour, tmp_path: Path) -> None:
    path = tmp_path / "out.y4m"
    sink, composed = Y4M(path, SIZE, 30000 / 1001), Sender(bars(SIZE, colour), colour)(0, 0)
    for _ in range(3):
        sink.send(composed)
    sink.close()
    header, _, frames = path.read_bytes().partition(b"\n")
    assert header.split() == [
        b"YUV4MPEG2", b"W320", b"H180", b"F30000:1001", b"Ip", b"A1:1", b"C420jpeg",
        b"XCOLORRANGE=" + colour.range.name.encode(),
    ]  # fmt: skip
    assert frames == 3 * (b"FRAME\n" + composed.data.tobytes())


def test_ffmpeg_reads_the_y4m_rate_size_and_range(tmp_path: Path) -> None:
    path = tmp_path / "out.y4m"
    sink = Y4M(path, SIZE, 25)
    sink.send(Sender(bars(SIZE, FULL), FULL)(0, 0))
    sink.close()
    import av

    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (320, 180, Fraction(25))
        assert next(file.decode(stream)).color_range == 2


def test_y4m_of_a_live_run_keeps_real_time(tmp_path: Path) -> None:
    """A frame that is late is preceded by the one before, one that comes too soon is left out."""
    sink = Y4M(tmp_path / "out.y4m", SIZE, 25, Made(live=True))
    hours = 3600 * 10**9
    for number, at in enumerate((0.0, 0.041, 0.05, 0.2, 0.199, 0.25, 30.0)):
        planes = bars(SIZE, LIMITED)
        planes.y[:] = 20 + number
        composed = Sender(planes, LIMITED)(number, hours + round(at * 1e9))
        sink.send(composed)
        composed.release()
    sink.close()
    _, *frames = (tmp_path / "out.y4m").read_bytes().split(b"FRAME\n")
    shown = [frame[0] - 20 for frame in frames]
    assert shown[:8] == [0, 1, 2, 2, 2, 3, 5, 5]
    assert shown[8:] == [5] * 248 + [6], "of a pause no more than ten seconds are made"


WRITE_TO_STDOUT = """
import sys
sys.path.insert(0, sys.argv[1])
from bars import Sender, bars
from softfocus.realtime.errors import CannotWrite
from softfocus.realtime.frame import Colour, Size
from softfocus.realtime.sinks.y4m import Y4M
size = Size(320, 180)
picture = Sender(bars(size, Colour()), Colour())
sink = Y4M(None, size, 30)
try:
    for i in range(int(sys.argv[2])):
        composed = picture(i, i)
        sink.send(composed)
        composed.release()
except CannotWrite as error:
    sys.exit(str(error))
finally:
    sink.close()
"""


def stdout_writer(frames: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WRITE_TO_STDOUT, str(Path(__file__).parent), str(frames)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_standard_output_gets_whole_frames_through_a_pipe() -> None:
    out, errors = stdout_writer(20).communicate(timeout=60)
    header, _, frames = out.partition(b"\n")
    assert not errors
    assert header.startswith(b"YUV4MPEG2 W320 H180 F30:1 ")
    assert len(frames) == 20 * (6 + SIZE.width * SIZE.height * 3 // 2)


def test_a_reader_that_leaves_ends_the_output_with_one_line() -> None:
    writer = stdout_writer(100_000)
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.read(100_000)
    writer.stdout.close()
    assert writer.wait(timeout=60) == 1
    assert writer.stderr.read().decode().strip() == str(CannotWrite("standard output", "its reader has gone"))
    writer.stderr.close()


@pytest.mark.parametrize("name", ["no/such/folder/out.y4m", "."])
def test_a_place_that_cannot_be_written_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="cannot write") as caught:
        Y4M(tmp_path / name, SIZE, 30)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's full device")
def test_a_full_disk_is_named() -> None:
    sink = Y4M(Path("/dev/full"), SIZE, 30)
    with pytest.raises(CannotWrite, match="No space left"):
        sink.send(Sender(bars(SIZE, FULL), FULL)(0, 0))
    sink.close()


def test_bars_are_what_the_standard_says() -> None:
    """The yardstick itself: white at 75 % and red, in both ranges."""
    limited = bars(SIZE, LIMITED)
    assert [plane[0, 0] for plane in limited] == [180, 128, 128]
    full = bars(SIZE, FULL)
    assert np.unique(full.y).tolist() == [0, 22, 57, 79, 112, 134, 169, 191]


WINDOWS_LACKS = "\n'unitycapture' backend: No camera registered. Did you install any camera?"


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        (
            "OBS Virtual Camera device not found! Did you install OBS?" + WINDOWS_LACKS,
            NoVirtualCamera,
            "not installed; install OBS",
        ),
        (
            "virtual camera output could not be started" + WINDOWS_LACKS,
            VirtualCameraTaken,
            "OBS itself or another program sends to it; close it",
        ),
        (
            "Multiple cameras are not supported by this backend.",
            VirtualCameraTaken,
            "this system has only one",
        ),
        (
            "This backend supports only the 'OBS Virtual Camera' device.",
            NoVirtualCamera,
            "camera:OBS Virtual Camera",
        ),
        (
            "OBS Virtual Camera is not installed in your system. Use it in OBS 30.0 or later.",
            NoVirtualCamera,
            "OBS 30 or later",
        ),
        (
            "Your OBS Virtual Camera version is not supported. Upgrade to OBS 28 or higher.",
            NoVirtualCamera,
            "too old",
        ),
        ("something else", NoVirtualCamera, "something else"),
    ],
)
def test_obs_busy_missing_old_and_asked_for_twice_are_told_apart(
    said: str, kind: type[SinkError], told: str
) -> None:
    refused = refusal(None, f"'obs' backend: {said}")
    assert type(refused) is kind
    assert told in str(refused)
    assert "\n" not in str(refused)


def test_where_pyvirtualcam_is_missing_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(NoVirtualCamera, match="pip install pyvirtualcam"):
        open_camera(None, SIZE, 30)


@pytest.mark.skipif(sys.platform != "linux", reason="v4l2loopback is Linux's")
def test_a_device_that_is_no_loopback_is_refused_and_left_alone(tmp_path: Path) -> None:
    from softfocus.realtime.sinks.loopback_camera import LoopbackCamera

    file = tmp_path / "video10"
    file.write_bytes(b"as it was")
    with pytest.raises(NoVirtualCamera, match=r"video10 takes no pictures: .*modprobe"):
        LoopbackCamera(str(file), SIZE, 30, np.zeros((270, 320), np.uint8))
    assert file.read_bytes() == b"as it was"
