"""Keys that change what stands behind the person."""

from __future__ import annotations

import logging
import threading

from ...models.errors import SoftfocusError
from ..control.running import Running
from ..settings import STRONGEST, WEAKEST, Background, Paint, said

log = logging.getLogger(__name__)

USUAL: tuple[Background, ...] = ("blur", "bokeh", "grey", Paint(32, 48, 74))


class Scenery:
    """Goes round the backgrounds, and to other strengths, without making the main thread wait."""

    def __init__(self, running: Running) -> None:
        self._running = running
        first = running.settings.background
        self._choice = USUAL if first in (*USUAL, "none") else (first, *USUAL)
        self._background = first  # as asked for last
        self._blur = running.settings.blur

    def next(self) -> str:
        """Fade to the next background: the user's own, then the usual ones."""
        after = self._choice.index(self._background) + 1 if self._background in self._choice else 0
        self._background = self._choice[after % len(self._choice)]
        self._change(background=self._background)
        return f"background: {said(self._background)}"

    def strengthen(self, factor: float) -> str:
        """Multiply the blur's strength."""
        self._blur = min(STRONGEST, max(WEAKEST, self._blur * factor))
        self._change(blur=self._blur)
        return f"blur: {self._blur:.3g}"

    def _change(self, **values: Background | float) -> None:
        """On a thread of its own: making a backdrop may take a while."""
        threading.Thread(target=self._try, args=(values,), name="backdrop", daemon=True).start()

    def _try(self, values: dict[str, Background | float]) -> None:
        try:
            self._running.change(values)
        except SoftfocusError as error:
            log.warning("%s", error)
