"""A film or another camera behind the person."""

from __future__ import annotations

import logging
import threading

import numpy as np

from ..colour import recode
from ..errors import EndOfSource, SourceError
from ..frame import I420, Colour, Frame, Plane, Planes, Size
from ..matte import Matte
from ..sources.source import Source
from .place import Placing, placed

log = logging.getLogger(__name__)

PATIENCE = 5.0  # s until the first picture
TOLERANCE = 1_000_000  # ns by which times differ that were meant to be the same
BARS = (16, 128, 128)


class Moving:
    """The newest picture of a source of its own, which a thread reads, decodes and brings to size.

    in_step  the picture that is due at each frame's own time instead, for recordings, which are not worked on
             at the pace at which they were made; the source then is one that waits to be read

    A source that fails or ends leaves its last picture. Raises SourceError when there is not even one.
    """

    def __init__(self, source: Source, size: Size, placing: Placing, *, in_step: bool = False) -> None:
        self._source = source
        self._placing = placing
        self._shown, self._next = I420(size), I420(size)
        self._colour = Colour()  # of the frames that it stands behind
        self._painted = Colour()  # of what is shown, until the next frame
        self._lock = threading.Lock()  # of which buffer is which
        self._closed = threading.Event()
        self._behind: int | None = None  # ns from the source's time to the frames', in step
        self._in_step = in_step
        try:
            self._coming: Frame | None = first_of(source)
            self._take(self._coming)
        except BaseException:
            source.close()
            raise
        if in_step:
            return
        threading.Thread(target=self._follow, name="backdrop", daemon=True).start()

    def paint(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        self._colour = frame.colour
        if self._in_step and not self._closed.is_set():
            self._go_to(frame.captured_at)
        with self._lock:
            if self._painted.codes != frame.colour.codes:  # it was there before the first frame
                recode(self._shown.planes, self._painted, frame.colour, self._shown.planes)
                self._painted = frame.colour
            for plane, target in zip(self._shown.planes, onto, strict=True):
                np.copyto(target, plane)

    def close(self) -> None:
        """The thread closes the source, soon."""
        self._closed.set()
        if self._in_step:
            self._source.close()

    def _go_to(self, captured_at: int) -> None:
        """Show what is due at a frame's time."""
        if self._behind is None and self._coming:
            self._behind = captured_at - self._coming.captured_at
            self._coming = self._following()
        due: Frame | None = None
        while self._coming and self._coming.captured_at + (self._behind or 0) <= captured_at + TOLERANCE:
            due, self._coming = self._coming, self._following()
        if due:
            self._take(due)

    def _following(self) -> Frame | None:
        """The source's next picture; None after the last."""
        try:
            return self._source.read(timeout=PATIENCE)
        except EndOfSource:
            return None
        except SourceError as error:
            log.warning("the background stands still: %s", error)
            return None

    def _follow(self) -> None:
        try:
            while not self._closed.is_set():
                if frame := self._source.read(timeout=0.5):
                    self._take(frame)
        except EndOfSource:  # its last frame stays
            pass
        except SourceError as error:
            log.warning("the background stands still: %s", error)
        finally:
            self._source.close()

    def _take(self, frame: Frame) -> None:
        for plane, target, bars in zip(frame.planes, self._next.planes, BARS, strict=True):
            target[:] = _fitted(plane, target, self._placing, bars)
        wanted = self._colour
        if frame.colour.codes != wanted.codes:
            recode(self._next.planes, frame.colour, wanted, self._next.planes)
        with self._lock:
            self._shown, self._next = self._next, self._shown
            self._painted = wanted


def _fitted(plane: Plane, target: Plane, placing: Placing, bars: int) -> Plane:
    height, width = target.shape
    return plane if plane.shape == target.shape else placed(plane, (width, height), placing, bars)


def first_of(source: Source) -> Frame:
    """The first picture. Raises SourceError when none comes."""
    frame = source.read(timeout=PATIENCE)
    if frame is None:
        raise SourceError(f"{source.name} gives no picture to stand behind you")
    return frame
