"""From what the user wrote after --input to a source."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from ..frame import Size
from .animation import Animation, moves
from .clip import STDIN
from .picture import is_picture
from .source import Source
from .still import Still
from .webcam import candidates

URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
FILE = re.compile(r"[/\\]|\.\w{2,5}$")  # what a file's name has and a camera's has not
CAMERA = re.compile(r"camera|\d+|video\d+|/dev/.+|@device_.+")  # the last is DirectShow's
PREFIX = "camera:"  # before a camera's name, where it might be taken for something else


def open_source(
    name: str,
    *,
    size: Size | None = None,
    rate: float | None = None,
    paced: bool = False,
    heard: bool = False,
    squared: bool = True,
) -> Source:
    """`demo`, a camera (camera, 0, /dev/video0, or part of its name), a URL, a picture, a film, or - (a film
    on standard input).

    size, rate  asked of cameras, which may lack them; files are scaled and keep their rate
    heard       read the sound of recordings, too
    squared     make pixels of recordings as wide as high; else they may have an `aspect`
    paced       recordings come at their own rate, as from a camera, and without end (URLs excepted)

    Raises SourceError.
    """
    if name != "demo" and is_camera(name):
        from .camera import open_camera

        return open_camera(name.removeprefix(PREFIX), size=size, rate=rate)
    heard = heard and not paced
    recording = open_recording(
        name, size, rate or 30.0, endless=paced, heard=heard, ahead=not paced, squared=squared
    )
    if paced:
        from .paced import Paced

        return Paced(recording)
    return recording


def reopener(
    source: Source, name: str, *, size: Size | None, rate: float | None, paced: bool
) -> Callable[[], Source]:
    """What opens the source again after a fault: a camera by its identity, since numbers change."""
    from .camera import Camera, open_camera

    if isinstance(source, Camera):
        identity = source.identity
        return lambda: open_camera(identity, size=size, rate=rate)
    return lambda: open_source(name, size=size, rate=rate, paced=paced)


def open_recording(
    name: str,
    size: Size | None,
    rate: float,
    *,
    endless: bool,
    heard: bool = False,
    ahead: bool = False,
    squared: bool = True,
) -> Source:
    """Everything that waits until it is read."""
    if name == "demo":
        from .demo import HD, PERIOD, Demo

        return Demo(size or HD, rate, frames=None if endless else PERIOD)
    if is_picture(name) and not URL.match(name):
        if moves(Path(name)):
            return Animation(Path(name), size=size, endless=endless)
        return Still(Path(name), size=size, rate=rate, frames=None if endless else 1)
    from .file import VideoFile

    loop = endless and is_there_again(name)
    return VideoFile(name, size=size, squared=squared, loop=loop, heard=heard, ahead=ahead)


def is_there_again(name: str) -> bool:
    """Whether it can be read a second time: no URL and no pipe."""
    return name != STDIN and not URL.match(name) and not Path(name).is_fifo()


def is_camera(name: str) -> bool:
    """Whether `name` means a device: not a URL, and no file is called so.

    What looks like a file's name is a camera's where there is such a camera: some have dots and slashes.
    """
    if CAMERA.fullmatch(name) or name.startswith(PREFIX):
        return True
    if name == STDIN or URL.match(name) or os.path.exists(name):
        return False
    if not FILE.search(name):
        return True
    from .camera import list_cameras

    return bool(candidates(name, list_cameras(modes=False)))
