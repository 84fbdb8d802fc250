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
BARS = (16, 128, 128)


class Moving:
    """The newest picture of a source of its own, which a thread reads, decodes and brings to size.

    A source that fails or ends leaves its last picture. Raises SourceError when there is not even one.
    """

    def __init__(self, source: Source, size: Size, placing: Placing) -> None:
        self._source = source
        self._placing = placing
        self._shown, self._next = I420(size), I420(size)
        self._colour = Colour()  # of the frames that it stands behind
        self._lock = threading.Lock()  # of which buffer is which
        self._closed = threading.Event()
        try:
            self._take(first_of(source))
        except BaseException:
            source.close()
            raise
        threading.Thread(target=self._follow, name="backdrop", daemon=True).start()

    def paint(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        self._colour = frame.colour
        with self._lock:
            for plane, target in zip(self._shown.planes, onto, strict=True):
                np.copyto(target, plane)

    def close(self) -> None:
        """The thread closes the source, soon."""
        self._closed.set()

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
        if frame.colour != self._colour:
            recode(self._next.planes, frame.colour, self._colour, self._next.planes)
        with self._lock:
            self._shown, self._next = self._next, self._shown


def _fitted(plane: Plane, target: Plane, placing: Placing, bars: int) -> Plane:
    height, width = target.shape
    return plane if plane.shape == target.shape else placed(plane, (width, height), placing, bars)


def first_of(source: Source) -> Frame:
    """The first picture. Raises SourceError when none comes."""
    frame = source.read(timeout=PATIENCE)
    if frame is None:
        raise SourceError(f"{source.name} gives no picture to stand behind you")
    return frame
