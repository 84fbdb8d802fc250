"""What the panel may do to a run, and know of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..control.journal import Journal
from ..control.running import Running
from ..errors import BadSetting
from ..settings import Feed
from ..settings.texts import read_background
from .gallery import Gallery

FARTHEST = 1e6  # px: beyond, a place is none


@dataclass(frozen=True, slots=True)
class Desk:
    """A run, the user's pictures and the log, as the page sees them."""

    running: Running
    gallery: Gallery
    journal: Journal

    def state(self, since: int) -> dict[str, Any]:
        """How the run goes, who is seen, and the log lines after that number."""
        report = self.running.status()
        return {
            "pid": os.getpid(),
            "report": report,
            "picture": self._picture(str(report["settings"]["background"])),
            "size": self.running.size,
            "mirror": self.running.settings.mirror,
            "refines": self.running.refine is not None,
            "learns": self.running.learn is not None,
            "notice": self.running.notice(),
            "marks": [mark._asdict() for mark in self.running.marks()],
            "log": self.journal.since(since),
        }

    def set(self, name: str, text: str) -> None:
        """Change a setting; a background by its kind or a picture's name, never by a path."""
        if name == "background" and text in self.gallery.names():
            text = str(self.gallery.path(text))
        elif name == "background" and leads_away(text):
            raise BadSetting("background", f"there is no picture {text!r} in the panel")
        self.running.set(name, text)

    def add(self, packed: bytes) -> str:
        """Keep a picture and show it behind the person; its name. Raises BadSetting."""
        name = self.gallery.add(packed)
        self.set("background", name)
        return name

    def choose(self, wanted: dict[str, Any]) -> str:
        """Who is seen: by a phrase or a number, or whoever is at a place of the picture, px; or which thing
        there is kept or hidden.
        """
        match wanted:
            case {"x": int() | float() as x, "y": int() | float() as y} if not max(abs(x), abs(y)) < FARTHEST:
                raise BadSetting("subject", "that is no place in the picture")
            case {"x": int() | float() as x, "y": int() | float() as y, "thing": "keep"}:
                return self.running.keep_at(x, y)
            case {"x": int() | float() as x, "y": int() | float() as y, "thing": "hide"}:
                return self.running.hide_at(x, y)
            case {"text": str(text)}:
                return self.running.choose(text)
            case {"x": int() | float() as x, "y": int() | float() as y}:
                return self.running.choose_at(x, y)
            case _:
                raise BadSetting("subject", "say text, or x and y")

    def ask(self, what: str) -> str:
        """Look closely now, or learn the room; what there is to say about it."""
        match what, self.running.refine, self.running.learn:
            case "refine", act, _ if act:
                return act() or "a close look is taken"
            case "learn", _, act if act:
                return act() or "step out of the picture"
            case _:
                raise BadSetting(what, "there is no such thing in this run")

    def _picture(self, background: str) -> str | None:
        """The name of the gallery's picture that is shown."""
        name = Path(background).name
        return name if name in self.gallery.names() and str(self.gallery.path(name)) == background else None


def leads_away(text: str) -> bool:
    """Whether a background is a file or another source; what is none at all is refused elsewhere."""
    try:
        return isinstance(read_background(text), Path | Feed)
    except ValueError:
        return False
