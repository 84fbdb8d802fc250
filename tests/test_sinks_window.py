"""The preview window on a real X server."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import cv2
import numpy as np
import pytest
from bars import RGB
from conftest import unavailable
from screens import screen

from softfocus.realtime.errors import NoDisplay
from softfocus.realtime.frame import Matrix, Range

TESTS = Path(__file__).parent

# A process of its own each time: Qt lives as long as its process, and ends it when it finds no display.
PREAMBLE = """
import sys
sys.path.insert(0, sys.argv[1])
import time
from softfocus.realtime.sinks.recording import Recording  # PyAV, whose X libraries must not come in the way
from bars import Sender, bars
from softfocus.realtime.errors import SinkError
from softfocus.realtime.errors import NoDisplay
from softfocus.realtime.frame import Colour, Matrix, Range, Size
from softfocus.realtime.sinks.window import Window

def show(window, composed, seconds=0.0):
    until = time.monotonic() + seconds
    while True:
        window.send(composed)
        key = window.poll_key()
        if key or time.monotonic() > until:
            return key
"""

SHOW = """
import threading
colour = Colour(Range(sys.argv[2]), Matrix(sys.argv[3]))
window = Window(Size(640, 360), mirrored=sys.argv[4] == "mirrored")
composed = Sender(bars(Size(640, 360), colour), colour)(0, 0)
asked = threading.Thread(target=sys.stdin.readline, daemon=True)
asked.start()
while asked.is_alive():
    show(window, composed, 0.1)
window.close()
window.close()
"""

TRY = """
try:
    Window(Size(640, 360))
except SinkError as error:
    print(error)
"""

PRESS = """
window = Window(Size(640, 360), title="softfocus test")
composed = Sender(bars(Size(640, 360), Colour()), Colour())(0, 0)
show(window, composed, 1.0)
print("shown", flush=True)
print(repr(show(window, composed, 30.0)))
"""

CLICK = """
window = Window(Size(640, 360), title="softfocus test", mirrored=True)
window.on_click = lambda click: print(*click, flush=True)
composed = Sender(bars(Size(640, 360), Colour()), Colour())(0, 0)
show(window, composed, 1.0)
print("shown", flush=True)
while True:  # Shift is a key, too
    show(window, composed, 30.0)
