"""Formats of video: what is offered, what was agreed on, and where its planes lie in memory."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

from ..frame import Colour, Matrix, Range, Size
from .pod import Choose, Property, choice, fraction, identity, integer, properties, rectangle, thing
from .structs import DMA_BUF, HEADER, MEM_FD, MEM_POINTER, MetaHeader

ENUM_FORMAT, FORMAT, BUFFERS, META = 3, 4, 5, 6  # SPA_PARAM_...
OBJECT_FORMAT, OBJECT_BUFFERS, OBJECT_META = 0x40003, 0x40004, 0x40005  # SPA_TYPE_OBJECT_...
VIDEO, RAW, MJPG = 2, 1, 0x20002  # SPA_MEDIA_TYPE_..., SPA_MEDIA_SUBTYPE_...
LIMITED_RANGE, FULL_RANGE = 2, 1  # SPA_VIDEO_COLOR_RANGE_...
BT601, BT709 = 4, 3  # SPA_VIDEO_COLOR_MATRIX_...
ALIGNED = 4  # bytes that rows are filled up to: as GStreamer does, whatever the sender says of its rows


class Key(IntEnum):
    """SPA_FORMAT_..., and those of buffers and their metadata."""

    MEDIA_TYPE = 1
    MEDIA_SUBTYPE = 2
    LAYOUT = 0x20001
    SIZE = 0x20003
    RATE = 0x20004
    RANGE = 0x2000C
    MATRIX = 0x2000D
    BUFFER_COUNT = 1
    BUFFER_BLOCKS = 2
    BUFFER_SIZE = 3
    BUFFER_STRIDE = 4
    BUFFER_TYPES = 6
    META_TYPE = 1
    META_SIZE = 2


class Layout(IntEnum):
    """SPA_VIDEO_FORMAT_...: what we send and read."""

    I420 = 2
    YUY2 = 4
    UYVY = 5
    NV12 = 23


OFFERED = (Layout.I420, Layout.NV12, Layout.YUY2)  # the cheapest first


@dataclass(frozen=True, slots=True)
class Format:
    """What both sides agreed on. layout: None for Motion JPEG."""

    layout: Layout | None
    size: Size
    rate: float
    colour: Colour

    @property
    def pitch(self) -> int:
        """Bytes from row to row (of luma, where planes are apart)."""
        width = 2 * self.size.width if self._packed else self.size.width
        return -(-width // ALIGNED) * ALIGNED

    @property
    def memory(self) -> int:
        """Bytes of a picture."""
        return self.pitch * (self.size.height if self._packed else self.size.height * 3 // 2)

    @property
    def _packed(self) -> bool:
        return self.layout in (Layout.YUY2, Layout.UYVY)


def offered(size: Size, rate: float, colour: Colour) -> list[bytes]:
    """The formats that we send in. Whoever knows nothing of colour leaves it out, which is no refusal."""
    layouts = [layout for layout in OFFERED if layout is not Layout.I420 or clear(size)]
    return [described(layout, size, rate, colour) for layout in layouts]


def clear(size: Size) -> bool:
    """Whether all agree on I420: elsewhere chroma's rows are half of luma's to some, filled up to others."""
    return size.width % (2 * ALIGNED) == 0


def described(layout: Layout | None, size: Size, rate: float, colour: Colour | None = None) -> bytes:
    """One format; layout None: Motion JPEG. rate 0: any."""
    fields: dict[int, bytes] = {
        Key.MEDIA_TYPE: identity(VIDEO),
        Key.MEDIA_SUBTYPE: identity(RAW if layout else MJPG),
    }
    if layout:
        fields[Key.LAYOUT] = identity(layout)
    fields[Key.SIZE] = rectangle(size)
    if rate:
        fields[Key.RATE] = fraction(Fraction(rate).limit_denominator(1001))
    if colour:
        fields[Key.RANGE] = identity(LIMITED_RANGE if colour.range is Range.LIMITED else FULL_RANGE)
        fields[Key.MATRIX] = identity(BT601 if colour.matrix is Matrix.BT601 else BT709)
    return thing(OBJECT_FORMAT, ENUM_FORMAT, fields)


def agreed(pod: bytes) -> Format | None:
    """Read a format; None where it is not one of ours."""
    told = properties(pod)
    kind, size, rate = (_first(told.get(key)) for key in (Key.MEDIA_SUBTYPE, Key.SIZE, Key.RATE))
    named = _first(told.get(Key.LAYOUT))
    layout = next((each for each in Layout if each == named), None)
    if not isinstance(size, Size) or kind not in (RAW, MJPG) or (kind == RAW and not layout):
        return None
    full = kind == MJPG or _first(told.get(Key.RANGE)) == FULL_RANGE
    hd = _first(told.get(Key.MATRIX)) == BT709
    return Format(
        layout if kind == RAW else None,
        size,
        float(rate) if isinstance(rate, Fraction) else 0.0,
        Colour(Range.FULL if full else Range.LIMITED, Matrix.BT709 if hd else Matrix.BT601),
    )


def _first(told: Property | None) -> object:
    return told.values[0] if told else None


def buffers(format: Format, count: int = 4) -> list[bytes]:
    """How a sender wants its buffers: memory that can be passed on, with the time of each picture."""
    wanted: dict[int, bytes] = {
        Key.BUFFER_COUNT: choice(Choose.RANGE, *map(integer, (count, 2, 8))),
        Key.BUFFER_BLOCKS: integer(1),
        Key.BUFFER_SIZE: integer(format.memory),
        Key.BUFFER_STRIDE: integer(format.pitch),
        Key.BUFFER_TYPES: choice(Choose.FLAGS, integer(MEM_FD)),
    }
    return [thing(OBJECT_BUFFERS, BUFFERS, wanted), times()]


def received() -> list[bytes]:
    """How a reader wants its buffers: in memory that it can look into."""
    kinds = choice(Choose.FLAGS, integer(MEM_FD | MEM_POINTER | DMA_BUF))
    return [thing(OBJECT_BUFFERS, BUFFERS, {Key.BUFFER_TYPES: kinds}), times()]


def times() -> bytes:
    """The wish that buffers say when their pictures were taken."""
    size = ctypes.sizeof(MetaHeader)
    return thing(OBJECT_META, META, {Key.META_TYPE: identity(HEADER), Key.META_SIZE: integer(size)})
