"""Keys that change what stands behind the person."""

from __future__ import annotations

import logging
import threading

from ...models.errors import SoftfocusError
from ..control.running import Running
from ..settings import APERTURES, STRONGEST, WEAKEST, Background, Paint, said

log = logging.getLogger(__name__)

USUAL: tuple[Background, ...] = ("blur", "bokeh", "grey", Paint(32, 48, 74))


class Scenery:
    """Goes round the backgrounds, and to other strengths, without making the main thread wait."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._background = first = running.settings.background  # as asked for last
        self._wanted: dict[str, Background | float] = {}
        self._lock = threading.Lock()  # of `_wanted`
        self._applying = threading.Lock()
        self._choice = USUAL if first in (*USUAL, "none") else (first, *USUAL)

    def next(self) -> str:
        """Fade to the next background: the user's own, then the usual ones."""
        after = self._choice.index(self._background) + 1 if self._background in self._choice else 0
        self._background = self._choice[after % len(self._choice)]
        self._change(background=self._background)
        return f"background: {said(self._background)}"

    def strengthen(self, factor: float) -> str:
        """Multiply the blur's strength, or what the lens's opening is where that blurs."""
        now = self._running.settings
        if now.background == "bokeh":
            widest, narrowest = APERTURES
            aperture = min(narrowest, max(widest, now.aperture / factor))
            self._change(aperture=aperture)
            return f"aperture: f/{aperture:.2g}"
        blur = min(STRONGEST, max(WEAKEST, now.blur * factor))
        self._change(blur=blur)
        return f"blur: {blur:.3g}"

    def _change(self, **values: Background | float) -> None:
        """On a thread of its own: making a backdrop may take a while."""
        with self._lock:
            self._wanted |= values
        threading.Thread(target=self._apply, name="backdrop", daemon=True).start()

    def _apply(self) -> None:
        """All that is wanted by now: whichever thread comes last, the newest wish holds."""
        with self._applying:
            with self._lock:
                values, self._wanted = self._wanted, {}
            try:
                self._running.change(values)
            except SoftfocusError as error:
                log.warning("%s", error)
