"""A camera that leaves, stalls, changes and comes back is one camera to the rest."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn import SIZE, disc, frame
from played import Camera

from softfocus.realtime.errors import CameraBusy, CameraLost, EndOfSource
from softfocus.realtime.frame import Frame, Size
from softfocus.realtime.live import keeper
from softfocus.realtime.live.fit import Fitter
from softfocus.realtime.live.keeper import Kept


def raising(error: Exception, at: int) -> Callable[[int], None]:
    def before(number: int) -> None:
        if number >= at:
            raise error

    return before


def frames_of(kept: Kept, count: int) -> list[Frame]:
    """The next frames, however often nothing comes."""
    frames: list[Frame] = []
    while len(frames) < count:
        if got := kept.read(0.5):
            frames.append(got)
    return frames


@pytest.mark.parametrize("error", [CameraLost("video0"), RuntimeError("the driver is confused")])
def test_a_lost_camera_is_opened_again_and_numbers_go_on(error: Exception) -> None:
    changes: list[int] = []
    kept = Kept(Camera(before=raising(error, at=3)), Camera, changed=lambda: changes.append(1))
    frames = frames_of(kept, 6)
    assert [each.index for each in frames] == list(range(6))
    assert changes == [1]


def test_opening_is_tried_until_the_camera_is_back() -> None:
    tries: list[float] = []

    def reopen() -> Camera:
        tries.append(time.monotonic())
        if len(tries) < 4:
            raise CameraBusy("video0")
        return Camera()

    kept = Kept(Camera(before=raising(CameraLost("video0"), at=1)), reopen)
    frames_of(kept, 3)
    assert len(tries) == 4
    assert np.all(np.diff(tries) > 0.1)


def test_a_camera_that_stalls_is_closed_and_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "STALLED", 0.2)
    stalled = Camera()
    stalled.read = lambda timeout: time.sleep(0.05)
    kept = Kept(stalled, Camera)
    frames_of(kept, 1)
    assert stalled.closed.is_set()


def test_a_camera_of_another_size_is_brought_to_the_first_ones_and_is_a_new_scene() -> None:
    changes: list[int] = []
    large = Size(2 * SIZE.width, 2 * SIZE.height)
    kept = Kept(
        Camera(before=raising(CameraLost("video0"), at=2)),
        lambda: Camera(size=large),
        changed=lambda: changes.append(1),
    )
    frames = frames_of(kept, 5)
    assert {each.size for each in frames} == {SIZE}
    assert changes == [1]


def test_a_size_that_changes_while_it_runs_is_a_new_scene() -> None:
    changes: list[int] = []
    camera = Camera()
    kept = Kept(camera, Camera, changed=lambda: changes.append(1))
    frames_of(kept, 2)
    camera._planes = frame(size=Size(160, 90)).planes
    assert frames_of(kept, 1)[0].size == SIZE
    assert changes == [1]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda at, n: at - 40_000_000 * n,
        lambda at, n: time.time_ns(),
        lambda at, n: 5,
        lambda at, n: at + 10**12,
    ],
    ids=["backwards", "wall clock", "stuck", "ahead"],
)
def test_times_always_rise_and_stay_near_the_clock(wrong: Callable[[int, int], int]) -> None:
    camera = Camera()
    read = camera.read
    camera.read = lambda timeout: (
        replace(got, captured_at=wrong(got.captured_at, got.index)) if (got := read(timeout)) else None
    )
    frames = frames_of(Kept(camera, Camera), 20)
    assert np.all(np.diff([each.captured_at for each in frames]) > 0)
    assert 0 <= time.monotonic_ns() - frames[-1].captured_at < 2e9


def test_a_camera_that_opens_after_the_end_is_closed() -> None:
    opening, go_on, late = threading.Event(), threading.Event(), Camera()

    def reopen() -> Camera:
        opening.set()
        go_on.wait(10)
        return late

    kept = Kept(Camera(before=raising(CameraLost("video0"), at=0)), reopen)
    kept.read(0.1)
    ended: list[bool] = []

    def read() -> None:
        try:
            kept.read(0.5)
        except EndOfSource:
            ended.append(True)

    reader = threading.Thread(target=read)
    reader.start()
    assert opening.wait(10)
    kept.close()
    go_on.set()
    reader.join(10)
    assert ended == [True]
    assert late.closed.is_set()


def test_a_frame_of_the_size_passes_untouched() -> None:
    seen = frame()
    assert Fitter(SIZE)(seen) is seen


@pytest.mark.parametrize(
    "size", [Size(160, 90), Size(640, 360), Size(320, 240), Size(100, 180), Size(34, 32)]
)
def test_any_other_size_is_brought_to_it_undistorted(size: Size) -> None:
    fitted = Fitter(SIZE)(frame(alpha=disc(size), size=size))
    assert fitted.size == SIZE
    person = (np.abs(fitted.planes.y.astype(int) - 200) < 12).astype(np.uint8)
    person = cv2.morphologyEx(person, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    _, _, width, height = cv2.boundingRect(person)
    assert width == pytest.approx(height, abs=8)
