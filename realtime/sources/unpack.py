"""What cameras put into a buffer, as planes."""

from __future__ import annotations

from typing import Literal, Protocol

import av
import cv2
import numpy as np
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from ..frame import Colour, Matrix, Plane, Planes, Range, Size, planes_of
from .decoded import PlaneReader, even, jpeg_decoder
from .jpeg.decoder import Decoder
from .lending import Lender
from .v4l2 import PixelFormat
from .webcam import GREY, LAYOUTS

PATIENCE = 8  # pictures in a row that only FFmpeg decodes, before it gets all of them
JFIF = Colour(Range.FULL, Matrix.BT601)
CHANNELS = {
    "YUYV": (0, 1, 3),
    "UYVY": (1, 0, 2),
    "YVYU": (0, 3, 1),
}  # where Y is in two bytes, U and V in four

JPEG, REC709, SMPTE240M, BT2020, DCI_P3 = 7, 3, 2, 10, 12  # V4L2_COLORSPACE_...
FULL_RANGE = 1  # V4L2_QUANTIZATION_...
ENCODINGS_709 = (2, 4, 6, 7, 8)  # 709, xvYCC 709, and BT.2020 and SMPTE 240M, which are near it


class Unpacker(Protocol):
    """Turns the content of one buffer into planes of our own; None when it is damaged."""

    def __call__(self, content: Plane) -> tuple[Planes, Colour] | None: ...


def unpacker(pixels: PixelFormat) -> Unpacker:
    """The one for what the device gives. Raises ValueError for a layout that is not in LAYOUTS."""
    match fourcc := pixels.fourcc.decode(errors="replace"):
        case "MJPG" | "JPEG":
            return Jpeg(Size(pixels.width, pixels.height))
        case "YUYV" | "UYVY" | "YVYU":
            return Packed(pixels)
        case "NV12" | "NV21" | "YU12" | "YV12":
            return Planar(pixels)
        case "RGB3" | "BGR3":
            return Rgb(pixels)
        case "GREY":
            return Grey(pixels)
        case "H264" | "HEVC":
            return Coded("h264" if fourcc == "H264" else "hevc", Size(pixels.width, pixels.height))
        case _:
            raise ValueError(f"pixels are {fourcc}, not one of {', '.join((*LAYOUTS, GREY))}")


class Jpeg:
    """Motion JPEG: by our own decoder, or FFmpeg's where that leaves a picture to it.

    Pictures that end too early or break the format are refused; JPEG has no checksum that would tell more.
    It is copied first: its sender may write on in the memory that it came in, and what is checked must be
    what is used.
    A webcam whose every picture is FFmpeg's is not asked for ever: some of them end in a way of their own.
    """

    def __init__(self, size: Size) -> None:
        self._size = size
        self._decode = Decoder(size)
        self._patience = PATIENCE
        self._read = PlaneReader(even(*size))
        self._other = jpeg_decoder()
        self._memory = np.empty(0, np.uint8)

    def __call__(self, content: Plane) -> tuple[Planes, Colour] | None:
        content = self._own(content)
        if self._patience and (planes := self._decode(content)):
            self._patience = PATIENCE
            return planes, JFIF
        try:
            pictures = self._other.decode(av.Packet(content.tobytes()))
        except FFmpegError:
            return None
        if len(pictures) != 1 or (pictures[0].width, pictures[0].height) != self._size:
            return None
        self._patience = max(0, self._patience - 1)
        return self._read(pictures[0])

    def _own(self, content: Plane) -> Plane:
        """A copy in memory of ours, which is used again."""
        if content.size > self._memory.size:
            self._memory = np.empty(2 * content.size, np.uint8)
        own = self._memory[: content.size]
        np.copyto(own, content)
        return own


