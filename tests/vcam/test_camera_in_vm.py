"""Webcams as we see them: v4l2loopback with ffmpeg as the webcam, and the kernel's test camera vivid."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer

import av
import numpy as np
import pytest
from bars import RGB, bars, middles, yuv

from softfocus.realtime.errors import CameraBusy, CameraLacks, CameraLost, EndOfSource, NoSuchCamera
from softfocus.realtime.frame import Colour, Frame, Range, Size
from softfocus.realtime.sinks.loopback import look
from softfocus.realtime.sources.camera import list_cameras
from softfocus.realtime.sources.open import open_source, reopener
from softfocus.realtime.sources.source import Source
from softfocus.realtime.sources.v4l2_camera import V4L2Camera

from .conftest import Feed
from .consumer import WEBCAM

pytestmark = pytest.mark.virtual_camera

SIZE = Size(640, 360)
DRIVER = Path("/sys/bus/platform/drivers/vivid")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bars, three seconds of them."""
    path = tmp_path_factory.mktemp("clips") / "bars.mkv"
    planes = bars(SIZE, Colour())
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=30)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        packed = np.concatenate([plane.ravel() for plane in planes]).reshape(-1, SIZE.width)
        for _ in range(90):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(packed, "yuv420p")))
        container.mux(stream.encode(None))
    return path


def unplug() -> None:
    (DRIVER / "unbind").write_text("vivid.0")


def plug_in() -> None:
    (DRIVER / "bind").write_text("vivid.0")


def next_frame(source: Source, seconds: float = 10) -> Frame:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if frame := source.read(timeout=0.5):
            return frame
    pytest.fail(f"{source.name} gave no frame for {seconds} s")


def frames_until(source: Source, seconds: float) -> Iterator[Frame]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if frame := source.read(timeout=0.5):
            yield frame


@pytest.mark.parametrize(("layout", "code_range"), [("YUYV", Range.LIMITED), ("MJPG", Range.FULL)])
def test_a_webcams_colours_come_right_in_either_format(
    feed: Feed, clip: Path, layout: str, code_range: Range
) -> None:
    with feed(WEBCAM, clip, layout), closing(open_source("clip webcam")) as camera:
        assert camera.name.startswith(f"{WEBCAM} (Clip Webcam) 640x360@")
        assert camera.name.endswith(layout)
        frame = next_frame(camera)
        assert frame.colour == Colour(code_range)
        assert frame.size == camera.size == SIZE
        got = np.stack([middles(plane) for plane in frame.planes], axis=1)
        assert got == pytest.approx(np.array([yuv(rgb, frame.colour) for rgb in RGB]), abs=4)


def test_a_slow_reader_gets_the_newest_picture_and_a_gap(feed: Feed, clip: Path) -> None:
    with feed(WEBCAM, clip, "YUYV"), closing(open_source(WEBCAM)) as camera:
        first = next_frame(camera)
        time.sleep(1)
        asked = time.monotonic_ns()
        later = [next_frame(camera), next_frame(camera)]
        assert later[0].index > first.index + 1
        assert later[1].captured_at > later[0].captured_at > first.captured_at
        assert later[1].captured_at > asked - 200_000_000


def test_a_stalled_webcam_holds_nobody_up_and_goes_on(feed: Feed, clip: Path) -> None:
    with feed(WEBCAM, clip, "YUYV") as feeder, closing(open_source(WEBCAM)) as camera:
        next_frame(camera)
        feeder.send_signal(signal.SIGSTOP)
        list(frames_until(camera, 1))
        asked = time.monotonic()
        assert camera.read(timeout=0.3) is None
        assert time.monotonic() - asked < 2
        feeder.send_signal(signal.SIGCONT)
        next_frame(camera)


