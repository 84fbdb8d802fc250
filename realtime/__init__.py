"""The way of a frame: source, matting, gate, sinks.

For programs that run softfocus or reach one that runs (docs/api.md); each name is imported when asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..models.errors import SoftfocusError
    from .control.remote import Remote, connect
    from .frame import Size
    from .runs.started import Started, start
    from .settings import Paint, RunSettings

__all__ = ["Paint", "Remote", "RunSettings", "Size", "SoftfocusError", "Started", "connect", "start"]

PLACES = {
    "Paint": ".settings",
    "Remote": ".control.remote",
    "RunSettings": ".settings",
    "Size": ".frame",
    "SoftfocusError": "..models.errors",
    "Started": ".runs.started",
    "connect": ".control.remote",
    "start": ".runs.started",
}


def __getattr__(name: str) -> object:
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(PLACES[name], __name__), name)
