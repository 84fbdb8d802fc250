"""What keeps programs running on this system."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Protocol

from ..errors import NoService


class Keeper(Protocol):
    """A module that knows one system: `unit`, `agent` or `startup`."""

    def install(self) -> Path: ...

    def on(self) -> str: ...

    def remove(self) -> Path: ...

    def off(self) -> str: ...


def keeper() -> Keeper:
    """The one for this system. Raises NoService."""
    match sys.platform:
        case "linux":
            from . import unit

            return unit
        case "darwin":
            from . import agent

            return agent
        case "win32":
            from . import startup

            return startup
        case other:
            raise NoService(other)
