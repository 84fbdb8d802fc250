"""Frames to measure with: from packets as a camera sends them, from memory, flat out or paced."""

from __future__ import annotations

import time
from dataclasses import replace

import av
import numpy as np

from ..realtime.errors import EndOfSource
from ..realtime.frame import I420, Frame, Plane, Size
from ..realtime.gate.gate import Composed
from ..realtime.sources.unpack import unpacker
from ..realtime.sources.v4l2 import PixelFormat
from ..realtime.stopwatch import Stopwatch
from .clip import RATE

HELD_BYTES = 120_000_000  # of frames in memory, at most


class Webcam:
    """A clip's packets, for ever, each decoded when it is read and by the thread that reads.

    That is what a camera does to us. A file may be decoded ahead by several threads, which would hide
    a frame of delay and some of the time.
    """

    def __init__(self, path: str) -> None:
        with av.open(path) as file:
            stream = file.streams.video[0]
            packets = [packet for packet in file.demux(stream) if packet.size]
            own = stream.codec_context
            self.size = Size(own.width, own.height)
            fourcc = b"MJPG" if own.codec.name == "mjpeg" else b"YUYV"
            self._unpack = unpacker(PixelFormat(width=own.width, height=own.height, fourcc=fourcc))
        self._contents = [np.frombuffer(bytes(packet), np.uint8) for packet in packets]
        self._next = 0

    @property
    def megabytes(self) -> float:
        """Of memory that only measuring needs."""
        return sum(content.size for content in self._contents) / 1e6

    def read(self) -> Frame:
        index, self._next = self._next, self._next + 1
        unpacked = self._unpack(self._contents[index % len(self._contents)])
        assert unpacked, "the clip is our own"
        planes, colour = unpacked
        return Frame(planes, index, round(index * 1e9 / RATE), colour)


class Held:
    """The same frames, decoded beforehand; times and numbers go on from `first`."""

    def __init__(self, webcam: Webcam, first: int) -> None:
        self.size = webcam.size
        frame_bytes = self.size.width * self.size.height * 3 // 2
        count = max(2, HELD_BYTES // frame_bytes)
        self._frames = [_copy(webcam.read()) for _ in range(count)]
        self.megabytes = webcam.megabytes + count * frame_bytes / 1e6
        self._order = [*range(count), *range(count - 2, 0, -1)]  # there and back, without a jump
        self._next = first

    def read(self) -> Frame:
        index, self._next = self._next, self._next + 1
        frame: Frame = self._frames[self._order[index % len(self._order)]]
        return replace(frame, index=index, captured_at=round(index * 1e9 / RATE))


def _copy(frame: Frame) -> Frame:
    buffer = I420(frame.size)
    for plane, target in zip(frame.planes, buffer.planes, strict=True):
        np.copyto(target, plane)
    return replace(frame, planes=buffer.planes)


class Camera:
    """A source that gives a feed's frames as a camera would: each when it is due, stamped with that time.

    frames  how many; missed  due while nobody read, as a driver drops them
    """

    live = True
    name = "bench"
    restarts = 0

    def __init__(self, feed: Webcam | Held, rate: float, frames: int, watch: Stopwatch) -> None:
        self.size = feed.size
        self.rate = rate
        self.missed = 0
        self._feed = feed
        self._watch = watch
        self._interval = round(1e9 / rate)
        self._frames = frames
        self._next = 0
        self._start = time.monotonic_ns() + self._interval

    def read(self, timeout: float) -> Frame | None:
        now = (time.monotonic_ns() - self._start) // self._interval
        index = min(self._frames, max(self._next, now))
        self.missed += index - self._next
        self._next = index + 1
        if index >= self._frames:
            raise EndOfSource
        due = self._start + index * self._interval
        time.sleep(max(0, due - time.monotonic_ns()) / 1e9)
        with self._watch.stage("decode"):
            frame = self._feed.read()
        return replace(frame, index=index, captured_at=due)

    def close(self) -> None:
        """The feed outlives this camera."""


class Meter:
    """A sink that copies each frame, as a device takes it, and notes how late it came.

    late  ns from capture to here, frame by frame
    """

    name = "meter"

    def __init__(self, size: Size) -> None:
        self.late: list[int] = []
        self._taken: Plane = np.empty((size.height * 3 // 2, size.width), np.uint8)

    def send(self, composed: Composed) -> None:
        np.copyto(self._taken, composed.data)
        self.late.append(time.monotonic_ns() - composed.captured_at)

    def close(self) -> None:
        """Nothing is held open."""
