"""Tests with real V4L2 devices, inside the virtual machine that tests/test_vcam.py boots."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from softfocus.realtime.sinks.loopback import look

from .consumer import CAMERA, CAMERA_LABEL, announces_capture, wait_for

collect_ignore_glob = [] if os.environ.get("VCAM_GUEST") == "1" else ["*"]

FORMATS = {"MJPG": ["-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj422p"], "YUYV": ["-pix_fmt", "yuyv422"]}

Feed = Callable[[str, Path, str], AbstractContextManager[subprocess.Popen[bytes]]]


def load_loopback(exclusive_caps: str = "1,1") -> None:
    options = ["video_nr=10,11", f"card_label=Clip Webcam,{CAMERA_LABEL}", f"exclusive_caps={exclusive_caps}"]
    subprocess.run(["modprobe", "v4l2loopback", *options], check=True)


def load_vivid() -> None:
    subprocess.run(["modprobe", "vivid", "n_devs=1", "node_types=0x1", "vid_cap_nr=0"], check=True)


@pytest.fixture(scope="session")
def loopback() -> str:
    """Two loopback devices: a webcam's stand-in at WEBCAM, and the virtual camera, whose path this is."""
    load_loopback()
    return CAMERA


@pytest.fixture(scope="session")
def vivid() -> str:
    """The kernel's own test camera: raw formats only, busy when somebody streams, as a UVC webcam is."""
    load_vivid()
    return "/dev/video0"


@pytest.fixture(scope="session")
def feed(loopback: str) -> Feed:
    """Plays a clip into a loopback device for as long as the block lasts: feed(device, clip, fourcc)."""

    @contextmanager
    def feeding(device: str, clip: Path, fourcc: str) -> Iterator[subprocess.Popen[bytes]]:
        look(device)  # sets it free where the last producer left it stuck
        read = ["-v", "error", "-re", "-stream_loop", "-1", "-i", str(clip)]
        feeder = subprocess.Popen(["ffmpeg", *read, *FORMATS[fourcc], "-f", "v4l2", device])
        try:
            wait_for(lambda: announces_capture(device), f"{device} never gave frames")
            yield feeder
        finally:
            feeder.terminate()
            feeder.wait(timeout=20)

    return feeding
