"""The main job with a real clip as the webcam: `softfocus run` from one V4L2 device to the other."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from softfocus.realtime.frame import Size

from .conftest import Feed
from .consumer import CAMERA, WEBCAM, Consumer, Pictures, announces_capture, wait_for

CLIP = "d_talker_near"
SIZE = Size(640, 360)
STEADY = 30  # pictures in a row in which the person must be sharp
PATIENCE = 300  # pictures until then: the webcam wakes up, and the gate wants good masks

Floats = npt.NDArray[np.float32]


class Places:
    """Where in every picture of the clip there is only room, and where only person, by its exact alpha."""

    def __init__(self, folder: Path) -> None:
        alphas = np.stack(list(luma_of(folder / f"{CLIP}_alpha.mkv")))
        self.room = well_inside(alphas.max(axis=0) == 0)
        self.person = well_inside(alphas.min(axis=0) == 255)
        clip = np.mean([detail(luma) for luma in luma_of(folder / f"{CLIP}.mp4")], axis=0)
        self._in_clip = clip[self.room].mean(), clip[self.person].mean()

    def kept(self, picture: Pictures) -> tuple[float, float]:
        """Which share of the clip's fine detail is left in the room, and in the person."""
        there = detail(picture[: SIZE.height])
        return there[self.room].mean() / self._in_clip[0], there[self.person].mean() / self._in_clip[1]


def luma_of(path: Path) -> Iterator[Pictures]:
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="gray"), np.uint8)


def well_inside(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """20 px from the edge: farther than a mask is wrong there."""
    return cv2.erode(mask.astype(np.uint8), np.ones((41, 41), np.uint8)).astype(bool)


def detail(luma: Pictures) -> Floats:
    """Of a few pixels' size: single pixels are noise, which MJPEG takes away."""
    fine, coarse = (cv2.GaussianBlur(luma.astype(np.float32), (0, 0), sigma) for sigma in (1, 4))
    return np.abs(fine - coarse)


@pytest.fixture(scope="session")
def places(shared: Path) -> Places:
    return Places(shared / "data" / "video_alpha")


@contextmanager
def running(*more: str) -> Iterator[subprocess.Popen[str]]:
    """`softfocus run` from the webcam to the virtual camera, ended as Ctrl-C ends it."""
    command = [sys.executable, "-m", "softfocus", "run", "-i", WEBCAM, "-o", f"camera:{CAMERA}", *more]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: announces_capture(CAMERA) or run.poll() is not None, "the camera never began")
        assert run.poll() is None, run.communicate()[1]
        yield run
        run.send_signal(signal.SIGINT)
        said = run.communicate(timeout=30)[1]
        assert run.returncode in (0, 130), said
        assert "Traceback" not in said
    finally:
        run.kill()
        run.communicate()


def assert_blurred_room_behind_a_sharp_person(places: Places) -> None:
    rooms: list[float] = []
    persons: list[float] = []
    with Consumer(CAMERA) as consumer:
        assert consumer.size == SIZE
        while min(persons[-STEADY:], default=0.0) < 0.6 or len(persons) < STEADY:
            assert len(persons) < PATIENCE, "the person never became sharp and stayed so"
            room, person = places.kept(consumer.read(1)[0])
            rooms.append(room)
            persons.append(person)
    assert max(rooms) < 0.15, "the room was seen"


@pytest.mark.parametrize("fourcc", ["MJPG", "YUYV"])
def test_the_room_is_blurred_and_the_person_sharp_time_and_again(
    fourcc: str, shared: Path, feed: Feed, places: Places
) -> None:
    """Twice, without reloading the module."""
    with feed(WEBCAM, shared / "data" / "video_alpha" / f"{CLIP}.mp4", fourcc):
        for _ in range(2):
            with running():
                assert_blurred_room_behind_a_sharp_person(places)
