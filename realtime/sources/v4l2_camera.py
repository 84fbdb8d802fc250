"""Webcams on Linux.

Read from the kernel and not through OpenCV, whose read blocks for 10 s when a webcam stalls, hands out
queued pictures, decodes to BGR, loses the time of capture, and cannot say why a webcam does not open.
"""

from __future__ import annotations

import errno
import logging
import re
import socket
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ..errors import (
    CameraBusy,
    CameraDenied,
    CameraFailed,
    CameraLacks,
    CameraLost,
    EndOfSource,
    NoSuchCamera,
    SourceError,
)
from ..frame import Frame, Size
from .decoded import even
from .unpack import Coded, unpacker
from .v4l2_device import Device, Picture
from .webcam import USUAL_RATE, Webcam, candidates, choose, identity_of, kind_of

log = logging.getLogger(__name__)


class V4L2Camera:
    """A webcam, in the mode that suits best.

    size, rate  None takes the usual ones, or what the camera has near them

    bad       damaged pictures so far, none of which was given
    identity  opens the same camera after it was plugged in again, whatever its number is then
    """

    live = True

    def __init__(self, path: str, *, size: Size | None = None, rate: float | None = None) -> None:
        self.bad = 0
        self._path = path
        self._index = -1
        self._first: int | None = None  # the camera's own number of our picture 0
        self._closing = False
        self._lock = threading.Lock()
        self._bell, self._ears = socket.socketpair()
        self._device: Device | None = None
        try:
            with explained(path, opening=True):
                self._device = Device(path)
                self._start(self._device, size, rate or USUAL_RATE)
        except SourceError:
            self.close()
            raise

    def _start(self, device: Device, size: Size | None, rate: float) -> None:
        if not device.captures:
            if device.multiplanar:
                raise CameraFailed(self._path, "its pictures come in several buffers each (multiplanar)")
            raise NoSuchCamera(self._path, names())
        mode = choose(self._path, device.modes(size), size, rate)
        pixels = device.set_format(mode.layout, mode.size)
        got, layout = Size(pixels.width, pixels.height), pixels.fourcc.decode(errors="replace")
        if size and got != size:
            raise CameraLacks(self._path, str(size), [str(got)])
        try:
            self._unpack = unpacker(pixels)
        except ValueError as error:
            raise CameraFailed(self._path, str(error)) from error
        self.rate = device.set_rate(rate) or max(mode.rates, default=rate)
        self.size = even(*got)
        self.name = f"{self._path} ({device.card}) {got}@{self.rate:g} {layout}"
        self.identity = identity_of(device.card, device.bus, device.node)
        device.start()

    def read(self, timeout: float) -> Frame | None:
        """The newest picture; those that nobody read in time are passed over and leave a gap."""
        until = time.monotonic() + timeout
        with self._lock, explained(self._path):
            device = self._device
            while device and not self._closing and device.wait(until - time.monotonic(), self._ears):
                if frame := self._latest(device):
                    return frame
            if device is None or self._closing:
                raise EndOfSource
            return None

    def close(self) -> None:
        """Let go of the camera; a read in progress ends at once."""
        if not self._closing:
            self._closing = True
            self._bell.send(b"!")
        with self._lock:
            if self._device:
                self._device.close()
                self._device = None
            self._bell.close()
            self._ears.close()

    def _latest(self, device: Device) -> Frame | None:
        """Of the newest picture; where each needs the one before, all are decoded up to it."""
        ordered = isinstance(self._unpack, Coded)
        latest: Frame | None = None
        while picture := device.take(newest=not ordered):
            latest = self._frame(device, picture) or latest
            if not ordered:
                break
        return latest

    def _frame(self, device: Device, picture: Picture) -> Frame | None:
        """The picture as a frame; None when it is damaged."""
        now = time.monotonic_ns()
        unpacked = None if picture.broken else self._unpack(device.content(picture))
        device.give_back(picture)
        if self._first is None:
            self._first = picture.sequence
        self._index = max(self._index + 1, picture.sequence - self._first)
        if unpacked is None:
            self.bad += 1
            log.debug("%s gave a damaged picture, the %d. so far", self._path, self.bad)
            return None
        planes, colour = unpacked
        stamp = now if picture.stamp is None else min(picture.stamp, now)
        return Frame(planes, self._index, stamp, colour)


@contextmanager
def explained(path: str, *, opening: bool = False) -> Generator[None]:
    """Turn what the kernel says inside into what a user can put right."""
    try:
        yield
    except OSError as error:
        raise explain(path, error, opening=opening) from error


def explain(path: str, error: OSError, *, opening: bool) -> SourceError:
    """The kernel's error number in words."""
    match error.errno:
        case errno.ENOENT | errno.ENODEV | errno.ENXIO if opening:
            return NoSuchCamera(path, names())
        case errno.ENODEV | errno.ENXIO | errno.EIO if not opening:
            return CameraLost(path)
        case errno.EBUSY:
            return CameraBusy(path)
        case errno.EACCES | errno.EPERM:
            return CameraDenied(path)
        case errno.ENOSPC:
            return CameraFailed(path, "the USB bus has no room for it; a smaller --size may fit")
        case _:
            return CameraFailed(path, (error.strerror or str(error)).lower())


def webcams(*, modes: bool = True) -> Iterator[Webcam]:
    """All that are plugged in, in the order of their numbers; without their modes it is quicker."""
    for node in nodes():
        try:
            with closing(Device(str(node))) as device:
                if device.captures:
                    yield described(device, modes=modes)
        except PermissionError:
            yield Webcam(str(node), "", str(node), problem="no permission to open it")
        except OSError as error:
            log.debug("%s: %s", node, error)


def nodes(folder: Path = Path("/dev")) -> list[Path]:
    """In the order of their numbers; a name of one's own, such as video0_front, leads to one of these."""
    numbers = ((re.fullmatch(r"video(\d+)", node.name), node) for node in folder.glob("video*"))
    return [node for _, node in sorted((int(number[1]), node) for number, node in numbers if number)]


def described(device: Device, *, modes: bool) -> Webcam:
    return Webcam(
        device.path,
        device.card,
        identity_of(device.card, device.bus, device.node),
        tuple(device.modes()) if modes else (),
        kind=kind_of(device.card, device.layouts, virtual=device.virtual),
    )


def names() -> list[str]:
    """Of all that are plugged in, for messages."""
    return [str(webcam) for webcam in webcams(modes=False)]


def find(name: str) -> str:
    """The path of the camera that is meant by 0, video0, a path, an identity, or part of its name.

    Raises NoSuchCamera.
    """
    if number := re.fullmatch(r"(?:video)?(\d+)", name):
        return f"/dev/video{int(number[1])}"
    if name.startswith("/dev/"):
        return name
    there_are = list(webcams(modes=False))
    meant = candidates(name, there_are)
    if not meant:
        raise NoSuchCamera(name, [str(webcam) for webcam in there_are])
    return meant[0].path
