"""Video files and URLs."""

from __future__ import annotations

import logging
import threading
from fractions import Fraction

import av
from av.error import FFmpegError

from ..errors import DamagedInput, EndOfSource, UnreadableInput
from ..frame import Frame, Planes, Size
from .clip import Clip
from .decoded import PlaneReader, even
from .lending import Lender
from .sound import Sound
from .turn import AS_IT_IS, turn_of

log = logging.getLogger(__name__)


class VideoFile:
    """Every frame of a file or URL, upright, in order.

    name   path or URL
    size   to scale to; None keeps the file's own
    squared  make its pixels as wide as high, where they are not
    loop   begin again after the last frame; times go on
    heard  read the sound, too
    ahead  decode on a thread of its own, while frames are worked on

    aspect  how much wider than high its pixels are

    A damaged or truncated file gives all frames that can be had, then, unless it loops, DamagedInput.
    """

    live = False

    def __init__(
        self,
        name: str,
        *,
        size: Size | None = None,
        squared: bool = True,
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
            self._turn = turn_of(first)
            stored = even(first.width, first.height)
            self.aspect = Fraction(1) if size or squared else self._turn.aspect(self._clip.aspect)
            self.size = size or self._turn.size(square(stored, self._clip.aspect) if squared else stored)
            self.rate = self._clip.rate
            if not all(self.size):
                raise UnreadableInput(name, f"{first.width}x{first.height} is too small")
        except UnreadableInput:
            self._clip.close()
            raise
        self._planes = PlaneReader(self._turn.size(self.size))
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
        if self._turn == AS_IT_IS:
            return planes
        lent = self._lend()
        self._turn(planes, lent)
        return lent


def square(size: Size, aspect: Fraction) -> Size:
    """With pixels as wide as high: one side grows, and nothing is lost."""
    width, height = size
    wide, high = max(aspect, Fraction(1)), max(1 / aspect, Fraction(1))
    return Size(round(width * wide / 2) * 2, round(height * high / 2) * 2)
