"""Choosing the subject in the preview: keys 0 to 9, and clicks."""

from __future__ import annotations

from ...models.errors import SoftfocusError
from ..sinks.view import Click
from ..subjects.subjects import Subjects


class Pointing:
    """A digit chooses the person with that number, 0 all; a click chooses whoever is there.

    A click with Shift keeps the thing that is there, one with Alt hides it.
    """

    def __init__(self, subjects: Subjects) -> None:
        self._subjects = subjects

    def choose(self, number: int) -> str:
        """What to write over the preview."""
        try:
            return self._subjects.choose(str(number) if number else "all")
        except SoftfocusError as error:
            return str(error)

    def mirror(self, flipped: bool) -> None:
        """Left and right are from now on as the window shows them."""
        self._subjects.flipped = flipped

    def click(self, click: Click) -> str:
        """Likewise."""
        try:
            if click.shift:
                return self._subjects.keep_at(click.x, click.y)
            if click.alt:
                return self._subjects.hide_at(click.x, click.y)
            return self._subjects.choose_at(click.x, click.y)
        except SoftfocusError as error:
            return str(error)
