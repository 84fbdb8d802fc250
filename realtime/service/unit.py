"""softfocus as a service of the user, kept by systemd."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

import platformdirs

from ..errors import CannotWrite

NAME = "softfocus.service"
ON = f"systemctl --user daemon-reload && systemctl --user enable --now {NAME}"
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
    path = place()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(unit(), "utf-8")
    except OSError as error:
        raise CannotWrite(str(path), error.strerror or str(error)) from error
    return path


def remove() -> Path:
    """Take the unit away, and the link that starts it at login; nothing happens where there is none."""
    path = place()
    try:
        path.unlink(missing_ok=True)
        path.parent.joinpath("default.target.wants", NAME).unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(str(path), error.strerror or str(error)) from error
    return path
