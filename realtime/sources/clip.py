"""One pass through the pictures of a file."""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from typing import Any, BinaryIO

import av
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet
from av.stream import Stream

from ..errors import UnreadableInput
from .ahead import Ahead
from .clock import Clock
from .damage import Damage, reason
from .sound import Sound

STDIN = "-"
MOST = 128_000_000  # px of a picture: 192 MB as planes
PROTOCOL = re.compile(r"[a-z][a-z0-9+.-]*://|(file|pipe|fd|concat|data|subfile|crypto):", re.IGNORECASE)
TIMEOUTS = (10.0, 5.0)  # s a URL may take to open, and to give its next packet
OUTPUT_CORRUPT = 8  # FFmpeg's flag: pictures that lack what they are made from are given, too, and marked
MISSING = 0.25  # s of the promised duration that may lack before a file counts as truncated
REFUSALS = 10  # packets in a row that cannot be had; then nothing more will come
FARTHEST = 3600.0  # s that a picture may begin after the sound; beyond, the file is wrong
JUMPS = 0x200  # FFmpeg's AVFMT_TS_DISCONT: the times of such files may jump
# PyAV before 19 refuses files whose title is not UTF-8, unless it is told not to; later ones cannot be told.
LENIENT: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}


class Clip:
    """The pictures of a file, in order, whatever part of it is damaged.

    heard  read the sound, too
    ahead  decode on a thread of its own, while pictures are worked on

    first    the first picture; `next` gives it too
    rate     frames per second, on average
    aspect   how much wider than high its pixels are, as they are stored
    time     ns between the beginning of the file and the picture last given; its sound may begin earlier
    length   s of the whole; 0 where the file does not say
    sound    what comes beside the pictures
    trouble  what is damaged or missing, once the end is reached; None: nothing
    damage   counts it
    """

    def __init__(self, name: str, *, heard: bool = False, ahead: bool = False) -> None:
        self._name = name
        self.time = 0
        self.trouble: str | None = None
        self._ahead: Ahead[tuple[av.VideoFrame, float]] | None = None
        self._next = 0.0  # s: the time of the next picture, should the file not tell it
        self.damage = Damage()
        self._container = self._open()
        try:
            self._stream = self._video()
            self.damage.each = self._pairs()
            self._stamp = Stamp(shows=self._container.format.name != "avi")
            self._clock = Clock(jumps=bool(self._container.format.flags & JUMPS))
            self.sound = Sound(self._container, heard=heard)
            self._streams = [self._stream, *self.sound.tracks]
            self.rate = believable(self._stream.average_rate or self._stream.guessed_rate)
            self.aspect = plausible(self._stream.sample_aspect_ratio)
            pictures = self._decode()
            self.first, at = next(pictures)
        except (IndexError, StopIteration):
            self.close()
            raise UnreadableInput(name, self._without_pictures()) from None
        except UnreadableInput:
            self.close()
            raise
        self._start = self._beginning(at)
        self.sound.start = self._start
        self.length = max(0.0, self._promised() - self._start)
        self._ahead = Ahead(pictures) if ahead else None
        self._pictures: Iterator[tuple[av.VideoFrame, float]] = chain(
            [(self.first, at)], self._ahead or pictures
        )

    def next(self) -> av.VideoFrame | None:
        """The next picture; None after the last."""
        picture, at = next(self._pictures, (None, 0.0))
        if picture:
            self.time = round((at - self._start) * 1e9)
        return picture

    def close(self) -> None:
        self._pictures = iter(())
        if self._ahead:
            self._ahead.close()
        self._container.close()

    def _open(self) -> InputContainer:
        try:
            container: InputContainer = av.open(target(self._name), "r", timeout=TIMEOUTS, **LENIENT)
        except FFmpegError as error:
            raise UnreadableInput(self._name, reason(error, TIMEOUTS[0])) from error
        return container

    def _video(self) -> av.VideoStream:
        stream = self._container.streams.video[0]
        if not stream.codec_context:  # what the types do not say
            raise UnreadableInput(self._name, "its codec is not known")
        if stream.width * stream.height > MOST:
            most = f"{MOST // 1_000_000} million pixels are read at most"
            raise UnreadableInput(self._name, f"{stream.width}x{stream.height} is too large, {most}")
        stream.codec_context.options = {"max_pixels": str(MOST)}
        # With more threads, a packet that fails takes others with it that were still on their way.
        stream.codec_context.thread_count = 1
        stream.codec_context.flags |= OUTPUT_CORRUPT
        return stream

    def _pairs(self) -> bool:
        """Whether each packet is a picture; other codecs have packets that are not shown."""
        pictures = self._stream.codec_context.name in ("h264", "hevc")
        return pictures and self._container.format.name.startswith(("mov", "matroska"))

    def _decode(self) -> Iterator[tuple[av.VideoFrame, float]]:
        """All pictures with their times, s, and at the end what is wrong with the file."""
        end = 0.0
        for packet in self._packets():
            if packet.stream.index != self._stream.index:
                self.sound.put(packet)
                continue
            if packet.pts is not None and packet.time_base:
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            for picture in self._decoded(packet):
                yield picture, self._seconds(picture)
        self.trouble = self.damage.told(truncated=end < self._promised() - MISSING)

    def _packets(self) -> Iterator[Packet[Stream]]:
        """All that can be had, at times that go on. What cannot be read is left out: the next one may be
        fine again.
        """
        refusals = 0
        while refusals < REFUSALS:
            try:
                for packet in self._container.demux(self._streams):
                    refusals = 0
                    self._clock(packet)
                    yield packet
                return
            except InvalidDataError as error:
                refusals += 1
                self.damage.spoil(error)
            except FFmpegError as error:
                self.damage.stopped = error
                break
        end: Packet[Stream] = Packet()  # the decoder gives what it still has
        end.stream = self._stream
        yield end

    def _decoded(self, packet: Packet[Stream]) -> Iterator[av.VideoFrame]:
        """The pictures of a packet, also those that show their damage."""
        try:
            pictures = self._stream.decode(packet)
        except FFmpegError as error:
            self.damage.spoil(error)
            return
        self.damage.sent(packet)
        for picture in pictures:
            self.damage.given(picture)
            yield picture

    def _without_pictures(self) -> str:
        """Why there is not even one."""
        if why := self.damage.first or self.damage.stopped:
            return f"no picture of it can be decoded: {reason(why)}"
        return "there is no video in it"

    def _beginning(self, first: float) -> float:
        """s, of its own time, at which the file begins: with its first picture, or the sound before it."""
        start = (self._container.start_time or 0) / av.time_base  # PyAV gives None where it is not known
        return start if 0 <= first - start <= FARTHEST else first

    def _seconds(self, picture: av.VideoFrame) -> float:
        """The picture's time in the file; a frame after the one before where the file does not tell."""
        stamp = self._stamp(picture)
        if stamp is not None and picture.time_base:
            self._next = float(stamp * picture.time_base)
        at, self._next = self._next, self._next + 1 / self.rate
        return at

    def _promised(self) -> float:
        """s at which the video ends by the file's own account; 0 when it gives none."""
        stream = self._stream
        start = stream.start_time or 0
        if stream.duration and stream.time_base:
            return float((start + stream.duration) * stream.time_base)
        if self._container.duration and len(self._container.streams) == 1:
            return self._container.duration / av.time_base
        return 0.0


