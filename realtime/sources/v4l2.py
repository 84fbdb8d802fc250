"""Video4Linux's structures and requests, as far as reading cameras needs them.

After linux/videodev2.h; where a name there is an abbreviation, ours is the word.
"""

from __future__ import annotations

import ctypes
from ctypes import c_char, c_long, c_uint8, c_uint32, c_ulong

CAPTURE = 1  # V4L2_CAP_VIDEO_CAPTURE and V4L2_BUF_TYPE_VIDEO_CAPTURE alike
MULTIPLANAR = 0x1000  # V4L2_CAP_VIDEO_CAPTURE_MPLANE
HAS_DEVICE_CAPABILITIES = 0x80000000
MMAP = 1
PROGRESSIVE = 1
DISCRETE = 1
BROKEN = 0x40  # V4L2_BUF_FLAG_ERROR
CLOCK, MONOTONIC = 0xE000, 0x2000  # V4L2_BUF_FLAG_TIMESTAMP_...


class Capability(ctypes.Structure):
    _fields_ = (
        ("driver", c_char * 16),
        ("card", c_char * 32),
        ("bus_info", c_char * 32),
        ("version", c_uint32),
        ("capabilities", c_uint32),
        ("device_caps", c_uint32),
        ("reserved", c_uint32 * 3),
    )
    card: bytes
    bus_info: bytes
    capabilities: int
    device_caps: int


class FormatDescription(ctypes.Structure):
    _fields_ = (
        ("index", c_uint32),
        ("type", c_uint32),
        ("flags", c_uint32),
        ("description", c_char * 32),
        ("fourcc", c_char * 4),
        ("reserved", c_uint32 * 4),
    )
    fourcc: bytes


class PixelFormat(ctypes.Structure):
    """What the pictures in the buffers look like."""

    _fields_ = (
        ("width", c_uint32),
        ("height", c_uint32),
        ("fourcc", c_char * 4),
        ("field", c_uint32),
        ("pitch", c_uint32),
        ("image_size", c_uint32),
        ("colorspace", c_uint32),
        ("priv", c_uint32),
        ("flags", c_uint32),
        ("encoding", c_uint32),
        ("quantization", c_uint32),
        ("transfer", c_uint32),
    )
    width: int
    height: int
    fourcc: bytes
    pitch: int  # bytes from one row to the next
    image_size: int  # bytes
    colorspace: int
    encoding: int
    quantization: int


class FormatBody(ctypes.Union):
    _fields_ = (("pixels", PixelFormat), ("all", c_uint8 * 200), ("aligned", ctypes.c_void_p))
    pixels: PixelFormat


class Format(ctypes.Structure):
    _fields_ = (("type", c_uint32), ("body", FormatBody))
    body: FormatBody


class Parameters(ctypes.Structure):
    """v4l2_streamparm with its part for capture."""

    _fields_ = (
        ("type", c_uint32),
        ("capability", c_uint32),
        ("mode", c_uint32),
        ("seconds", c_uint32),
        ("frames", c_uint32),
        ("rest", c_uint8 * 184),
    )
    seconds: int  # per so many frames
    frames: int


class BufferRequest(ctypes.Structure):
    _fields_ = (
        ("count", c_uint32),
        ("type", c_uint32),
        ("memory", c_uint32),
        ("capabilities", c_uint32),
        ("flags", c_uint32),
    )
    count: int


class Place(ctypes.Union):
    _fields_ = (("offset", c_uint32), ("pointer", c_ulong))
    offset: int


class Buffer(ctypes.Structure):
    _fields_ = (
        ("index", c_uint32),
        ("type", c_uint32),
        ("used", c_uint32),
        ("flags", c_uint32),
        ("field", c_uint32),
        ("seconds", c_long),
        ("microseconds", c_long),
        ("timecode", c_uint32 * 4),
        ("sequence", c_uint32),
        ("memory", c_uint32),
        ("place", Place),
        ("length", c_uint32),
        ("reserved", c_uint32 * 2),
    )
    index: int
    used: int
    flags: int
    seconds: int
    microseconds: int
    sequence: int
    place: Place
    length: int

    @property
    def broken(self) -> bool:
        """Whether the driver knows that the picture is damaged."""
        return bool(self.flags & BROKEN) or not self.used

    @property
    def stamp(self) -> int | None:
        """When the picture was taken, monotonic ns; None when the driver uses another clock."""
        if self.flags & CLOCK != MONOTONIC:
            return None
        return self.seconds * 1_000_000_000 + self.microseconds * 1000


class FrameSize(ctypes.Structure):
    """Discrete: width and height. Else: least, most and step of the width, then of the height."""

    _fields_ = (
        ("index", c_uint32),
        ("fourcc", c_char * 4),
        ("type", c_uint32),
        ("numbers", c_uint32 * 6),
        ("reserved", c_uint32 * 2),
    )
    type: int
    numbers: ctypes.Array[c_uint32]


class FrameInterval(ctypes.Structure):
    """Discrete: one fraction of a second. Else: the shortest, the longest and the step."""

    _fields_ = (
        ("index", c_uint32),
        ("fourcc", c_char * 4),
        ("width", c_uint32),
        ("height", c_uint32),
        ("type", c_uint32),
        ("numbers", c_uint32 * 6),
        ("reserved", c_uint32 * 2),
    )
    type: int
    numbers: ctypes.Array[c_uint32]


Argument = ctypes.Structure | ctypes.c_int


def request(number: int, argument: type[Argument], *, reads: bool = True, writes: bool = True) -> int:
    """The code of an ioctl, from the kernel's _IOR, _IOW and _IOWR."""
    return (2 * reads + writes) << 30 | ctypes.sizeof(argument) << 16 | ord("V") << 8 | number


QUERYCAP = request(0, Capability, writes=False)
ENUM_FMT = request(2, FormatDescription)
G_FMT, S_FMT = request(4, Format), request(5, Format)
REQBUFS = request(8, BufferRequest)
QUERYBUF, QBUF, DQBUF = request(9, Buffer), request(15, Buffer), request(17, Buffer)
STREAMON, STREAMOFF = (request(n, ctypes.c_int, reads=False) for n in (18, 19))
G_PARM, S_PARM = request(21, Parameters), request(22, Parameters)
ENUM_FRAMESIZES = request(74, FrameSize)
ENUM_FRAMEINTERVALS = request(75, FrameInterval)
