"""The screen behind the person, on a real X server with a picture drawn on it."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from drawn import SIZE, frame, matte
from played import until
from screens import Server, screen

from softfocus.realtime.backdrops.moving import Moving
from softfocus.realtime.colour import BgrPainter
from softfocus.realtime.compose.open import open_backdrop
from softfocus.realtime.errors import BadSetting, CannotFilmScreen, EndOfSource
from softfocus.realtime.frame import I420, Colour, Frame, Planes, Size
from softfocus.realtime.settings import Feed, RunSettings
from softfocus.realtime.settings.texts import read_background
from softfocus.realtime.sources.screen import Region, Screen

if not sys.platform.startswith("linux"):
    pytest.skip("only X is filmed here", allow_module_level=True)

pytestmark = pytest.mark.display
RED, GREEN, BLUE, GREY = (200, 30, 40), (30, 180, 60), (40, 60, 210), (128, 128, 128)
QUARTERS = np.array([[RED, GREEN], [BLUE, GREY]], np.uint8)  # as they lie on the screen


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A screen of 1000x700 with a colour in each quarter."""
    with screen() as server:
        monkeypatch.setenv("DISPLAY", server.display)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        server.draw(drawn(QUARTERS))
        yield server


def drawn(quarters: np.ndarray) -> np.ndarray:
    """(700, 1000, 3)"""
    return quarters.repeat(350, axis=0).repeat(500, axis=1)


def quarters_of(planes: Planes) -> np.ndarray:
    """(2, 2, 3) RGB in the middle of each quarter."""
    size = planes.size
    picture = BgrPainter(size)(planes, Colour())[..., ::-1]
    return picture[size.height // 4 :: size.height // 2, size.width // 4 :: size.width // 2][:2, :2]


def next_of(source: Screen) -> Frame:
    got = source.read(10)
    assert got
    return got


def painted(backdrop: Moving) -> Planes:
    shot, onto = frame(), I420(SIZE)
    backdrop.paint(shot, matte(shot), onto.planes)
    return onto.planes


def is_near(planes: Planes, quarters: np.ndarray) -> bool:
    return bool(np.abs(quarters_of(planes).astype(int) - quarters).max() <= 4)


def test_all_of_the_screen_is_seen_in_its_colours_and_frame_after_frame(
    server: Server,
) -> None:
    source = Screen()
    assert source.size == (1000, 700)
    first = next_of(source)
    assert is_near(first.planes, QUARTERS)
    server.draw(drawn(QUARTERS[::-1]))
    until(lambda: is_near(next_of(source).planes, QUARTERS[::-1]))
    assert is_near(first.planes, QUARTERS)  # as long as anybody holds it
    source.close()
    with pytest.raises(EndOfSource):
        source.read(1)
    assert source._process.returncode is not None


def test_a_part_of_the_screen_is_where_it_was_said_to_be(server: Server) -> None:
    source = Screen(Region(Size(201, 101), 400, 300))
    assert source.size == (200, 100)
    assert is_near(next_of(source).planes, QUARTERS)
    source.close()
    source = Screen(Region(Size(64, 64), 510, 10))
    assert is_near(next_of(source).planes, np.full((2, 2, 3), GREEN, np.uint8))
    source.close()


def test_behind_the_person_it_fills_the_frame_and_stays_when_the_screen_is_gone(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    backdrop = open_backdrop(RunSettings(background=Feed("screen:640x360+180+170")), SIZE)
    assert isinstance(backdrop, Moving)
    assert is_near(painted(backdrop), QUARTERS)
    with caplog.at_level(logging.WARNING):
        server.process.terminate()
        until(lambda: "the background stands still: cannot film the screen" in caplog.text)
    assert is_near(painted(backdrop), QUARTERS)
    backdrop.close()


def test_it_is_filmed_beside_an_opencv_window_of_the_same_process(server: Server) -> None:
    script = (
        "import cv2, numpy as np\n"
        "from softfocus.realtime.sources.screen import Screen\n"
        "cv2.imshow('a', np.zeros((200, 300, 3), np.uint8)); cv2.waitKey(200)\n"
        "source = Screen()\n"
        "for _ in range(5):\n"
        "    assert source.read(10); cv2.waitKey(1)\n"
        "source.close(); print('filmed')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("filmed\n", 0), done.stderr


def test_a_part_beyond_the_screen_is_refused_in_one_line(server: Server) -> None:
    with pytest.raises(BadSetting) as refusal:
        open_backdrop(RunSettings(background=Feed("screen:640x360+900+0")), SIZE)
    told = str(refusal.value)
    assert "cannot film the screen: Capture area 640x360 at position 900.0 outside" in told
    assert told.endswith("give another --background")
    assert "\n" not in told


def test_where_there_is_no_x_screen_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with pytest.raises(
        CannotFilmScreen, match="Wayland lets no program look; log in to an X session, or film it with OBS"
    ):
        Screen()
    monkeypatch.delenv("WAYLAND_DISPLAY")
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(CannotFilmScreen, match="there is none; set DISPLAY"):
        Screen()
    monkeypatch.setenv("DISPLAY", ":9876")
    with pytest.raises(CannotFilmScreen, match="Cannot open display :9876"):
        Screen()


@pytest.mark.parametrize(
    "text", ["screen:x", "screen:640x360", "screen:640x360+1", "screen:8x8+0+0", "screen"]
)
def test_what_is_no_part_of_a_screen_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="screen:"):
        read_background(text)
    assert read_background("screen:640x360+0+10") == Feed("screen:640x360+0+10")
    assert read_background("screen:") == Feed("screen:")
