"""softfocus as an agent of the user, kept by launchd on macOS."""

from __future__ import annotations

import plistlib
import sys
from pathlib import Path

from .written import taken_away, written

NAME = "softfocus.run"


def place() -> Path:
    """Where launchd looks for a user's own agents."""
    return Path.home() / "Library/LaunchAgents" / f"{NAME}.plist"


def agent(python: str = sys.executable) -> bytes:
    """The property list, to run softfocus with this very Python, again after a failure only."""
    return plistlib.dumps(
        {
            "Label": NAME,
            "ProgramArguments": [python, "-m", "softfocus", "run"],
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": 10,
            "ProcessType": "Interactive",  # else it is slowed down like what nobody waits for
            "Umask": 0o077,
        }
    )


def install() -> Path:
    """Write it. Raises CannotWrite."""
    return written(place(), agent())


def on() -> str:
    """What starts it now; at the next login it starts by itself."""
    return f'launchctl bootstrap gui/$(id -u) "{place()}"'


def remove() -> Path:
    """Take it away. Raises CannotWrite."""
    return taken_away(place())


def off() -> str:
    """What ends one that still runs."""
    return f"launchctl bootout gui/$(id -u)/{NAME}"
