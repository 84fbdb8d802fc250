"""The key that shows the room: it asks first, and nothing but the user's answer opens."""

from __future__ import annotations

from collections.abc import Callable

KEY, YES = " ", "y"


class Passthrough:
    """Space asks whether the room may be seen, y says yes, any other key says no; Space again blurs.

    wish  is called with what the user wants
    """

    def __init__(self, wish: Callable[[bool], None], *, on: bool = False) -> None:
        self._wish = wish
        self._on = on
        self._asking = False

    def __call__(self, key: str | None) -> str | None:
        """What to write over the preview once `key` was pressed (None: no key was)."""
        if self._asking and key is not None:
            self._asking = False
            self._set(key == YES)
        elif key == KEY and self._on:
            self._set(False)
        elif key == KEY:
            self._asking = True
        return "show the room as it is? y / n" if self._asking else None

    def _set(self, wanted: bool) -> None:
        if wanted != self._on:
            self._on = wanted
            self._wish(wanted)
