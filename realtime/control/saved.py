"""The configuration file while a run goes on: what is saved takes effect."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from ...models.errors import SoftfocusError
from ..errors import BadSetting
from ..settings import RunSettings
from ..settings.config import line_of
from ..settings.texts import SETTINGS, Setting
from .running import Running

log = logging.getLogger(__name__)

Mark = tuple[int, int, int]  # when it was changed (ns), its size, its number


class Saved:
    """Looks at the file from time to time, and changes the run by what became different in it.

    read  the settings as they would be if the run began now; raises BadSetting

    A slip is told with its line, and nothing changes. What `set` changed meanwhile stays, unless the
    file now says something else about the same setting than it did before.
    """

    def __init__(self, path: Path, read: Callable[[], RunSettings]) -> None:
        self._path = path
        self._read = read
        self._known = read()
        self._done = self._seen = mark_of(path)

    def __call__(self, running: Running) -> None:
        """Look once. What was saved is read once it rests for a look: editors write in pieces."""
        seen, self._seen = self._seen, mark_of(self._path)
        if self._seen and self._seen == seen and seen != self._done:
            self._done = seen
            self._take_over(running)

    def _take_over(self, running: Running) -> None:
        try:
            saved = self._read()
            differ = differing(self._known, saved)
            running.change({each.field: getattr(saved, each.field) for each in differ.values() if each.live})
        except BadSetting as error:
            log.error("%s; all stays as it was", self._placed(error))
            return
        except SoftfocusError as error:
            log.error("%s: %s; all stays as it was", self._path, error)
            return
        self._known = saved
        for name, setting in differ.items():
            when = "changed" if setting.live else "will change with the next start"
            log.info("%s: %s %s", self._path, name, when)

    def _placed(self, error: BadSetting) -> str:
        """The error with its line, also where a value shows to be wrong only when it is put into effect."""
        name = error.where.removeprefix("--")
        if name not in SETTINGS:
            return str(error)
        try:
            line = line_of(name, self._path.read_text("utf-8"))
        except (OSError, ValueError):  # it changed again already
            return str(error)
        return f"{self._path}, line {line}, {name}: {error.why}"


def differing(before: RunSettings, now: RunSettings) -> dict[str, Setting]:
    """The settings in which two runs differ, by name."""
    return {
        name: setting
        for name, setting in SETTINGS.items()
        if getattr(before, setting.field) != getattr(now, setting.field)
    }


def mark_of(path: Path) -> Mark | None:
    """What differs after each saving; None while there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