@pytest.mark.usefixtures("loopback")
def test_cut_off_motion_jpeg_is_counted_and_never_shown(clip: Path, tmp_path: Path) -> None:
    """A webcam on a bad cable: every third picture ends too early."""
    whole = tmp_path / "whole.mjpeg"
    packing = ["-frames:v", "1", "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj422p"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(clip), *packing, str(whole)], check=True)
    script = Path(__file__).with_name("bad_cable.py")
    look(WEBCAM)
    with subprocess.Popen([sys.executable, str(script), WEBCAM, str(whole), *map(str, SIZE)]) as webcam:
        try:
            with closing(_patiently(WEBCAM)) as camera:
                shown = list(frames_until(camera, 3))
                assert isinstance(camera, V4L2Camera)
                assert camera.bad >= 3
                assert len(shown) >= 3
                for frame in shown:
                    got = middles(frame.planes.y)
                    assert got == pytest.approx([yuv(rgb, frame.colour)[0] for rgb in RGB], abs=4)
        finally:
            webcam.kill()


def _patiently(device: str, seconds: float = 20) -> Source:
    """Open a camera that is about to appear."""
    end = time.monotonic() + seconds
    while True:
        try:
            return open_source(device)
        except NoSuchCamera:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def test_a_camera_that_another_program_reads_is_busy(vivid: str) -> None:
    with closing(open_source(vivid)) as camera:
        next_frame(camera)
        with pytest.raises(CameraBusy, match=f"{vivid} is in use"):
            open_source(vivid)
        next_frame(camera)


def test_a_size_the_camera_lacks_is_answered_with_those_it_has(vivid: str) -> None:
    with pytest.raises(CameraLacks, match=r"no 1000x1000; .*640x360, 640x480, 1280x720"):
        open_source(vivid, size=Size(1000, 1000))


@pytest.mark.parametrize("size", [Size(640, 360), Size(1280, 720)])
def test_a_size_and_rate_that_were_asked_for_are_got(vivid: str, size: Size) -> None:
    with closing(open_source(vivid, size=size, rate=10)) as camera:
        assert (camera.size, camera.rate) == (size, 10)
        assert next_frame(camera).size == size


def test_a_camera_the_user_may_not_open_says_how_to_get_leave(vivid: str) -> None:
    """As another user, in a process of its own."""
    code = (
        "import os; from softfocus.realtime.sources.v4l2_camera import *\n"
        "os.setgid(65534); os.setuid(65534)\n"
        f"try: V4L2Camera({vivid!r})\nexcept SourceError as error: print(type(error).__name__, error)"
    )
    os.chmod(vivid, 0o600)
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.startswith(f"CameraDenied no permission to open {vivid}; run: sudo usermod")


def test_an_unplugged_camera_is_lost_and_opens_again_by_its_identity(vivid: str) -> None:
    """It comes back under another number, since the lost camera still holds the old one."""
    with closing(open_source(vivid)) as camera:
        reopen = reopener(camera, vivid, size=None, rate=None, paced=False)
        next_frame(camera)
        unplug()
        with pytest.raises(CameraLost, match="was unplugged"):
            list(frames_until(camera, 5))
        with pytest.raises(NoSuchCamera):
            reopen()
        plug_in()
        with closing(reopen()) as again:
            assert not again.name.startswith(vivid)
            next_frame(again)
    unplug()
    plug_in()  # under its first number, as the other tests want it


def test_a_camera_can_be_closed_while_it_is_read(vivid: str) -> None:
    camera = open_source(vivid)
    next_frame(camera)
    Timer(0.5, camera.close).start()
    with pytest.raises(EndOfSource):
        list(frames_until(camera, 30))


def test_opening_and_closing_leaves_no_descriptor_behind(vivid: str) -> None:
    gc.collect()  # what other tests left
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with closing(open_source(vivid)) as camera:
            next_frame(camera)
        with pytest.raises(CameraLacks):
            open_source(vivid, size=Size(2, 2))
    assert len(os.listdir("/proc/self/fd")) <= before  # fewer where others' were still to be closed


def test_cameras_are_listed_with_what_they_offer(vivid: str) -> None:
    listed = {camera.name: camera for camera in list_cameras()}
    camera = listed["vivid"]
    assert camera.path == vivid
    assert camera.identity == "vivid@platform:vivid-000"
    assert {mode.size for mode in camera.modes if mode.layout == "YUYV"} >= {SIZE, Size(1280, 720)}
