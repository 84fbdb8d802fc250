"""Video files and URLs."""

from __future__ import annotations

import logging
import threading

import av
import cv2
from av.error import FFmpegError

from ..errors import DamagedInput, EndOfSource, UnreadableInput
from ..frame import Frame, Planes, Size
from .clip import Clip
from .decoded import PlaneReader, even
from .lending import Lender
from .sound import Sound

log = logging.getLogger(__name__)

TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, -90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180}


class VideoFile:
    """Every frame of a file or URL, upright, in order.

    name   path or URL
    size   to scale to; None keeps the file's own
    loop   begin again after the last frame; times go on
    heard  read the sound, too
    ahead  decode on a thread of its own, while frames are worked on

    A damaged or truncated file gives all frames that can be had, then, unless it loops, DamagedInput.
    """

    live = False

    def __init__(
        self,
        name: str,
        *,
        size: Size | None = None,
        loop: bool = False,
        heard: bool = False,
        ahead: bool = False,
    ) -> None:
        self.name = name
        self._loop = loop
        self._lock = threading.Lock()
        self._index = 0
        self._clip = Clip(name, heard=heard, ahead=ahead)
        try:
            first = self._clip.first
            self._turn = TURNS.get(first.rotation)
            self.size = size or turned(even(first.width, first.height), self._turn)
            self.rate = self._clip.rate
            if not all(self.size):
                raise UnreadableInput(name, f"{first.width}x{first.height} is too small")
        except UnreadableInput:
            self._clip.close()
            raise
        self._planes = PlaneReader(turned(self.size, self._turn))
        self._lend = Lender(self.size)
        self._before = 0  # ns: how long the rounds before this one took
        self._last = -1  # ns: the time of the last frame

    @property
    def sound(self) -> Sound:
        """What comes beside the pictures; nothing unless it was asked for."""
        return self._clip.sound

    @property
    def length(self) -> float:
        """s from the first frame to the last, about; 0 where the file does not say."""
        return self._clip.length

    def read(self, timeout: float) -> Frame | None:
        """The next frame, however long decoding takes; a URL that stalls ends after clip.TIMEOUTS."""
        with self._lock:
            self.sound.begin()
            while picture := self._clip.next() or self._again():
                try:
                    planes, colour = self._planes(picture)
                except FFmpegError as error:
                    self._clip.damage.spoil(error)
                    continue
                planes = self._upright(planes)
                index, self._index = self._index, self._index + 1
                # Broken files repeat times or go back; ours only go on.
                self._last = max(self._last + 1, self._before + self._clip.time)
                return Frame(planes, index, self._last, colour)
            trouble, self._clip.trouble = self._clip.trouble, None
            if trouble:
                raise DamagedInput(self.name, trouble, stopped=bool(self._clip.damage.stopped))
            raise EndOfSource

    def close(self) -> None:
        """End; waits for a read in progress."""
        with self._lock:
            self._loop = False
            self._clip.close()

    def _again(self) -> av.VideoFrame | None:
        if not self._loop:
            return None
        if self._clip.trouble and not self._before:
            log.warning("%s", DamagedInput(self.name, self._clip.trouble))
        self._clip.close()
        self._clip = Clip(self.name)
        first = self._clip.next()
        self._before = self._last + round(1e9 / self.rate) - self._clip.time
        return first

    def _upright(self, planes: Planes) -> Planes:
        """Phones store what their sensor saw, and how to turn it."""
        if self._turn is None:
            return planes
        lent = self._lend()
        for plane, target in zip(planes, lent, strict=True):
            cv2.rotate(plane, self._turn, dst=target)
        return lent


def turned(size: Size, turn: int | None) -> Size:
    """The size after a quarter turn."""
    return Size(size.height, size.width) if turn in (TURNS[90], TURNS[-90]) else size
