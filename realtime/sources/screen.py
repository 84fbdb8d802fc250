"""The screen, or a part of it, as a source."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple, cast

from ..errors import CannotFilmScreen, EndOfSource
from ..frame import Colour, Frame, Planes, Size
from ..slot import Latest
from .lending import Lender

RATE = 15.0  # frames per second
LONGEST = 1920  # px of the longer side; more is made smaller
PIPE = 1 << 20  # bytes, where the system lets us choose
PATIENCE = 10.0  # s until the first answer, on a busy machine
GRAB = Path(__file__).with_name("grab.py")


class Region(NamedTuple):
    """Of the screen, px from its upper left corner."""

    size: Size
    left: int
    top: int


def region_of(text: str) -> Region | None:
    """Of WIDTHxHEIGHT+LEFT+TOP; None, of nothing: all of it. Raises ValueError."""
    if not text:
        return None
    found = re.fullmatch(r"(\d{2,5})x(\d{2,5})\+(\d{1,5})\+(\d{1,5})", text, re.ASCII)
    if not found or min(int(found[1]), int(found[2])) < 16:
        raise ValueError(
            f"'screen:{text}' is neither screen: nor a part of it such as screen:1280x720+0+0 "
            "(WIDTHxHEIGHT+LEFT+TOP, from 16x16)"
        )
    width, height, left, top = (int(number) for number in found.groups())
    return Region(Size(width, height), left, top)


class Screen:
    """What is on the screen, filmed by a process of its own: see `grab`.

    region  None: all of it

    Raises CannotFilmScreen.
    """

    live = True
    rate = RATE

    def __init__(self, region: Region | None = None) -> None:
        self.name = "the screen"
        kind, url, options = grabber(region)
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(GRAB), kind, url, json.dumps(options), str(LONGEST)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pipesize=PIPE,
            start_new_session=True,  # Ctrl-C is for us
        )
        self._told: Latest[Size] = Latest()
        self._slot: Latest[Frame] = Latest()
        self._ended = False
        threading.Thread(target=self._follow, name="screen", daemon=True).start()
        size = self._told.take(PATIENCE)
        if size is None:
            raise self._failure()
        self.size = size

    def read(self, timeout: float) -> Frame | None:
        """The newest frame."""
        frame = self._slot.take(timeout)
        if self._ended:
            raise EndOfSource
        if frame is None and self._slot.closed:
            raise self._failure()
        return frame

    def close(self) -> None:
        """The other process ends."""
        self._ended = True
        self._process.kill()
        self._process.wait()
        assert self._process.stderr
        self._process.stderr.close()

    def _follow(self) -> None:
        """Take over what comes through the pipe, until it ends."""
        with cast(BufferedReader, self._process.stdout) as pipe:
            if head := pipe.readline().split():
                size = Size(*(int(side) for side in head))
                self._told.put(size)
                lend, index = Lender(size), 0
                while filled(pipe, planes := lend()):
                    self._slot.put(Frame(planes, index, time.monotonic_ns(), Colour()))
                    index += 1
        self._told.close()
        self._slot.close()

    def _failure(self) -> CannotFilmScreen:
        """What the other process said at its end, if it came to its end."""
        self._process.kill()
        assert self._process.stderr
        said = self._process.stderr.read().decode(errors="replace").strip().rsplit("\n", 1)[-1]
        self.close()
        return CannotFilmScreen(said.rstrip(".") or "no picture comes")


def filled(pipe: BufferedReader, planes: Planes) -> bool:
    """Whether there was another picture to read into these planes."""
    wanted = ((plane.reshape(-1).data, plane.size) for plane in planes)
    return all(pipe.readinto(into) == size for into, size in wanted)


def grabber(region: Region | None) -> tuple[str, str, dict[str, str]]:
    """FFmpeg's device for this system, what it opens, and its options. Only X is tested."""
    rate = {"framerate": f"{RATE:g}"}
    shape = {"video_size": str(region.size)} if region else {}
    left, top = (region.left, region.top) if region else (0, 0)
    match sys.platform:
        case "win32":
            return "gdigrab", "desktop", {**rate, **shape, "offset_x": str(left), "offset_y": str(top)}
        case "darwin":
            if region:
                raise CannotFilmScreen("macOS films whole screens only; give screen:")
            return "avfoundation", "Capture screen 0:none", {**rate, "capture_cursor": "1"}
        case _:
            return "x11grab", f"{x_display()}+{left},{top}", {**rate, **shape}


def x_display() -> str:
    """The display to film."""
    if os.environ.get("WAYLAND_DISPLAY"):
        raise CannotFilmScreen(
            "Wayland lets no program look; log in to an X session, or film it with OBS and its virtual camera"
        )
    if display := os.environ.get("DISPLAY"):
        return display
    raise CannotFilmScreen("there is none; set DISPLAY")
