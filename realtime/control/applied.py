"""Puts into effect what changes while a run goes on."""

from __future__ import annotations

from dataclasses import replace

from ..compose.open import behind
from ..frame import Size
from ..live.loop import Live
from ..settings import RunSettings
from ..subjects.errors import SubjectError
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
        if behind(before) != behind(now):
            self._live.change_backdrop(now)
        if before.subject != now.subject:
            self._choose(before, now)
        if before.frame != now.frame:
            self._live.frame(now.frame)
        if before.quality != now.quality:
            self._live.change_quality(now.quality)
        if before.background != now.background:
            self._live.pass_through(False)
        self._settings = now

    def _choose(self, before: RunSettings, now: RunSettings) -> None:
        try:
            self._subjects.choose(now.subject)
        except SubjectError:
            self._live.change_backdrop(before)
            raise