"""


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """An X server of our own, with a 1000x700 screen and nobody on it."""
    if shutil.which("import") is None:
        unavailable("ImageMagick's import")
    with screen() as server:
        yield server.display


@contextmanager
def running(script: str, display: str | None, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that runs PREAMBLE and `script`; ended with the block, or after a minute if it hangs."""
    environment = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    if display:
        environment["DISPLAY"] = display
    command = [sys.executable, "-c", PREAMBLE + script, str(TESTS), *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as process:
        limit = Timer(60, process.kill)
        limit.start()
        try:
            yield process
        finally:
            limit.cancel()
            process.kill()


def told(process: subprocess.Popen[str]) -> str:
    """The next line it prints; fails with what it said when it ended instead."""
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    assert line, process.communicate()[1]
    return line


def screenshot(display: str, to: Path, seconds: float = 10) -> np.ndarray | None:
    """(H, W, 3) RGB of what is on the screen once it stands still; None while that is black."""
    end, before = time.monotonic() + seconds, np.zeros(0)
    while time.monotonic() < end:
        subprocess.run(["import", "-display", display, "-window", "root", str(to)], check=True)
        now = cv2.imread(str(to))
        assert now is not None
        if now.any() and np.array_equal(now, before):
            lit = np.argwhere(now.any(axis=2))
            (top, left), (bottom, right) = lit.min(axis=0), lit.max(axis=0) + 1
            return cv2.cvtColor(now[top:bottom, left:right], cv2.COLOR_BGR2RGB)
        before = now
    return None


@pytest.mark.display
@pytest.mark.parametrize("code_range", Range)
@pytest.mark.parametrize("matrix", Matrix)
def test_the_screen_shows_the_colours_whatever_the_codes(
    display: str, code_range: Range, matrix: Matrix, tmp_path: Path
) -> None:
    picture = shown(display, code_range, matrix, "plain", tmp_path)
    # The last bar is black, as is the screen, so seven eighths are seen.
    assert picture.shape == pytest.approx((360, 560, 3), abs=2)
    assert seven(picture) == pytest.approx(np.array(RGB[:7], float), abs=4)


@pytest.mark.display
def test_the_preview_is_mirrored(display: str, tmp_path: Path) -> None:
    picture = shown(display, Range.LIMITED, Matrix.BT601, "mirrored", tmp_path)
    assert seven(picture) == pytest.approx(np.array(RGB[6::-1], float), abs=4)


def shown(display: str, code_range: Range, matrix: Matrix, how: str, folder: Path) -> np.ndarray:
    """What the screen shows while the window is open.

    On an overloaded machine the window of any OpenCV program may stay black where there is no window
    manager, and does not recover; a new one does.
    """
    for _ in range(4):
        with running(SHOW, display, code_range.value, matrix.value, how) as window:
            picture = screenshot(display, folder / "screen.png")
            said = window.communicate("\n", timeout=60)[1]
        assert window.returncode == 0, said
        if picture is not None:
            return picture
    pytest.fail("the window stays black")


def seven(picture: np.ndarray) -> np.ndarray:
    """The colours of the seven bars that are not black."""
    columns = np.arange(7) * picture.shape[1] // 7 + picture.shape[1] // 14
    return picture[picture.shape[0] // 2, columns].astype(np.float64)


@pytest.mark.display
@pytest.mark.parametrize(("press", "key"), [("q", "q"), ("Escape", "\x1b")])
def test_keys_are_told(display: str, press: str, key: str) -> None:
    with running(PRESS, display) as window:
        assert told(window) == "shown"
        xdotool(display, "windowfocus", "--sync", "key", "--repeat", "10", "--repeat-delay", "100", press)
        assert told(window) == repr(key)


@pytest.mark.display
@pytest.mark.parametrize(
    ("held", "told_as"), [("", "False False"), ("shift", "True False"), ("alt", "False True")]
)
def test_clicks_are_told_in_the_frames_own_pixels(display: str, held: str, told_as: str) -> None:
    with running(CLICK, display) as window:
        assert told(window) == "shown"
        keys = (["keydown", held], ["keyup", held]) if held else ([], [])
        place = ["mousemove", "--window", "%1", "100", "50", "sleep", "0.3"]
        xdotool(display, "windowfocus", "--sync", *place, *keys[0], "click", "1", "sleep", "0.3", *keys[1])
        x, y, rest = told(window).split(" ", 2)
    assert (int(x), int(y)) == pytest.approx((640 - 1 - 100, 50), abs=3)
    assert rest == told_as


@pytest.mark.display
def test_closing_the_window_is_told_as_escape(display: str) -> None:
    with running(PRESS, display) as window:
        assert told(window) == "shown"
        click_close(display, int(xdotool(display).split()[0]))
        assert told(window) == repr("\x1b")


def xdotool(display: str, *action: str) -> str:
    """Find our window and do something to it; it may end before all of it is done."""
    if shutil.which("xdotool") is None:
        unavailable("xdotool")
    command = ["xdotool", "search", "--name", "softfocus test", *action]
    environment = os.environ | {"DISPLAY": display}
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment).stdout


class ClientMessage(ctypes.Structure):
    """XClientMessageEvent of Xlib.h."""

    _fields_ = (
        ("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p), ("window", ctypes.c_ulong), ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int), ("data", ctypes.c_long * 5), ("rest", ctypes.c_long * 24),
    )  # fmt: skip


def click_close(display: str, window: int) -> None:
    """What a window manager sends when its close button is clicked; there is none on our screen."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    server = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))
    protocols, delete = (x11.XInternAtom(server, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW"))
    event = ClientMessage(33, window=window, message_type=protocols, format=32)
    event.data[0] = delete
    assert x11.XSendEvent(server, ctypes.c_ulong(window), 0, ctypes.c_long(0), ctypes.byref(event))
    x11.XCloseDisplay(server)


@pytest.mark.parametrize("display_name", [None, ":40404", "nowhere.invalid:5"])
def test_without_a_display_a_window_is_refused_and_the_program_lives(display_name: str | None) -> None:
    with running(TRY, display_name) as window:
        out, errors = window.communicate(timeout=60)
    assert out == f"{NoDisplay()}\n"
    assert "Qt" not in errors
