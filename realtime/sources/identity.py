"""What a name stands for, so that two names of one thing are known as one."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path

from ..errors import SourceError

Identity = tuple[object, ...]

URL = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)


def of_source(name: str) -> Identity | None:
    """Of an input or background: a file, a device, a camera by number or name, a URL. None: a pipe."""
    if name == "-":
        return _opened(0)
    place = path_of(name)
    if sys.platform == "linux" and not URL.match(name):
        place = _camera(name) or place
    return _there(place) or ("name", str(place))


def of_sink(spec: str) -> Identity | None:
    """Of an output: also of a file that is still to be made."""
    kind, _, device = spec.partition(":")
    if spec == "-":
        return _opened(1)
    if kind == "camera" and device:
        return of_source(device)
    if spec in ("camera", "window", "null"):
        return None
    path = Path(spec)
    folder = _there(path.parent)
    return _there(path) or (folder and ("new", folder, os.path.normcase(path.name)))


def path_of(name: str) -> Path:
    """Of a file that is named by its path or by a file: URL, which FFmpeg takes as it is written."""
    return Path(name[5:] if name[:5].lower() == "file:" else name)


def _there(path: Path) -> Identity | None:
    try:
        return _identity(path.stat())
    except (OSError, ValueError):  # not there; no name of a file at all
        return None


def _opened(handle: int) -> Identity | None:
    """Of standard input or output, where it is a file and no pipe or terminal."""
    try:
        found = os.fstat(handle)
    except OSError:
        return None
    return _identity(found) if stat.S_ISREG(found.st_mode) else None


def _identity(found: os.stat_result) -> Identity:
    """A device by its number: it may have several nodes. The null device and its like are nobody's own."""
    if stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode):
        return ("device", found.st_rdev)
    return (found.st_dev, found.st_ino)


def _camera(name: str) -> Path | None:
    """On Linux, where a camera is a file."""
    from .open import is_camera
    from .v4l2_camera import find

    try:
        return Path(find(name.removeprefix("camera:"))) if name != "demo" and is_camera(name) else None
    except SourceError:
        return None
