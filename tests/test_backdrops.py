"""Every kind of backdrop: what it shows, and that it hides the room."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import SIZE, detail, disc, frame, matte
from played import until

from softfocus.models.segmenter import InputSize
from softfocus.realtime.backdrops.backdrop import Backdrop
from softfocus.realtime.backdrops.blur import Blur
from softfocus.realtime.backdrops.bokeh import Bokeh, confusion
from softfocus.realtime.backdrops.depth import DepthBlur, farness
from softfocus.realtime.backdrops.fade import let_go
from softfocus.realtime.backdrops.moving import Moving
from softfocus.realtime.backdrops.place import Fit, Placing, Position, placed
from softfocus.realtime.backdrops.slideshow import Slideshow
from softfocus.realtime.backdrops.still import plain
from softfocus.realtime.compose.open import open_backdrop
from softfocus.realtime.errors import BadSetting
from softfocus.realtime.frame import I420, Colour, Frame, Matrix, Plane, Planes, Range, Size
from softfocus.realtime.matte import Box, Matte
from softfocus.realtime.settings import Feed, Kind, Paint, RunSettings
from softfocus.realtime.settings.texts import read_background
from softfocus.realtime.sources.file import VideoFile
from softfocus.realtime.sources.same import same
from softfocus.realtime.sources.still import Still as StillSource

ROOM = cv2.dilate(disc(), np.ones((25, 25))) == 0


def painted(backdrop: Backdrop, shot: Frame, alpha: Plane | None = None) -> Planes:
    onto = I420(shot.size)
    onto.data[:] = 77
    backdrop.paint(shot, matte(shot, alpha), onto.planes)
    return onto.planes


@pytest.mark.parametrize("background", ["blur", "bokeh", "grey"])
def test_nothing_of_the_room_stays_sharp_and_nothing_of_the_person_comes_near(background: Kind) -> None:
    shot = frame()
    got = painted(open_backdrop(RunSettings(background=background), SIZE), shot)
    assert detail(got.y) < 1
    assert np.abs(got.y[ROOM].astype(float) - 120).max() < 12  # the checkerboard's mean
    assert np.abs(got.v.astype(float) - 128).max() < 4  # and the person is warm


def test_a_light_becomes_a_disc_as_wide_as_the_lens_says_and_outshines_what_is_around_it() -> None:
    size = Size(1280, 720)
    shot = frame(size=size, alpha=np.zeros((720, 1280), np.uint8))
    shot.planes.y[:] = 40
    cv2.circle(shot.planes.y, (640, 360), 12, 235, cv2.FILLED)
    got = painted(Bokeh(size, 1.8), shot, np.zeros((720, 1280), np.uint8)).y.astype(float)
    lit = got > 40 + (got.max() - 40) / 2
    across = np.sqrt(lit.sum() * 4 / np.pi)
    assert across == pytest.approx(confusion(1.8) * 1280 + 12, rel=0.15)
    assert got[360, 640] > 110  # spread evenly it would be 40 + 195 · (24 / 77)² = 59


def test_a_wider_aperture_blurs_more() -> None:
    across = [confusion(aperture) for aperture in (1.2, 1.8, 4.0)]
    assert across == sorted(across, reverse=True)
    assert across[0] / across[2] == pytest.approx(4.0 / 1.2)


@pytest.mark.parametrize("fit", ["fill", "fit", "stretch"])
@pytest.mark.parametrize("position", ["centre", "left", "right", "top", "bottom"])
def test_pictures_of_any_shape_lie_as_they_were_told_to(fit: Fit, position: Position) -> None:
    wide = np.tile(np.arange(200, dtype=np.uint8), (50, 1))  # brighter to the right
    got = placed(wide, (100, 100), Placing(fit, position), bars=255)
    assert got.shape == (100, 100)
    bars = (got == 255).all(axis=1)
    assert bars.sum() == (75 if fit == "fit" else 0)
    if fit == "fit":
        first = int(np.argmin(bars))
        assert first == {"top": 0, "bottom": 75}.get(position, 38)
    if fit == "fill":
        middle = {"left": 25, "right": 174}.get(position, 100)
        assert got.mean() == pytest.approx(middle, abs=2)


def test_a_film_behind_a_recording_keeps_step_with_it(film: Path, tmp_path: Path) -> None:
    """However fast or slowly frames are worked on: its picture is the one of the frame's own time."""
    backdrop = open_backdrop(RunSettings(background=film), SIZE, live=False)
    try:
        for seconds, step in ((0.0, 1), (0.0, 1), (0.2, 1), (0.5, 2), (0.9, 3), (1.1, 1), (2.5, 2)):
            at = replace(frame(), captured_at=10**9 + round(seconds * 1e9))
            assert round(float(painted(backdrop, at).y.mean()) / 60) == step
    finally:
        let_go(backdrop)
    with pytest.raises(BadSetting, match="is what films you"):
        open_backdrop(RunSettings(input=f"file:{film}", background=film), SIZE)


