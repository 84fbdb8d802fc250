"""Whether this is a desktop whose programs find cameras through PipeWire."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from ..errors import NoPipeWire
from .library import library

PORTAL = "dbus-1/services/org.freedesktop.portal.Desktop.service"


def answers(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether somebody listens where PipeWire does: quick, and nothing is opened."""
    where = environ.get("PIPEWIRE_RUNTIME_DIR") or environ.get("XDG_RUNTIME_DIR")
    place = Path(where or "/", environ.get("PIPEWIRE_REMOTE") or "pipewire-0")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        end.settimeout(1.0)
        try:
            end.connect(str(place))
        except OSError:
            return False
    return True


def portal_installed(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether D-Bus would start xdg-desktop-portal, by which browsers ask for cameras."""
    shared = environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    own = environ.get("XDG_DATA_HOME") or Path(environ.get("HOME", "/"), ".local/share")
    return any(Path(folder, PORTAL).is_file() for folder in (own, *shared.split(":")))


def installed() -> bool:
    """Whether the library is here."""
    try:
        library()
    except NoPipeWire:
        return False
    return True
