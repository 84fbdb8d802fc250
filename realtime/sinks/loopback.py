"""The devices of v4l2loopback, the kernel module behind virtual cameras on Linux.

The numbers are those of linux/videodev2.h on 64-bit machines. Versions before 0.13 count as producer
only who said STREAMON: they would take no second producer after one that only wrote.
"""

from __future__ import annotations

import fcntl
import os
import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import NoVirtualCamera, VirtualCameraDenied, VirtualCameraTaken

DRIVER = b"v4l2 loopback"
CAPTURE, OUTPUT = 1, 2  # capability bits, and types of buffers too

QUERYCAP = 0x80685600
STREAMON = 0x40045612


@dataclass(frozen=True, slots=True)
class Loopback:
    """A virtual camera device.

    label      the name that programs list it by
    free       whether it takes a producer now
    exclusive  whether it is a camera only while a producer sends, without which browsers do not list it
    """

    path: str
    label: str
    free: bool
    exclusive: bool


def loopbacks() -> Iterator[Loopback]:
    """All that this user may open, in the order of their numbers."""
    nodes = Path("/sys/class/video4linux").glob("video*")
    for node in sorted(nodes, key=lambda node: int(node.name.removeprefix("video"))):
        try:
            yield look(f"/dev/{node.name}")
        except (NoVirtualCamera, VirtualCameraDenied):
            continue


def look(path: str) -> Loopback:
    """The device at `path`, set free if its last producer left it stuck.

    Raises NoVirtualCamera or VirtualCameraDenied.
    """
    fd = open_device(path)
    try:
        driver, label, capabilities = _capabilities(path, fd)
        if not driver.startswith(DRIVER):
            raise NoVirtualCamera(f"{path} is {label}, not a v4l2loopback device")
        if not capabilities & (CAPTURE | OUTPUT):
            say_streaming(fd)
    finally:
        os.close(fd)
    exclusive = not (capabilities & CAPTURE and capabilities & OUTPUT)
    return Loopback(path, label, free=not capabilities & CAPTURE or not exclusive, exclusive=exclusive)


def choose(path: str | None) -> Loopback:
    """The device at `path`, or the first free one."""
    if path is not None:
        device = look(path)
        if not device.free:
            raise VirtualCameraTaken(path, "another program sends to it")
        return device
    devices = list(loopbacks())
    free = next((device for device in devices if device.free), None)
    if free is None and devices:
        raise VirtualCameraTaken(devices[0].path, "another program sends to it")
    if free is None:
        raise NoVirtualCamera("no v4l2loopback device was found")
    return free


def open_device(path: str) -> int:
    """Its file descriptor, to read and write. Raises NoVirtualCamera or VirtualCameraDenied."""
    try:
        return os.open(path, os.O_RDWR)
    except FileNotFoundError as error:
        raise NoVirtualCamera(f"{path} does not exist") from error
    except PermissionError as error:
        raise VirtualCameraDenied(path) from error
    except OSError as error:
        raise NoVirtualCamera(f"{path} cannot be opened: {error.strerror}") from error


def _capabilities(path: str, fd: int) -> tuple[bytes, str, int]:
    answer = bytearray(104)
    try:
        fcntl.ioctl(fd, QUERYCAP, answer)
    except OSError as error:
        raise NoVirtualCamera(f"{path} is not a video device") from error
    driver, label = struct.unpack_from("16s32s", answer)
    return driver, label.rstrip(b"\0").decode(errors="replace"), struct.unpack_from("I", answer, 88)[0]


def say_streaming(fd: int) -> None:
    """Be the producer until `fd` is closed. From 0.13 on it needs no such help: who writes first is."""
    if _version() < (0, 13):
        with suppress(OSError):  # another producer is; writing will say so
            fcntl.ioctl(fd, STREAMON, struct.pack("I", OUTPUT))


def _version() -> tuple[int, ...]:
    """Of the loaded module; () when it does not say."""
    version = Path("/sys/module/v4l2loopback/version")
    told = version.read_text("ascii") if version.is_file() else ""
    return tuple(map(int, re.findall(r"\d+", told)))
