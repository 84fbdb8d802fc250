"""Video files and URLs."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from typing import Any

import av
import cv2
from av.container import InputContainer
from av.error import FFmpegError

from ..errors import EndOfSource, UnreadableInput
from ..frame import Frame, Planes, Size
from .decoded import PlaneReader, even
from .lending import Lender

TIMEOUTS = (10.0, 5.0)  # s a URL may take to open, and to give its next packet
THREADS = 2  # of the decoder
MISSING = 0.25  # s of the promised duration that may lack before a file counts as truncated
# PyAV before 19 refuses files whose title is not UTF-8, unless it is told not to; later ones cannot be told.
LENIENT: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, -90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180}


class VideoFile:
    """Every frame of a file or URL, upright, in order.

    name  path or URL
    size  to scale to; None keeps the file's own
    loop  begin again after the last frame; times go on

    A damaged or truncated file gives the frames before the damage, then UnreadableInput.
    """

    live = False

    def __init__(self, name: str, *, size: Size | None = None, loop: bool = False) -> None:
        self.name = name
        self._loop = loop
        self._lock = threading.Lock()
        self._index = 0
        self._clip = Clip(name)
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

    def read(self, timeout: float) -> Frame | None:
        """The next frame, however long decoding takes; a URL that stalls ends after TIMEOUTS."""
        with self._lock:
            picture = self._clip.next() or self._again()
            if picture is None:
                raise EndOfSource
            try:
                planes, colour = self._planes(picture)
            except FFmpegError as error:
                raise UnreadableInput(self.name, reason(error)) from error
            planes = self._upright(planes)
            index, self._index = self._index, self._index + 1
            # Broken files repeat times or go back; ours only go on.
            self._last = max(self._last + 1, self._before + self._clip.time)
            return Frame(planes, index, self._last, colour)

    def close(self) -> None:
        """End; waits for a read in progress."""
        with self._lock:
            self._loop = False
            self._clip.close()

    def _again(self) -> av.VideoFrame | None:
        if not self._loop:
            return None
        self._before = self._last + round(1e9 / self.rate)
        self._clip.close()
        self._clip = Clip(self.name)
        return self._clip.next()

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


class Clip:
    """One pass through the pictures of a file.

    first  the first picture; `next` gives it too
    rate   frames per second, on average
    time   ns between the first picture and the one last given
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.time = 0
        self._count = 0
        self._container = self._open()
        try:
            self._stream = self._video()
            self.rate = believable(self._stream.average_rate or self._stream.guessed_rate)
            pictures = self._decode()
            self.first = next(pictures)
        except (IndexError, StopIteration):
            self.close()
            raise UnreadableInput(name, "there is no video in it") from None
        except UnreadableInput:
            self.close()
            raise
        self._start = self._seconds(self.first)
        self._pictures: Iterator[av.VideoFrame] = chain([self.first], pictures)

    def next(self) -> av.VideoFrame | None:
        """The next picture; None after the last."""
        picture = next(self._pictures, None)
        if picture:
            self.time = round((self._seconds(picture) - self._start) * 1e9)
        return picture

    def close(self) -> None:
        self._pictures = iter(())
        self._container.close()

    def _open(self) -> InputContainer:
        try:
            container: InputContainer = av.open(self._name, "r", timeout=TIMEOUTS, **LENIENT)
        except FFmpegError as error:
            raise UnreadableInput(self._name, reason(error)) from error
        return container

    def _video(self) -> av.VideoStream:
        stream = self._container.streams.video[0]
        if not stream.codec_context:  # what the types do not say
            raise UnreadableInput(self._name, "its codec is not known")
        stream.codec_context.thread_count = THREADS
        stream.thread_type = "AUTO"
        return stream

    def _decode(self) -> Iterator[av.VideoFrame]:
        end = 0.0
        try:
            for packet in self._container.demux(self._stream):
                if packet.pts is not None and packet.time_base:
                    end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
                for picture in packet.decode():
                    self._count += 1
                    yield picture
        except FFmpegError as error:
            with suppress(FFmpegError):  # the first error is the one that is told
                yield from self._stream.decode(None)  # what the decoder's threads still have
            why = f"damaged after frame {self._count}, {reason(error)}"
            raise UnreadableInput(self._name, why) from error
        if end < self._promised() - MISSING:
            raise UnreadableInput(self._name, f"truncated after frame {self._count}")

    def _seconds(self, picture: av.VideoFrame) -> float:
        """The picture's time in the file; its number tells it where the file does not."""
        if picture.pts is not None and math.isfinite(picture.time):
            return picture.time
        return self._count / self.rate

    def _promised(self) -> float:
        """s at which the video ends by the file's own account; 0 when it gives none."""
        stream = self._stream
        start = stream.start_time or 0
        if stream.duration and stream.time_base:
            return float((start + stream.duration) * stream.time_base)
        if self._container.duration and len(self._container.streams) == 1:
            return self._container.duration / av.time_base
        return 0.0


def believable(rate: Fraction | None) -> float:
    """Frames per second; broken files name rates that are none."""
    return float(rate) if rate and 0.1 <= rate <= 1000 else 30.0


def reason(error: FFmpegError) -> str:
    """What FFmpeg says, without its number and place."""
    return (error.strerror or "unknown error").lower()
