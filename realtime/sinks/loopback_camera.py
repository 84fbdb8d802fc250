"""v4l2loopback as a virtual camera: frames go to the device as they are, I420."""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import struct
from contextlib import suppress

from ..errors import NoVirtualCamera, SinkError, VirtualCameraTaken
from ..frame import Plane, Size
from .loopback import OUTPUT, open_device, say_streaming

MMAP = 1
I420_FOURCC = b"YU12"
PROGRESSIVE, SRGB = 1, 8  # V4L2_FIELD_NONE, V4L2_COLORSPACE_SRGB: as nearly all webcams say

G_FMT = 0xC0D05604
S_FMT = 0xC0D05605
REQBUFS = 0xC0145608
QUERYBUF = 0xC0585609
S_PARM = 0xC0CC5616
S_CTRL = 0xC008561C

TIMEOUT = 0x0098F902  # ms until readers get the time-out picture
TIMEOUT_IMAGE_IO = 0x0098F903  # whoever opens next maps the time-out picture


class LoopbackCamera:
    """Sends to a v4l2loopback device, which must be free.

    rate  frames per second, as consumers are told; the module paces nobody

    The device is free again the moment this process ends, however it ends, and `placeholder` is then
    shown once a second to those who still watch.
    """

    def __init__(self, path: str, size: Size, rate: float, placeholder: Plane) -> None:
        self.device = path
        self._fd = open_device(path)
        try:
            _set_format(path, self._fd, size)
            self._watch = Watch(path, size, rate, placeholder)
        except SinkError:
            os.close(self._fd)
            raise

    def send(self, picture: Plane) -> None:
        """(3H/2, W) I420. Raises SinkError where the device takes no more."""
        try:
            os.write(self._fd, picture.data)
        except OSError as error:
            raise _refusal(self.device, error) from error

    def close(self) -> None:
        """Give the device back."""
        self._watch.close()
        os.close(self._fd)


class Watch:
    """What we keep on a device while we send to it: its rate and its placeholder.

    It has the device open a second time, for the module wants the placeholder from whoever does not send, and
    marks us as the producer, which versions before 0.13 do not see in what is written.
    """

    def __init__(self, path: str, size: Size, rate: float, placeholder: Plane) -> None:
        self._fd = open_device(path)
        try:
            _require(path, self._fd, size)
        except SinkError:
            os.close(self._fd)
            raise
        with suppress(OSError):  # readers learn no rate, and take frames as they come
            fcntl.ioctl(self._fd, S_PARM, struct.pack("IIIII184x", OUTPUT, 0, 0, 1000, round(1000 * rate)))
        with suppress(OSError):  # a module without placeholders; its readers see the last frame
            self._leave(path, placeholder)
        say_streaming(self._fd)

    def close(self) -> None:
        """Take the placeholder back: other producers may pause as they like."""
        with suppress(OSError):  # it is gone, and the placeholder with it
            self._control(TIMEOUT, 0)
        os.close(self._fd)

    def _leave(self, path: str, placeholder: Plane) -> None:
        """Put the placeholder where the module takes it from when no frame came for a second."""
        self._control(TIMEOUT, 1000)
        self._control(TIMEOUT_IMAGE_IO, 1)
        fd = open_device(path)
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


def _set_format(path: str, fd: int, size: Size) -> None:
    """Say what we shall write; the module may answer with what it was told before, see `_require`."""
    image = size.width * size.height * 3 // 2
    wanted = struct.pack("I4xII4sIIII172x", OUTPUT, *size, I420_FOURCC, PROGRESSIVE, size.width, image, SRGB)
    try:
        fcntl.ioctl(fd, S_FMT, bytearray(wanted))
    except OSError as error:
        raise _refusal(path, error) from error


def _require(path: str, fd: int, size: Size) -> None:
    """A device that somebody has open keeps the size and format it had."""
    got = bytearray(struct.pack("I204x", OUTPUT))
    fcntl.ioctl(fd, G_FMT, got)
    width, height, fourcc = struct.unpack_from("II4s", got, 8)
    if (width, height) != size:
        raise VirtualCameraTaken(path, f"a program that watches it holds it at {width}x{height}, not {size}")
    if fourcc != I420_FOURCC:
        raise VirtualCameraTaken(path, f"a program that watches it holds it at {fourcc.decode()}, not I420")


def _first_buffer(fd: int) -> tuple[int, int]:
    """Where to map it: offset and length, bytes."""
    fcntl.ioctl(fd, REQBUFS, struct.pack("IIII4x", 1, OUTPUT, MMAP, 0))
    answer = bytearray(struct.pack("II80x", 0, OUTPUT))
    fcntl.ioctl(fd, QUERYBUF, answer)
    offset, length = struct.unpack_from("I4xI", answer, 64)
    return offset, length


def _refusal(path: str, error: OSError) -> SinkError:
    """Busy is a device that a program watches at another size (0.13), or sends to (0.15)."""
    if error.errno == errno.EBUSY:
        return VirtualCameraTaken(
            path, "another program sends to it, or watches it in another size or format"
        )
    return NoVirtualCamera(f"{path} takes no pictures: {error.strerror}")
