"""Keeps a live source going: reopens the device when it is lost, stalls or comes back changed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from ..errors import DamagedInput, EndOfSource, SourceError
from ..frame import Frame, Size
from ..sources.source import Source
from .fit import Fitter

log = logging.getLogger(__name__)

STALLED = 2.0  # s without a frame after which the device is closed and opened again
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 0.5  # s between two tries to open; a returned device is back within 1 s
OFF = 1_000_000_000  # ns a time stamp may lie behind the clock before it is the device's mistake


class Kept:
    """A source that outlives its device. Size, rate, numbers and times go on as they began.

    reopen      opens the same device again; raises SourceError while it cannot
    changed     called before the first frame of a device that was opened again, or of another size
    """

    live = True

    def __init__(
        self, source: Source, reopen: Callable[[], Source], changed: Callable[[], None] = lambda: None
    ) -> None:
        self.name = source.name
        self.size: Size = source.size
        self.rate = source.rate
        self._source: Source | None = source
        self._reopen = reopen
        self._changed = changed
        self._fit = Fitter(source.size)
        self._came = source.size  # of the frame before, as the device gave it
        self._frames = 0
        self._last = 0  # captured_at of the frame before
        self._lock = threading.Lock()  # held while the device changes
        self._closed = threading.Event()
        self._lost = False
        self._pause = FIRST_PAUSE
        self._heard = time.monotonic()

    def read(self, timeout: float) -> Frame | None:
        """As Source says, but a lost device gives no frames instead of an error. Raises EndOfSource only."""
        source = self._source or self._try_again(timeout)
        if source is None:
            return None
        try:
            frame = source.read(timeout)
        except EndOfSource:
            raise
        except SourceError as error:
            if isinstance(error, DamagedInput) and not error.stopped:  # it would only begin anew
                log.warning("%s", error)
                raise EndOfSource from None
            self._lose(str(error))
            return None
        except (
            Exception
        ) as error:  # whatever a driver brings about, it is the device's trouble, not the call's
            self._lose(f"{self.name} failed ({error!r})")
            return None
        if frame is None:
            if time.monotonic() - self._heard > STALLED:
                self._lose(f"{self.name} gave no frame for {STALLED:g} s")
            return None
        return self._as_before(frame)

    def let_go(self) -> None:
        """Release the device for now; the next `read` opens it again, at once."""
        self._release()
        self._pause = 0.0

    def close(self) -> None:
        """Release the device, also one that is just being opened."""
        self._closed.set()
        with self._lock:
            if self._source:
                self._source.close()

    def _as_before(self, frame: Frame) -> Frame:
        """The frame in the session's size, numbers and times."""
        self._heard = time.monotonic()
        self._pause = FIRST_PAUSE
        if frame.size != self._came:
            log.warning("%s now gives %s, which is brought to %s", self.name, frame.size, self.size)
            self._came = frame.size
            self._changed()
        self._frames += 1
        return replace(
            self._fit(frame), index=self._frames - 1, captured_at=self._in_order(frame.captured_at)
        )

    def _in_order(self, captured_at: int) -> int:
        """Later than the frame before, and not beside the clock: some drivers' time stamps are."""
        now = time.monotonic_ns()
        self._last = max(self._last + 1, captured_at if now - OFF < captured_at <= now else now)
        return self._last

    def _lose(self, why: str) -> None:
        log.warning("%s; trying to open it again", why)
        self._lost = True
        self._release()

    def _release(self) -> None:
        with self._lock:
            if self._source:
                self._source.close()
            self._source = None

    def _try_again(self, timeout: float) -> Source | None:
        self._closed.wait(min(self._pause, timeout))
        self._pause = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        if self._closed.is_set():
            raise EndOfSource
        try:
            source = self._reopen()
        except SourceError as error:
            if self._lost:
                log.debug("%s", error)
            else:
                self._lose(str(error))
            return None
        with self._lock:
            if self._closed.is_set():
                source.close()
                raise EndOfSource
            self._source = source
        self._came = source.size
        self._changed()
        self._heard = time.monotonic()
        if self._lost:
            log.warning("%s is back", source.name)
        self._lost = False
        return source
