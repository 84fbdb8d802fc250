"""The picture that flows through softfocus: I420 planes, their time and their colour."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]  # (H, W): one of Y, U, V, or an alpha
Halves = dict[int, Plane]  # of one plane: smaller ones, by how many times (scale.py)


class Size(NamedTuple):
    """Width and height, px; both even, since chroma has half of each."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Range(Enum):
    """Which codes stand for black and white (ITU-R BT.601: limited; JPEG: full)."""

    LIMITED = "limited"  # Y 16..235, U and V 16..240
    FULL = "full"  # 0..255


class Matrix(Enum):
    """Which weights turn RGB into YUV."""

    BT601 = "bt601"
    BT709 = "bt709"


class Colour(NamedTuple):
    """How to read the numbers in the planes.

    primaries, transfer  which red, green and blue, and how much light: ITU-T H.273's numbers. Nothing here
                         depends on them; recordings say them again
    """

    range: Range = Range.LIMITED
    matrix: Matrix = Matrix.BT601
    primaries: int = 1  # BT.709's, which are sRGB's, which webcams aim at
    transfer: int = 1

    @property
    def codes(self) -> tuple[Range, Matrix]:
        """What the arithmetic depends on."""
        return self.range, self.matrix


class Planes(NamedTuple):
    """y (H, W), u and v (H/2, W/2), uint8; rows may be strided, pixels of a row lie side by side."""

    y: Plane
    u: Plane
    v: Plane

    @property
    def size(self) -> Size:
        height, width = self.y.shape
        return Size(width, height)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture from a source. Whoever reads its planes may not write them.

    index        counts the source's frames from 0; a gap means frames were dropped
    captured_at  monotonic clock at capture, ns; for files the clip's own time
    halves       of each plane, as far as anybody asked for them
    """

    planes: Planes
    index: int
    captured_at: int
    colour: Colour
    halves: tuple[Halves, Halves, Halves] = field(
        default_factory=lambda: ({}, {}, {}), init=False, repr=False, compare=False
    )

    @property
    def size(self) -> Size:
        return self.planes.size

    @property
    def seconds(self) -> float:
        return self.captured_at * 1e-9


class I420:
    """A frame buffer of our own.

    data       (3H/2, W) uint8, contiguous: Y, then U, then V, as virtual cameras and files take it
    planes     views of the same memory
    read_only  the same two, for those who may only look
    alpha      (H, W) uint8, for pictures that are not opaque; made when it is first asked for
    """

    __slots__ = ("_alpha", "data", "planes", "read_only")

    def __init__(self, size: Size) -> None:
        width, height = size
        if width % 2 or height % 2:
            raise ValueError(f"I420 needs an even size, got {size}")
        self.data: Plane = np.empty((height * 3 // 2, width), np.uint8)
        self.planes = planes_of(self.data)
        sealed = self.data.view()
        sealed.flags.writeable = False
        self.read_only = (sealed, planes_of(sealed))
        self._alpha: Plane | None = None

    @property
    def alpha(self) -> Plane:
        if self._alpha is None:
            self._alpha = np.empty_like(self.planes.y)
        return self._alpha


def planes_of(data: Plane) -> Planes:
    """The three planes inside a contiguous (3H/2, W) I420 picture."""
    rows, width = data.shape
    height = rows * 2 // 3
    flat = data.reshape(-1)
    luma, chroma = width * height, width * height // 4
    half = (height // 2, width // 2)
    return Planes(
        flat[:luma].reshape(height, width),
        flat[luma : luma + chroma].reshape(half),
        flat[luma + chroma :].reshape(half),
    )