class Packed:
    """4:2:2 with Y, U, Y, V side by side in some order: two rows of chroma become their mean."""

    def __init__(self, pixels: PixelFormat) -> None:
        self._luma, self._u, self._v = CHANNELS[pixels.fourcc.decode()]
        self._pitch = pixels.pitch or 2 * pixels.width
        self._size = even(pixels.width, pixels.height)
        self._colour = colour_of(pixels)
        self._lend = Lender(self._size)
        self._means = np.empty((self._size.height // 2, self._size.width // 2, 4), np.uint8)

    def __call__(self, content: Plane) -> tuple[Planes, Colour] | None:
        width, height = self._size
        if content.size < height * self._pitch:
            return None
        rows = content[: height * self._pitch].reshape(height, self._pitch)[:, : 2 * width]
        planes = self._lend()
        cv2.extractChannel(rows.reshape(height, width, 2), self._luma, dst=planes.y)
        quads = rows.reshape(height, width // 2, 4)
        cv2.addWeighted(quads[::2], 0.5, quads[1::2], 0.5, 0, dst=self._means)
        cv2.extractChannel(self._means, self._u, dst=planes.u)
        cv2.extractChannel(self._means, self._v, dst=planes.v)
        return planes, self._colour


class Planar:
    """4:2:0 as luma, then chroma: U and V side by side (NV12) or one after the other (YU12).

    NV21 and YV12 have V first.
    """

    def __init__(self, pixels: PixelFormat) -> None:
        self._paired = pixels.fourcc in (b"NV12", b"NV21")
        self._u, self._v = (1, 0) if pixels.fourcc in (b"NV21", b"YV12") else (0, 1)
        self._rows, self._pitch = pixels.height, pixels.pitch or pixels.width
        self._size = even(pixels.width, pixels.height)
        self._colour = colour_of(pixels)
        self._lend = Lender(self._size)

    def __call__(self, content: Plane) -> tuple[Planes, Colour] | None:
        width, height = self._size
        luma = self._rows * self._pitch
        if content.size < luma * 3 // 2:
            return None
        planes = self._lend()
        np.copyto(planes.y, content[:luma].reshape(-1, self._pitch)[:height, :width])
        chroma = content[luma : luma * 3 // 2]
        if self._paired:
            pairs = chroma.reshape(-1, self._pitch)[: height // 2, :width].reshape(height // 2, width // 2, 2)
            cv2.extractChannel(pairs, self._u, dst=planes.u)
            cv2.extractChannel(pairs, self._v, dst=planes.v)
        else:
            halves = chroma.reshape(2, -1, self._pitch // 2)[:, : height // 2, : width // 2]
            np.copyto(planes.u, halves[self._u])
            np.copyto(planes.v, halves[self._v])
        return planes, self._colour


class Rgb:
    """Red, green and blue side by side, or the other way round; OpenCV makes limited BT.601 of it."""

    def __init__(self, pixels: PixelFormat) -> None:
        self._code = cv2.COLOR_RGB2YUV_I420 if pixels.fourcc == b"RGB3" else cv2.COLOR_BGR2YUV_I420
        self._pitch = pixels.pitch or 3 * pixels.width
        self._size = even(pixels.width, pixels.height)
        self._lend = Lender(self._size)
        self._packed = np.empty((self._size.height * 3 // 2, self._size.width), np.uint8)

    def __call__(self, content: Plane) -> tuple[Planes, Colour] | None:
        width, height = self._size
        if content.size < height * self._pitch:
            return None
        rows = content[: height * self._pitch].reshape(height, self._pitch)[:, : 3 * width]
        cv2.cvtColor(rows.reshape(height, width, 3), self._code, dst=self._packed)
        planes = self._lend()
        for plane, converted in zip(planes, planes_of(self._packed), strict=True):
            np.copyto(plane, converted)
        return planes, Colour()


class Grey:
    """Luma alone."""

    def __init__(self, pixels: PixelFormat) -> None:
        self._pitch = pixels.pitch or pixels.width
        self._size = even(pixels.width, pixels.height)
        self._colour = colour_of(pixels)
        self._lend = Lender(self._size)

    def __call__(self, content: Plane) -> tuple[Planes, Colour] | None:
        width, height = self._size
        if content.size < height * self._pitch:
            return None
        planes = self._lend()
        np.copyto(planes.y, content[: height * self._pitch].reshape(height, self._pitch)[:, :width])
        planes.u.fill(128)
        planes.v.fill(128)
        return planes, self._colour


class Coded:
    """A film whose pictures need those before: every buffer must come here, in order."""

    def __init__(self, codec: Literal["h264", "hevc"], size: Size) -> None:
        self._size = size
        self._decoder = VideoCodecContext.create(codec, "r")
        self._decoder.thread_count = 1  # more would hold pictures back
        self._decoder.options = {"flags": "low_delay"}
        self._read = PlaneReader(even(*size))

    def __call__(self, content: Plane) -> tuple[Planes, Colour] | None:
        try:
            pictures = self._decoder.decode(av.Packet(content.tobytes()))
        except FFmpegError:  # until the first picture that needs none before it
            return None
        return self._read(pictures[-1]) if pictures else None


def colour_of(pixels: PixelFormat) -> Colour:
    """The driver's word, or V4L2's defaults where it leaves them open (V4L2_MAP_..._DEFAULT)."""
    full = pixels.quantization == FULL_RANGE or (not pixels.quantization and pixels.colorspace == JPEG)
    if pixels.encoding:
        hd = pixels.encoding in ENCODINGS_709
    else:
        hd = pixels.colorspace in (REC709, SMPTE240M, BT2020, DCI_P3)
    return Colour(Range.FULL if full else Range.LIMITED, Matrix.BT709 if hd else Matrix.BT601)
