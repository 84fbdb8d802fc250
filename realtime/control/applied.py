"""Puts into effect what changes while a run goes on."""

from __future__ import annotations

from dataclasses import replace

from ...models.errors import SoftfocusError
from ..compose.open import behind
from ..frame import Size
from ..live.loop import Live
from ..parts.open import veil_for
from ..settings import RunSettings
from ..subjects.subjects import Subjects


class Applied:
    """The settings of a live run as they are now, and how those that may change are put into effect."""

    def __init__(self, settings: RunSettings, live: Live, size: Size, subjects: Subjects) -> None:
        self.size = size
        self._settings = settings
        self._live = live
        self._subjects = subjects

    @property
    def settings(self) -> RunSettings:
        """A key or a click may have changed who is chosen, and how the window is turned."""
        return replace(self._settings, subject=self._subjects.current, mirror=self._subjects.flipped)

    def change(self, now: RunSettings) -> None:
        """Raises SoftfocusError, and nothing has changed then."""
        before = self.settings
        if before.blur_part != now.blur_part:
            self._veil(before, now)
        else:
            self._show(before, now)
        if before.match != now.match:
            self._live.match(now.match)
        if before.frame != now.frame:
            self._live.frame(now.frame)
        if before.quality != now.quality:
            self._live.change_quality(now.quality)
        if before.background != now.background:
            self._live.pass_through(False)
        self._settings = now

    def _veil(self, before: RunSettings, now: RunSettings) -> None:
        """As `_show`; the veil before hides its part until the other one is made."""
        veil = veil_for(now, self.size, waits=False)
        try:
            self._show(before, now)
        except SoftfocusError:
            if veil:
                veil.close()
            raise
        self._live.change_veil(veil)

    def _show(self, before: RunSettings, now: RunSettings) -> None:
        """What may fail of what is shown."""
        if behind(before) != behind(now):
            self._live.change_backdrop(now)
        if before.subject == now.subject:
            return
        try:
            self._subjects.choose(now.subject)
        except SoftfocusError:
            self._live.change_backdrop(before)
            raise