def test_a_film_plays_at_its_own_pace_over_and_over(film: Path) -> None:
    backdrop = open_backdrop(RunSettings(background=film), SIZE)
    seen: set[int] = set()

    def all_seen() -> bool:
        seen.add(round(float(painted(backdrop, frame()).y.mean()) / 60))
        return {1, 2, 3} <= seen

    try:
        until(all_seen)
        first = painted(backdrop, frame()).y.mean()
        until(lambda: painted(backdrop, frame()).y.mean() != first)  # it begins again
    finally:
        let_go(backdrop)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A second of a picture that gets brighter in three steps: luma 60, 120, 180."""
    from softfocus.realtime.sinks.alpha import AlphaFile

    path = tmp_path / "film.mkv"
    to = AlphaFile(path, SIZE, 30)
    for i in range(30):
        to.write(np.full((SIZE.height, SIZE.width), 60 * (1 + i // 10), np.uint8), round(i * 1e9 / 30))
    to.close()
    return path


def test_a_film_in_other_colours_is_shown_in_the_frames_own(tmp_path: Path) -> None:
    path = picture(tmp_path / "red.png", (0, 0, 255))
    full = Colour(Range.FULL, Matrix.BT709)
    backdrop = Moving(StillSource(path, size=None, rate=1000, frames=None), SIZE, Placing())
    wanted = painted(open_backdrop(RunSettings(background=Paint(255, 0, 0)), SIZE), frame(colour=full))
    try:
        until(lambda: abs(int(painted(backdrop, frame(colour=full)).y[0, 0]) - int(wanted.y[0, 0])) <= 2)
        got = painted(backdrop, frame(colour=full))
    finally:
        backdrop.close()
    assert abs(int(got.v[0, 0]) - int(wanted.v[0, 0])) <= 2


def picture(path: Path, bgr: tuple[int, int, int]) -> Path:
    cv2.imwrite(str(path), plain(bgr, Size(64, 48)))
    return path


def test_a_folder_is_shown_picture_by_picture_and_what_is_none_is_passed_over(tmp_path: Path) -> None:
    picture(tmp_path / "1.png", (0, 0, 0))
    (tmp_path / "2.png").write_text("no picture")
    picture(tmp_path / "3.png", (255, 255, 255))
    slides = Slideshow(tmp_path, SIZE, Placing(), seconds=1.0)
    clock = iter(range(10_000))
    levels = [int(painted(slides, frame(next(clock))).y[0, 0]) for _ in range(29)]
    assert set(levels) == {16}
    until(lambda: painted(slides, frame(next(clock))).y[0, 0] == 235)
    until(lambda: painted(slides, frame(next(clock))).y[0, 0] == 16)


def test_what_cannot_be_shown_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="there is no picture in"):
        open_backdrop(RunSettings(background=tmp_path), SIZE)
    with pytest.raises(BadSetting, match="nobody"):
        open_backdrop(RunSettings(background=Feed("camera:nobody's")), SIZE)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    with pytest.raises(BadSetting, match=r"broken\.mp4"):
        open_backdrop(RunSettings(background=broken), SIZE)


@pytest.mark.parametrize(
    ("films", "behind"),
    [
        ("0", "camera:0"),
        ("rtsp://192.0.2.7/main", "rtsp://192.0.2.7:554/main"),
        ("rtsp://192.0.2.7/main", "rtsp://me:secret@192.0.2.7/sub?x=1"),
        ("rtsp://192.0.2.7/main", "camera:http://192.0.2.7/mjpeg"),
        ("rtsp://192.0.2.7/main", "camera:async:http://192.0.2.7:8080/"),
        ("rtsp://[2001:db8::1]/a", "rtsp://[2001:db8::1]:8554/b"),
        ("rtsp://cam.invalid/a", "rtsp://CAM.invalid./a"),
        ("rtsp://127.0.0.1:554/me", "rtsp://localhost/me/"),
    ],
)
def test_what_films_the_person_does_not_stand_behind_them_by_whatever_name(films: str, behind: str) -> None:
    with pytest.raises(BadSetting, match="is what films you; give another camera"):
        open_backdrop(RunSettings(input=films, background=read_background(behind)), SIZE)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no device files")
def test_a_device_by_two_names_is_one_camera() -> None:
    """Any device file will do: they are told apart by number, before anything is asked of them."""
    link = Path("/dev/shm", f"softfocus-{os.getpid()}")
    link.symlink_to("/dev/null")
    try:
        assert same("/dev/null", str(link))
        assert same(str(link), "/dev/../dev/null")
        assert not same("/dev/null", "/dev/zero")
    finally:
        link.unlink()


def test_the_film_that_is_worked_through_does_not_stand_behind_the_person_either(tmp_path: Path) -> None:
    film = tmp_path / "talk.mp4"
    film.write_bytes(b"any")
    (tmp_path / "link.mp4").hardlink_to(film)
    with pytest.raises(BadSetting, match="is what films you"):
        open_backdrop(RunSettings(input=str(film), background=tmp_path / "link.mp4"), SIZE)
    assert same(str(film), f"file:{film}")
    assert same(str(film), film.as_uri())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rtsp://192.0.2.7/main", "rtsp://192.0.2.8/main"),
        ("rtsp://127.0.0.1/me", "rtsp://127.0.0.1/garden"),
        ("/nowhere/a.mp4", "/nowhere/b.mp4"),
        ("demo", "camera:demo2"),
    ],
)
def test_others_are_others(one: str, other: str) -> None:
    assert not same(one, other)


def test_depth_blurs_the_far_end_more_and_nothing_less_than_the_blur_does() -> None:
    painted_once = threading.Event()

    def nearness(picture: np.ndarray) -> np.ndarray:  # the right is further away
        painted_once.wait()
        return np.tile(np.linspace(5, 1, 96, dtype=np.float32), (54, 1))

    size, lines = Size(640, 360), frame(size=Size(640, 360))
    lines.planes.y[:] = np.where(np.arange(640) % 64 < 32, 60, 180)
    nobody = np.zeros((360, 640), np.uint8)
    backdrop = DepthBlur(size, 20, nearness, InputSize(96, 54))
    settings = RunSettings(background="blur", blur=20)
    try:
        before = painted(backdrop, lines, nobody).y.astype(float)
        painted_once.set()
        until(lambda: not np.array_equal(painted(backdrop, lines, nobody).y, before))
        got = painted(backdrop, lines, nobody).y.astype(float)
    finally:
        backdrop.close()
    plain_blur = painted(open_backdrop(settings, size), lines, nobody).y.astype(float)
    assert before[:, 64:576].std() == pytest.approx(plain_blur[:, 64:576].std(), rel=0.25)
    near, far = got[:, 64:192].std(), got[:, 448:576].std()
    assert far < near / 2
    assert near < 1.25 * plain_blur[:, 64:192].std()


def test_the_person_is_where_depth_begins() -> None:
    near = np.full((20, 40), 1.0, np.float32)
    near[:, 10:20] = 5.0  # somebody
    near[:, 30:] = 3.0  # half way
    person = np.where(near == 5, 255, 0).astype(np.uint8)
    got = farness(near, person)
    assert got[0, 15] == 0
    assert got[0, 35] == pytest.approx(0.5)
    assert got[0, 0] == 1


def test_a_real_model_takes_a_real_room_for_further_than_the_person_in_it(shared: Path) -> None:
    """A dancer before a cafe, with the exact alpha."""
    folder = shared / "data" / "video_alpha"
    settings = RunSettings(background="depth", model_dirs=(shared / "weights" / "depth",))
    shot = VideoFile(str(folder / "d_dancer_office.mp4"), size=Size(640, 360)).read(5)
    exact = VideoFile(str(folder / "d_dancer_office_alpha.mkv"), size=Size(640, 360)).read(5)
    assert shot
    assert exact
    backdrop = open_backdrop(settings, shot.size)
    assert isinstance(backdrop, DepthBlur)
    try:
        until(lambda: painted(backdrop, shot, exact.planes.y) and backdrop.far is not None)
    finally:
        backdrop.close()
    assert backdrop.far is not None
    small = cv2.resize(exact.planes.y, backdrop.far.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.median(backdrop.far[small > 200]) < 0.1
    assert np.median(backdrop.far[small < 20]) > 0.5


@pytest.mark.parametrize("size", [Size(1920, 1080), Size(2560, 1440), Size(3840, 2160)])
def test_a_large_frame_is_blurred_as_a_720p_one_is(size: Size) -> None:
    pictures: list[Plane] = []
    for each in (Size(1280, 720), size):
        waves = np.mgrid[0 : each.height, 0 : each.width].sum(axis=0) * (16.0 / each.height)
        luma = np.rint(128 + 100 * np.sin(waves)).astype(np.uint8)
        grey = np.full((each.height // 2, each.width // 2), 128, np.uint8)
        alpha = np.zeros_like(luma)
        alpha[each.height // 3 :, each.width // 4 : each.width // 2] = 255
        shown = Frame(Planes(luma, grey, grey), 0, 0, Colour())
        output = I420(each)
        Blur(each).paint(shown, Matte(alpha, Box(0, 0, *each), 0, 0), output.planes)
        pictures.append(cv2.resize(output.planes.y, (320, 180), interpolation=cv2.INTER_AREA))
    assert np.ptp(pictures[0]) > 90
    assert cv2.absdiff(*pictures).max() <= 10  # the step by 3 is smoother than doubling
