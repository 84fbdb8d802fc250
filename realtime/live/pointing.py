"""Choosing the subject in the preview: keys 0 to 9, and clicks."""

from __future__ import annotations

import time
from collections.abc import Callable

from ...models.errors import SoftfocusError
from ..sinks.window import Click
from ..subjects.subjects import Subjects

SHOWN = 2.5  # s for which an answer stands over the preview
ALL = "0"


class Pointing:
    """A digit chooses the person with that number, 0 all; a click chooses whoever is there."""

    def __init__(self, subjects: Subjects, clock: Callable[[], float] = time.monotonic) -> None:
        self._subjects = subjects
        self._clock = clock
        self._note: str | None = None
        self._until = 0.0

    def __call__(self, key: str | None, click: Click | None) -> str | None:
        """What to write over the preview, once `key` was pressed and `click` was made (None: was not)."""
        try:
            if key is not None and key.isdecimal() and key.isascii():
                self._say(self._subjects.choose("all" if key == ALL else key))
            elif click:
                self._say(self._subjects.choose_at(click.x, click.y))
        except SoftfocusError as error:
            self._say(str(error))
        return self._note if self._clock() < self._until else None

    def _say(self, text: str) -> None:
        self._note, self._until = text, self._clock() + SHOWN
