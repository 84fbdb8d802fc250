"""v4l2loopback, the kernel module behind virtual cameras on Linux: what pyvirtualcam leaves to us.

The numbers are those of linux/videodev2.h on 64-bit machines. Versions before 0.13 count as producer
only who said STREAMON, which pyvirtualcam never does: they would take no second producer after it.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import NoVirtualCamera, SinkError, VirtualCameraDenied, VirtualCameraTaken
from ..frame import Plane, Size

DRIVER = b"v4l2 loopback"
CAPTURE, OUTPUT = 1, 2  # capability bits, and types of buffers too
MMAP = 1
I420_FOURCC = b"YU12"

QUERYCAP = 0x80685600
G_FMT = 0xC0D05604
REQBUFS = 0xC0145608
QUERYBUF = 0xC0585609
STREAMON = 0x40045612
S_PARM = 0xC0CC5616
S_CTRL = 0xC008561C

TIMEOUT = 0x0098F902  # ms until readers get the time-out picture
TIMEOUT_IMAGE_IO = 0x0098F903  # whoever opens next maps the time-out picture


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
    fd = _open(path)
    try:
        driver, label, capabilities = _capabilities(path, fd)
        if not driver.startswith(DRIVER):
            raise NoVirtualCamera(f"{path} is {label}, not a v4l2loopback device")
        if not capabilities & (CAPTURE | OUTPUT):
            _say_streaming(fd)
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


class Watch:
    """What we keep on a device while pyvirtualcam sends to it.

    rate  frames per second, as consumers are told; the module paces nobody

    It marks us as the producer, so that the device is free again the moment this process ends, however
    it ends, and leaves `placeholder` to be shown once a second to those who still watch then.
    """

    def __init__(self, path: str, size: Size, rate: float, placeholder: Plane) -> None:
        self._fd = _open(path)
        try:
            self._require(path, size)
        except SinkError:
            os.close(self._fd)
            raise
        with suppress(OSError):  # readers learn no rate, and take frames as they come
            fcntl.ioctl(self._fd, S_PARM, struct.pack("IIIII184x", OUTPUT, 0, 0, 1000, round(1000 * rate)))
        with suppress(OSError):  # a module without placeholders; its readers see the last frame
            self._leave(path, placeholder)
        _say_streaming(self._fd)

    def close(self) -> None:
        """Take the placeholder back: other producers may pause as they like."""
        with suppress(OSError):  # it is gone, and the placeholder with it
            self._control(TIMEOUT, 0)
        os.close(self._fd)

    def _require(self, path: str, size: Size) -> None:
        """A device that somebody has open keeps the size and format it had."""
        got = bytearray(struct.pack("I204x", OUTPUT))
        fcntl.ioctl(self._fd, G_FMT, got)
        width, height, fourcc = struct.unpack_from("II4s", got, 8)
        if (width, height) != size:
            raise VirtualCameraTaken(
                path, f"a program that watches it holds it at {width}x{height}, not {size}"
            )
        if fourcc != I420_FOURCC:
            raise VirtualCameraTaken(
                path, f"a program that watches it holds it at {fourcc.decode()}, not I420"
            )

    def _leave(self, path: str, placeholder: Plane) -> None:
        """Put the placeholder where the module takes it from when no frame came for a second."""
        self._control(TIMEOUT, 1000)
        self._control(TIMEOUT_IMAGE_IO, 1)
        fd = _open(path)
        try:
            offset, length = _first_buffer(fd)
            if not offset:  # a buffer of the stream: another program was quicker to open the device
                self._control(TIMEOUT, 0)
                return
            with mmap.mmap(fd, length, offset=offset) as image:
                image[: placeholder.nbytes] = placeholder.tobytes()
        finally:
            os.close(fd)

    def _control(self, control: int, value: int) -> None:
        """By way of 0: the kernel passes on changes only, and the module resets some by itself."""
        for step in (0, value):
            fcntl.ioctl(self._fd, S_CTRL, struct.pack("Ii", control, step))


def _first_buffer(fd: int) -> tuple[int, int]:
    """Where to map it: offset and length, bytes."""
    fcntl.ioctl(fd, REQBUFS, struct.pack("IIII4x", 1, OUTPUT, MMAP, 0))
    answer = bytearray(struct.pack("II80x", 0, OUTPUT))
    fcntl.ioctl(fd, QUERYBUF, answer)
    offset, length = struct.unpack_from("I4xI", answer, 64)
    return offset, length


def _open(path: str) -> int:
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


def _say_streaming(fd: int) -> None:
    """Be the producer until `fd` is closed. From 0.13 on it needs no such help: who writes first is."""
    if _version() < (0, 13):
        with suppress(OSError):  # another producer is; writing will say so
            fcntl.ioctl(fd, STREAMON, struct.pack("I", OUTPUT))


def _version() -> tuple[int, ...]:
    """Of the loaded module; () when it does not say."""
    version = Path("/sys/module/v4l2loopback/version")
    told = version.read_text("ascii") if version.is_file() else ""
    return tuple(map(int, re.findall(r"\d+", told)))