class Stamp:
    """The time of a picture, by the one of its two stamps that has been wrong less often, as FFmpeg does it.

    shows  whether the file says when pictures are shown; AVI says only when they are decoded
    """

    def __init__(self, *, shows: bool) -> None:
        self._shows = shows
        self._last_pts, self._last_dts = -math.inf, -math.inf
        self._wrong = 0  # how often the time of showing went back, less how often that of decoding did

    def __call__(self, picture: av.VideoFrame) -> int | None:
        """In the picture's time base; None where it has none. Each picture once, in order."""
        pts, dts = picture.pts if self._shows else None, picture.dts
        if dts is not None:
            self._wrong -= dts <= self._last_dts
            self._last_dts = dts
        if pts is not None:
            self._wrong += pts <= self._last_pts
            self._last_pts = pts
        return pts if dts is None or (pts is not None and self._wrong <= 0) else dts


def target(name: str) -> str | BinaryIO:
    """What FFmpeg opens: 12:30.mp4 would be a protocol to it, and - a file. Raises UnreadableInput."""
    if name == STDIN:
        if sys.stdin is None:
            raise UnreadableInput("standard input", "it is closed")
        if sys.stdin.isatty():
            raise UnreadableInput("standard input", "nobody sends a film there")
        return sys.stdin.buffer
    return name if PROTOCOL.match(name) and not os.path.exists(name) else f"file:{name}"


def believable(rate: Fraction | None) -> float:
    """Frames per second; broken files name rates that are none."""
    return float(rate) if rate and 0.1 <= rate <= 1000 else 30.0


def plausible(aspect: Fraction | None) -> Fraction:
    """Of a pixel; 1 where none is told, or one that no camera and no broadcast has."""
    return aspect if aspect and Fraction(1, 4) <= aspect <= 4 else Fraction(1)
