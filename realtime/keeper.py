"""Keeps a live source going: reopens the device when it is lost, stalls or comes back changed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from .errors import SourceError
from .fit import Fitter
from .frame import Frame, Size
from .sources.source import Source

log = logging.getLogger(__name__)

STALLED = 2.0  # s without a frame after which the device is closed and opened again
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 0.5  # s between two tries to open; a returned device is back within 1 s


class Kept:
    """A source that outlives its device. Its size, rate and numbering stay those of the first opening.

    reopen     opens the same device again; raises SourceError while it cannot
    when_back  called before the first frame of a device that was opened again
    """

    live = True

    def __init__(
        self, source: Source, reopen: Callable[[], Source], when_back: Callable[[], None] = lambda: None
    ) -> None:
        self.name = source.name
        self.size: Size = source.size
        self.rate = source.rate
        self._source: Source | None = source
        self._reopen = reopen
        self._when_back = when_back
        self._fit = Fitter(source.size)
        self._frames = 0
        self._closed = False
        self._pause = FIRST_PAUSE
        self._heard = time.monotonic()

    def read(self, timeout: float) -> Frame | None:
        """As Source says, but a lost device gives no frames instead of an error. Raises EndOfSource only."""
        source = self._source or self._try_again(timeout)
        if source is None:
            return None
        try:
            frame = source.read(timeout)
        except SourceError as error:
            self._lose(str(error))
            return None
        if frame is None:
            if time.monotonic() - self._heard > STALLED:
                self._lose(f"{self.name} gave no frame for {STALLED:g} s")
            return None
        return self._renumbered(frame)

    def close(self) -> None:
        self._closed = True
        if source := self._source:
            source.close()

    def _renumbered(self, frame: Frame) -> Frame:
        self._heard = time.monotonic()
        self._pause = FIRST_PAUSE
        self._frames += 1
        return replace(self._fit(frame), index=self._frames - 1)

    def _lose(self, why: str) -> None:
        log.warning("%s; trying to open it again", why)
        if source := self._source:
            source.close()
        self._source = None

    def _try_again(self, timeout: float) -> Source | None:
        time.sleep(min(self._pause, timeout))
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        if self._closed:
            return None
        try:
            self._source = self._reopen()
        except SourceError as error:
            log.debug("%s", error)
            return None
        self._when_back()
        self._heard = time.monotonic()
        log.warning("%s is back", self._source.name)
        return self._source
