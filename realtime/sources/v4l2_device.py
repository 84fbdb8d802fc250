"""One Video4Linux device: what it offers, and its newest picture. Everything here raises OSError."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
import select
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..frame import Plane, Size
from .v4l2 import (
    CAPTURE,
    DISCRETE,
    DQBUF,
    ENUM_FMT,
    ENUM_FRAMEINTERVALS,
    ENUM_FRAMESIZES,
    G_FMT,
    HAS_DEVICE_CAPABILITIES,
    MMAP,
    MULTIPLANAR,
    PROGRESSIVE,
    QBUF,
    QUERYBUF,
    QUERYCAP,
    REQBUFS,
    S_FMT,
    S_PARM,
    STREAMOFF,
    STREAMON,
    Argument,
    Buffer,
    BufferRequest,
    Capability,
    Format,
    FormatDescription,
    FrameInterval,
    FrameSize,
    Parameters,
    PixelFormat,
)
from .webcam import Mode

SYSTEM = Path("/sys/class/video4linux")
LOOPBACK = b"v4l2 loopback"  # the driver's name
BUFFERS = 4  # that the driver fills in turn; fewer make some webcams stutter
USUAL_SIZES = (  # of which those are listed that a device with continuous sizes can do
    Size(320, 180), Size(320, 240), Size(640, 360), Size(640, 480), Size(800, 600),
    Size(960, 540), Size(1280, 720), Size(1920, 1080), Size(2560, 1440), Size(3840, 2160),
)  # fmt: skip
USUAL_RATES = (60.0, 50.0, 30.0, 25.0, 24.0, 20.0, 15.0, 10.0, 5.0)


class Picture(NamedTuple):
    """A filled buffer, ours until `give_back`.

    stamp     monotonic ns, None when the driver uses another clock
    sequence  counts all pictures that the camera took; some drivers leave it 0
    broken    by the driver's own account
    """

    stamp: int | None
    sequence: int
    broken: bool
    buffer: Buffer


class Device:
    """An open camera; `start` once, then `wait` and `take` by one thread.

    card      the name people know it by; bus  the socket it sits in: both survive a new number
    captures  whether it gives pictures at all (webcams have nodes that give metadata only)
    multiplanar  it gives them, but each in several buffers
    virtual  the pictures come from a program
    node     tells it from the others of the same device: the USB interface, a number where that has several
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._memory: list[mmap.mmap] = []
        try:
            capability = Capability()
            self._ask(QUERYCAP, capability)
        except OSError as error:  # something else than a video device
            os.close(self._fd)
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV)) from error
        self.card = capability.card.decode(errors="replace")
        self.bus = capability.bus_info.decode(errors="replace")
        bits = capability.capabilities
        bits = capability.device_caps if bits & HAS_DEVICE_CAPABILITIES else bits
        self.captures = bool(bits & CAPTURE)
        self.multiplanar = bool(bits & MULTIPLANAR) and not self.captures
        system = SYSTEM / Path(os.path.realpath(path)).name
        self.virtual = capability.driver == LOOPBACK or "virtual" in system.resolve().parts
        self.node = node_of(system)

    def close(self) -> None:
        """Stop and release at once: each mapping holds the device open, too."""
        if self._memory:
            with suppress(OSError):  # unplugged: nothing streams
                self._ask(STREAMOFF, ctypes.c_int(CAPTURE))
        for memory in self._memory:
            memory.close()
        self._memory.clear()
        os.close(self._fd)

    def modes(self, wanted: Size | None = None) -> list[Mode]:
        """All it offers, in the driver's order; of continuous sizes the usual ones, and `wanted`."""
        likely = (*USUAL_SIZES, wanted) if wanted else USUAL_SIZES
        return [
            Mode(fourcc.decode(errors="replace"), size, tuple(self._rates(fourcc, size)))
            for fourcc in self._fourccs()
            for size in self._sizes(fourcc, likely)
        ]

    def set_format(self, layout: str, size: Size) -> PixelFormat:
        """Ask for a layout and size; returns what was really got."""
        wanted = Format(type=CAPTURE)
        pixels = wanted.body.pixels
        pixels.width, pixels.height, pixels.fourcc, pixels.field = *size, layout.encode(), PROGRESSIVE
        self._ask(S_FMT, wanted)
        return wanted.body.pixels

    def set_rate(self, rate: float) -> float | None:
        """Ask for frames per second; returns what was really got, None when the driver does not say."""
        interval = 1 / Fraction(rate).limit_denominator(1001)
        wanted = Parameters(type=CAPTURE, seconds=interval.numerator, frames=interval.denominator)
        try:
            self._ask(S_PARM, wanted)
        except OSError as error:
            if error.errno not in (errno.ENOTTY, errno.EINVAL):
                raise
            return None
        return wanted.frames / wanted.seconds if wanted.frames and wanted.seconds else None

    def start(self) -> None:
        """Let the driver fill buffers."""
        wanted = BufferRequest(count=BUFFERS, type=CAPTURE, memory=MMAP)
        self._ask(REQBUFS, wanted)
        for index in range(wanted.count):
            buffer = Buffer(index=index, type=CAPTURE, memory=MMAP)
            self._ask(QUERYBUF, buffer)
            self._memory.append(mmap.mmap(self._fd, buffer.length, offset=buffer.place.offset))
            self._ask(QBUF, buffer)
        self._ask(STREAMON, ctypes.c_int(CAPTURE))

    def wait(self, timeout: float, bell: socket.socket) -> bool:
        """Whether a picture came within `timeout` s, or the bell rang."""
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        poll.register(bell, select.POLLIN)
        events = dict(poll.poll(max(0, round(timeout * 1000))))
        if events.get(self._fd, 0) & (select.POLLERR | select.POLLHUP | select.POLLNVAL):
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return bool(events)

    @property
    def layouts(self) -> list[str]:
        """All that it offers."""
        return [fourcc.decode(errors="replace") for fourcc in self._fourccs()]

    def take(self, *, newest: bool = True) -> Picture | None:
        """The newest picture, older ones given back unseen, or else the next; None when there is none."""
        if not newest:
            return picture_in(self._dequeue())
        return picture_in(self._newest())

    def _newest(self) -> Buffer | None:
        newest = self._dequeue()
        while newest and (newer := self._dequeue()):
            self._ask(QBUF, newest)
            newest = newer
        return newest

    def content(self, picture: Picture) -> Plane:
        """(bytes,) uint8: the driver's own memory. Let go of it before `give_back`."""
        used = min(picture.buffer.used, picture.buffer.length)
        return np.frombuffer(self._memory[picture.buffer.index], np.uint8, used)

    def give_back(self, picture: Picture) -> None:
        """The driver may fill its buffer again."""
        self._ask(QBUF, picture.buffer)

    def _dequeue(self) -> Buffer | None:
        buffer = Buffer(type=CAPTURE, memory=MMAP)
        try:
            self._ask(DQBUF, buffer)
        except BlockingIOError:
            return None
        return buffer

    def _fourccs(self) -> Iterator[bytes]:
        description = FormatDescription(type=CAPTURE)
        while self._lists(ENUM_FMT, description):
            yield description.fourcc
            description.index += 1

    def _sizes(self, fourcc: bytes, likely: Iterable[Size]) -> Iterator[Size]:
        offer = FrameSize(fourcc=fourcc)
        while self._lists(ENUM_FRAMESIZES, offer):
            width, height, *_ = offer.numbers
            if offer.type != DISCRETE:
                yield from within(offer.numbers, likely)
                return
            yield Size(width, height)
            offer.index += 1
        if not offer.index:  # an old driver: it has the size it has
            now = Format(type=CAPTURE)
            self._ask(G_FMT, now)
            yield Size(now.body.pixels.width, now.body.pixels.height)

    def _rates(self, fourcc: bytes, size: Size) -> Iterator[float]:
        offer = FrameInterval(fourcc=fourcc, width=size.width, height=size.height)
        while self._lists(ENUM_FRAMEINTERVALS, offer):
            shortest, per, longest, per_longest, *_ = offer.numbers
            if offer.type != DISCRETE:
                slowest, fastest = per_longest / max(1, longest), per / max(1, shortest)
                yield from (rate for rate in USUAL_RATES if slowest <= rate <= fastest)
                return
            yield per / max(1, shortest)
            offer.index += 1

    def _lists(self, code: int, item: ctypes.Structure) -> bool:
        """Fill in the item with its index; False after the last."""
        try:
            self._ask(code, item)
        except OSError as error:
            if error.errno == errno.ENODEV:
                raise
            return False
        return True

    def _ask(self, code: int, argument: Argument) -> None:
        fcntl.ioctl(self._fd, code, argument)


def picture_in(buffer: Buffer | None) -> Picture | None:
    return Picture(buffer.stamp, buffer.sequence, buffer.broken, buffer) if buffer else None


def node_of(system: Path) -> str:
    """1.0 of /sys/class/video4linux/video0, whose device is 1-8:1.0; 1.0/1 for a second of that interface."""
    interface = (system / "device").resolve().name.partition(":")[2]
    try:
        index = (system / "index").read_text().strip()
    except OSError:
        index = "0"
    return interface if index == "0" else f"{interface}/{index}"


def within(numbers: ctypes.Array[ctypes.c_uint32], sizes: Iterable[Size]) -> Iterator[Size]:
    """Those sizes that lie between the least and the most, on the steps."""
    left, right, step, top, bottom, step_down = numbers
    widths, heights = range(left, right + 1, step or 1), range(top, bottom + 1, step_down or 1)
    yield from (size for size in sizes if size.width in widths and size.height in heights)
