"""Our virtual camera as other programs see it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from bars import RGB, Sender, bars, middles, yuv

from softfocus.realtime.errors import NoVirtualCamera, VirtualCameraTaken
from softfocus.realtime.frame import Colour, Range, Size
from softfocus.realtime.sinks.loopback import look
from softfocus.realtime.sinks.placeholder import camera_off
from softfocus.realtime.sinks.virtual_camera import VirtualCamera

from .conftest import load_loopback
from .consumer import CAMERA_LABEL, WEBCAM, Consumer, Pictures, announces_capture, wait_for

SIZE = Size(640, 360)
EXPECTED = np.array([yuv(rgb, Colour()) for rgb in RGB])


@contextmanager
def sending(device: str, size: Size = SIZE, code_range: Range = Range.FULL) -> Iterator[None]:
    """Bars go to the device, 30 a second, while the block lasts."""
    colour = Colour(code_range)
    camera, sender, stop = VirtualCamera(device, size, 30), Sender(bars(size, colour), colour), Event()

    def send() -> None:
        while not stop.wait(1 / 30):
            composed = sender(0, 0)
            camera.send(composed)
            composed.release()

    thread = Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        camera.close()


@contextmanager
def watching_a_killed_producer(device: str) -> Iterator[Consumer]:
    """Somebody goes on watching a camera whose producer was killed."""
    script = str(Path(__file__).with_name("producer.py"))
    producer = subprocess.Popen([sys.executable, script, device, str(SIZE.width), str(SIZE.height)])
    try:
        wait_for(lambda: announces_capture(device), "the producer never began")
        with Consumer(device) as consumer:
            consumer.read(5)
            producer.kill()
            producer.wait()
            yield consumer
    finally:
        producer.kill()
        producer.wait()


def colours(picture: Pictures) -> np.ndarray:
    """(8, 3): Y, U, V of the eight bars."""
    height = len(picture) * 2 // 3
    chroma = picture[height:].reshape(2, height // 2, -1)
    return np.stack([middles(picture[:height]), middles(chroma[0]), middles(chroma[1])], axis=1)


@pytest.mark.parametrize("code_range", Range)
def test_consumers_get_the_right_size_and_limited_range_from_any_source(
    loopback: str, code_range: Range
) -> None:
    with sending(loopback, code_range=code_range), Consumer(loopback) as consumer:
        assert consumer.size == SIZE
        assert colours(consumer.read(10)[-1]) == pytest.approx(EXPECTED, abs=1.5)


def test_stopping_and_starting_again_needs_no_new_module(loopback: str) -> None:
    for size in (SIZE, Size(1280, 720), SIZE):
        with sending(loopback, size), Consumer(loopback) as consumer:
            assert consumer.size == size


def test_the_first_free_device_is_taken_and_named(loopback: str) -> None:
    # A producer of Motion JPEG before leaves 0.12.7 so that it takes no other format until it is loaded anew.
    subprocess.run(["modprobe", "-r", "v4l2loopback"], check=True)
    load_loopback()
    camera = VirtualCamera(None, SIZE, 30)
    assert camera.name.startswith(WEBCAM)
    other = VirtualCamera(None, SIZE, 15)
    assert other.name == f"{loopback} '{CAMERA_LABEL}' (640x360 at 15 fps)"
    told = subprocess.run(
        ["v4l2-ctl", "-d", loopback, "--get-parm"], capture_output=True, text=True, check=True
    )
    assert "15.000 (15000/1000)" in told.stdout
    other.close()
    camera.close()


def test_a_watcher_is_left_with_camera_off_after_a_clean_stop(loopback: str) -> None:
    with ExitStack() as camera:
        camera.enter_context(sending(loopback))
        with Consumer(loopback) as consumer:
            consumer.read(5)
            camera.close()
            assert_soon(consumer, is_off)


def test_a_watcher_of_a_killed_producer_gets_camera_off_and_then_the_next_producer(loopback: str) -> None:
    with watching_a_killed_producer(loopback) as consumer:
        assert_soon(consumer, is_off)
        with sending(loopback):
            assert_soon(consumer, shows_bars)


def test_a_device_that_is_sent_to_is_refused_in_one_line(loopback: str) -> None:
    with (
        sending(loopback),
        pytest.raises(VirtualCameraTaken, match="another program sends to it") as caught,
    ):
        VirtualCamera(loopback, SIZE, 30)
    assert "\n" not in str(caught.value)


def test_a_size_that_a_watcher_holds_is_told(loopback: str) -> None:
    with (
        watching_a_killed_producer(loopback),
        pytest.raises(VirtualCameraTaken, match="640x360, not 1280x720"),
    ):
        VirtualCamera(loopback, Size(1280, 720), 30)


def test_what_is_no_virtual_camera_is_refused_with_the_remedy(loopback: str, vivid: str) -> None:
    for path, why in [
        ("/dev/video99", "does not exist"),
        (vivid, "vivid"),
        ("/dev/null", "not a video device"),
    ]:
        with pytest.raises(NoVirtualCamera, match=f"{why}.*modprobe v4l2loopback exclusive_caps=1"):
            VirtualCamera(path, SIZE, 30)


def test_a_producer_of_pyvirtualcam_alone_leaves_a_stuck_device_which_we_free(loopback: str) -> None:
    send = f"import pyvirtualcam, numpy as np; c = pyvirtualcam.Camera(640, 360, 30, device={loopback!r}); "
    send += "c.send(np.zeros((360, 640, 3), np.uint8))"
    subprocess.run([sys.executable, "-c", send], check=True)
    assert look(loopback).label == CAMERA_LABEL
    camera = VirtualCamera(loopback, SIZE, 30)
    camera.close()


def is_off(picture: Pictures) -> bool:
    return np.array_equal(picture, camera_off(SIZE).data)


def shows_bars(picture: Pictures) -> bool:
    return bool(colours(picture) == pytest.approx(EXPECTED, abs=1.5))


def assert_soon(consumer: Consumer, seen: Callable[[Pictures], bool], pictures: int = 30) -> None:
    """Within so many pictures: V4L2 and ffmpeg hold a few back."""
    assert any(seen(consumer.read(1)[0]) for _ in range(pictures)), "never seen"
