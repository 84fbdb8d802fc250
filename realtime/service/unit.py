"""softfocus as a service of the user, kept by systemd."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

import platformdirs

from .written import taken_away, written

NAME = "softfocus.service"
USUAL = "%h/.local/bin/softfocus"  # the program, in the unit that comes with us


def place() -> Path:
    """Where systemd looks for a user's own units."""
    return platformdirs.user_config_path("systemd") / "user" / NAME


def unit(python: str = sys.executable) -> str:
    """The unit's text, to run softfocus with this very Python."""
    text = (files(__package__ or "") / NAME).read_text("utf-8")
    return text.replace(f"ExecStart={USUAL} run", f"ExecStart={quoted(python)} -m softfocus run")


def quoted(word: str) -> str:
    """A word of ExecStart=, where %, $, quotes and backslashes mean something."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def install() -> Path:
    """Write the unit; an older one of ours is replaced, what the user changed in drop-ins stays."""
    return written(place(), unit().encode())


def on() -> str:
    """What starts it, now and at every login."""
    return f"systemctl --user daemon-reload && systemctl --user enable --now {NAME}"


def remove() -> Path:
    """Take the unit away, and the link that starts it at login; nothing happens where there is none."""
    path = taken_away(place())
    taken_away(path.parent / "default.target.wants" / NAME)
    return path


def off() -> str:
    """What ends one that still runs."""
    return f"systemctl --user stop {NAME}"
