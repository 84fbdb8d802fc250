"""A run as it is reached from outside."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from ..errors import BadSetting
from ..frame import Plane, Size
from ..framing.crop import WHOLE, Crop
from ..settings import Feed, Paint, RunSettings, said
from ..settings.config import Given, known, read
from ..settings.texts import SETTINGS
from ..sinks.sink import Sink
from ..subjects.instance import Mark
from ..subjects.subjects import Subjects
from .meter import Meter
from .status import Report


class Applied(Protocol):
    """The settings that hold in a run, and how they are changed."""

    @property
    def settings(self) -> RunSettings: ...

    @property
    def size(self) -> Size:
        """Of the frames, px."""
        ...

    def change(self, now: RunSettings) -> None:
        """Put into effect what differs. Raises SoftfocusError; then nothing has changed."""
        ...


class Running:
    """A run whose settings may be changed and whose state may be asked for, from any thread.

    look   gives the report of the moment
    watch  gives a sink the frames that leave, until what it gives back is called
    matte  the newest alpha, (H, W), 255 = person; None while there is none
    crop   the part of the frame that goes out
    stop   ends the run soon
    refine looks closely now; None: this run has no refiner
    learn  the user leaves the picture for a moment: the room is learnt; it may say why not
    notice what the user is to do now; None: nothing
    """

    def __init__(
        self,
        applied: Applied,
        subjects: Subjects,
        *,
        look: Callable[[], Report],
        watch: Callable[[Sink], Callable[[], None]],
        stop: Callable[[], None],
        matte: Callable[[], Plane | None] = lambda: None,
        crop: Callable[[], Crop] = lambda: WHOLE,
        refine: Callable[[], str | None] | None = None,
        learn: Callable[[], str | None] | None = None,
        notice: Callable[[], str | None] | None = None,
    ) -> None:
        self.size = applied.size
        self.stop = stop
        self.matte = matte
        self.refine = refine
        self.learn = learn
        self.notice = notice or (lambda: None)
        self._applied = applied
        self._subjects = subjects
        self._watch = watch
        self._crop = crop
        self._meter = Meter(look)
        self._lock = threading.Lock()

    @property
    def settings(self) -> RunSettings:
        """As they are now."""
        return self._applied.settings

    def status(self) -> Report:
        """How it goes, by the keys of docs/status.md, and the `settings` that may change meanwhile."""
        return {**self._meter(), "settings": texts(self.settings)}

    def set(self, name: str, text: str, folder: Path | None = None) -> None:
        """Change one setting, from the next frame on. Raises SoftfocusError; then nothing has changed.

        folder  where a relative file name begins; None: where this process does

        The room is never shown by this: 'none' is for the command line and the window's key.
        """
        setting = SETTINGS[known(name, name)]
        if not setting.live:
            raise BadSetting(name, f"cannot change in a run; start again with --{name} {text}")
        value = read(Given(name, (text,), name))
        if name == "subject":  # the same words may mean somebody else by now
            self.choose(text)
        else:
            self.change({setting.field: folder / value if folder and isinstance(value, Path) else value})

    def change(self, values: dict[str, Any]) -> None:
        """Go on with other values of some fields. Raises SoftfocusError; nothing has changed then."""
        with self._lock:
            now = replace(self.settings, **values)
            if now != self.settings:
                self._applied.change(now)

    def choose(self, text: str) -> str:
        """Show only those people; who that is. Raises a SubjectError, and the choice before stays."""
        return self._subjects.choose(text)

    def choose_at(self, x: float, y: float) -> str:
        """Likewise whoever is at that place of the picture that goes out, px."""
        return self._subjects.choose_at(*self._crop().meant(x, y))

    def keep_at(self, x: float, y: float) -> str:
        """Show the thing at that place of the picture that goes out, px, too; from the next frame on."""
        return self._subjects.keep_at(*self._crop().meant(x, y))

    def hide_at(self, x: float, y: float) -> str:
        """Hide the thing at that place."""
        return self._subjects.hide_at(*self._crop().meant(x, y))

    def marks(self) -> list[Mark]:
        """Those between whom there is a choice, where the picture shows them, while somebody watches."""
        crop = self._crop()
        return [mark._replace(centroid=crop.shown(*mark.centroid)) for mark in self._subjects.marked()]

    def watch(self, sink: Sink) -> Callable[[], None]:
        """Give a sink the frames that leave, and number the people, until what this gives back is called."""
        before, self._subjects.marking = self._subjects.marking, True
        unwatch = self._watch(sink)

        def end() -> None:
            self._subjects.marking = before
            unwatch()

        return end


def texts(settings: RunSettings) -> dict[str, str]:
    """The settings that may change in a run, by name, as a user would write them."""
    return {
        name: written(getattr(settings, setting.field)) for name, setting in SETTINGS.items() if setting.live
    }


def written(value: object) -> str:
    """A setting's value as text."""
    match value:
        case Paint():
            return said(value)
        case Feed(text):
            return text
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
