"""softfocus from login on under Windows: an entry among the user's start-up programs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .written import taken_away, written

STARTUP = r"Microsoft\Windows\Start Menu\Programs\Startup"
NAME = "softfocus.cmd"


def place() -> Path:
    """Where Windows looks for what a user's login starts."""
    roaming = os.environ.get("APPDATA") or str(Path.home() / "AppData/Roaming")
    return Path(roaming, *STARTUP.split("\\"), NAME)


def entry(python: str = sys.executable) -> bytes:
    """The script, to run softfocus with this very Python in a minimised window; % means something in it."""
    program = python.replace("%", "%%")
    return f'@chcp 65001 >nul\r\n@start "softfocus" /min "{program}" -m softfocus run\r\n'.encode()


def install() -> Path:
    """Write it. Raises CannotWrite."""
    return written(place(), entry())


def on() -> str:
    """What starts it now; at the next login it starts by itself."""
    return f'"{place()}"'


def remove() -> Path:
    """Take it away. Raises CannotWrite."""
    return taken_away(place())


def off() -> str:
    """What ends one that still runs."""
    return "close its window"
