"""A run as it is reached from outside."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..config import Given, known, read
from ..errors import BadSetting
from ..settings import SETTINGS, RunSettings
from ..status import Report
from .meter import Meter

# Puts changed settings into effect: those until now, those from now on.
Apply = Callable[[RunSettings, RunSettings], None]


class Running:
    """A run whose settings may be changed and whose state may be asked for, from any thread.

    settings  as they are now
    """

    def __init__(
        self, settings: RunSettings, *, apply: Apply, look: Callable[[], Report], stop: Callable[[], None]
    ) -> None:
        self.settings = settings
        self.stop = stop
        self._apply = apply
        self._meter = Meter(look)
        self._lock = threading.Lock()

    def status(self) -> Report:
        """How it goes, by the keys of docs/status.md, and the `settings` that may change meanwhile."""
        return {**self._meter(), "settings": texts(self.settings)}

    def set(self, name: str, text: str, folder: Path | None = None) -> None:
        """Change one setting, from the next frame on. Raises BadSetting; then nothing has changed.

        folder  where a relative file name begins; None: where this process does

        The room is never shown by this: 'none' is for the command line and the window's key.
        """
        if not SETTINGS[known(name, name)].live:
            raise BadSetting(name, f"cannot change in a run; start again with --{name} {text}")
        setting = SETTINGS[name]
        value = read(Given(name, (text,), name))
        self.change({setting.field: folder / value if folder and isinstance(value, Path) else value})

    def change(self, values: dict[str, Any]) -> None:
        """Go on with other values of fields that may change. Raises BadSetting; then nothing has changed."""
        with self._lock:
            wanted = replace(self.settings, **values)
            if wanted != self.settings:
                self._apply(self.settings, wanted)
                self.settings = wanted


def texts(settings: RunSettings) -> dict[str, str]:
    """The settings that may change in a run, by name, as a user would write them."""
    return {
        name: written(getattr(settings, setting.field)) for name, setting in SETTINGS.items() if setting.live
    }


def written(value: object) -> str:
    """A setting's value as text."""
    match value:
        case (int(), int(), int()):
            return "#{:02x}{:02x}{:02x}".format(*value)
        case (str() as text,):
            return text
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}"
        case None:
            return ""
        case _:
            return str(value)
