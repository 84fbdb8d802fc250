"""Who watches a virtual camera, on Linux: asked of the kernel, which no program has to help with.

v4l2loopback 0.13 and later tell when streaming starts and ends. Older ones do not; there, whoever has
the device open counts. The numbers are those of linux/videodev2.h, v4l2loopback.c and linux/inotify.h.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from ..errors import NoVirtualCamera, VirtualCameraDenied

SUBSCRIBE_EVENT, DQEVENT = 0x4020565A, 0x80885659
CLIENT_USAGE = 0x08000000 + 0x08E00000 + 1  # v4l2loopback's own event
SEND_INITIAL = 1  # one event at once: those who stream already
EVENT_BYTES, COUNT_AT = 136, 8  # struct v4l2_event; where its count lies

OPENED, CLOSED = 0x20, 0x18  # IN_OPEN; IN_CLOSE_WRITE | IN_CLOSE_NOWRITE
GONE = 0x8000  # IN_IGNORED: the node was deleted, nothing more will be told
INOTIFY_HEAD = struct.Struct("iIII")  # watch, mask, cookie, length of the name that follows


class Watchers(Protocol):
    """Those who watch one device.

    fd      says that something changed: readable, or with exceptional data, as select(2) calls it
    settle  s they must stay to count: a program that lists cameras opens and closes each
    """

    fd: int
    settle: float

    def present(self) -> bool:
        """Whether anybody watches; ask again when `fd` says so."""
        ...

    def streaming(self) -> bool:
        """Whether one of those who are present is seen to take pictures: it need not settle."""
        ...

    def close(self) -> None: ...


def watchers_of(device: str) -> Watchers:
    """The best that the loaded module offers. Raises VirtualCameraDenied or NoVirtualCamera."""
    try:
        return Streams(device)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTTY):
            raise unreachable(device, error) from None
    try:
        return Openings(device)
    except OSError as error:
        raise unreachable(device, error) from None


def unreachable(device: str, error: OSError) -> NoVirtualCamera | VirtualCameraDenied:
    if isinstance(error, PermissionError):
        return VirtualCameraDenied(device)
    return NoVirtualCamera(f"{device} cannot be watched: {error.strerror}")


class Streams:
    """Programs that stream from the device, as v4l2loopback 0.13 and later count them."""

    settle = 0.0  # asking a device what it can do is no streaming

    def __init__(self, device: str) -> None:
        self._count = 0
        self.fd = os.open(device, os.O_RDWR | os.O_NONBLOCK)
        try:
            fcntl.ioctl(self.fd, SUBSCRIBE_EVENT, struct.pack("3I20x", CLIENT_USAGE, 0, SEND_INITIAL))
        except OSError:
            os.close(self.fd)
            raise

    def present(self) -> bool:
        event = bytearray(EVENT_BYTES)
        with suppress(OSError):  # ENOENT: no further event
            while True:
                fcntl.ioctl(self.fd, DQEVENT, event)
                (self._count,) = struct.unpack_from("I", event, COUNT_AT)
        return self._count > 0

    def streaming(self) -> bool:
        return self._count > 0

    def close(self) -> None:
        os.close(self.fd)


class Openings:
    """Other processes that have the device open: inotify says when to look, /proc who is there.

    Who has the device's buffers mapped into memory takes pictures; a program that lists cameras maps none.

    inotify merges equal events, so counting them goes wrong; but when the last one was an opening,
    somebody is in there, be it a program of another user, which /proc does not show. A node that was
    deleted counts as watched: whoever makes it anew must not find the webcam off for good.
    """

    settle = 0.3  # an enumeration lasts some 60 ms

    def __init__(self, device: str) -> None:
        self._device = os.path.realpath(device)
        self._just_opened = False
        self._gone = False
        self._holders: list[Path] = []
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = checked(libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        checked(libc.inotify_add_watch(self.fd, os.fsencode(device), OPENED | CLOSED))

    def present(self) -> bool:
        for mask in self._events():
            self._just_opened = bool(mask & OPENED)
            self._gone = self._gone or bool(mask & GONE)
        self._holders = list(holders(self._device))
        return self._gone or self._just_opened or bool(self._holders)

    def streaming(self) -> bool:
        return any(maps(process, self._device) for process in self._holders)

    def close(self) -> None:
        os.close(self.fd)

    def _events(self) -> Iterator[int]:
        """The masks of what happened since the last look."""
        with suppress(BlockingIOError):  # no further event
            while batch := os.read(self.fd, 4096):
                at = 0
                while at < len(batch):
                    _, mask, _, name = INOTIFY_HEAD.unpack_from(batch, at)
                    at += INOTIFY_HEAD.size + name
                    yield mask


def checked(result: int) -> int:
    """What a call into the C library gave, or its error."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def holders(device: str, root: Path = Path("/")) -> Iterator[Path]:
    """Folders in /proc of other processes of this user (of all users, for root) that have it open."""
    for process in (root / "proc").glob("[0-9]*"):
        if process.name != str(os.getpid()) and holds(process, device):
            yield process


def holds(process: Path, device: str) -> bool:
    """Whether it has the device open; no if it ended, or is none of ours."""
    with suppress(OSError):
        for fd in os.listdir(process / "fd"):
            with suppress(OSError):  # closed since
                if os.readlink(process / "fd" / fd) == device:
                    return True
    return False


def maps(process: Path, device: str) -> bool:
    """Whether some of the device is in its memory, as buffers for pictures are; no if it ended."""
    with suppress(OSError):
        return any(line.endswith(f" {device}") for line in (process / "maps").read_text().splitlines())
    return False
