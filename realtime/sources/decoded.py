"""From what FFmpeg decodes to planes: without a copy where the layout allows it."""

from __future__ import annotations

import platform

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import VideoReformatter

from ..frame import Colour, Matrix, Plane, Planes, Range, Size
from .grading import Grader, grade_of, is_full
from .lending import Lender
from .over import over

# AVColorSpace and AVColorRange, as streams are tagged (ITU-T H.273).
BT709, SMPTE240M, BT2020 = 1, 7, (9, 10)
LIMITED, FULL = 1, 2
SWSCALE = {Matrix.BT601: 5, Matrix.BT709: 1}  # its own names for the matrices
SWSCALE_BT2020 = 9

# FFmpeg's own choice of a transform takes a fifth longer, all in all, where the Xvid one has vector code.
TRANSFORM = {"idct": "xvid"} if platform.machine().lower() in ("x86_64", "amd64") else {}


def jpeg_decoder() -> VideoCodecContext:
    """For Motion JPEG, a picture per packet; it refuses what ends too early or breaks the format."""
    decoder = VideoCodecContext.create("mjpeg", "r")
    decoder.thread_count = 1  # more would hold pictures back
    decoder.options = {"err_detect": "explode", **TRANSFORM}
    return decoder


class PlaneReader:
    """Reads decoded pictures as planes of one size.

    size  of the planes; None takes the first picture's. Odd sizes lose their last row or column.

    What is transparent is laid over a plain grey; what is of high dynamic range or wide gamut is brought to
    BT.709.
    """

    def __init__(self, size: Size | None = None) -> None:
        self._size = size
        self._lend: Lender | None = None
        self._scaler = VideoReformatter()
        self._grader: Grader | None = None

    def __call__(self, picture: av.VideoFrame) -> tuple[Planes, Colour]:
        """The planes hold on to the picture's memory for as long as they live."""
        size = self._size = self._size or even(picture.width, picture.height)
        colour = colour_of(picture)
        if grade := grade_of(picture):
            self._grader = self._grader or Grader(grade)
            picture, colour = self._grader(picture), Colour(Range.LIMITED, Matrix.BT709)
        elif has_alpha(picture):
            picture = opaque(picture)
        if even(picture.width, picture.height) != size or picture.format.name not in AS_THEY_ARE:
            picture = self._reformat(picture, colour, size)
        tall = "422" in picture.format.name
        width, height = size
        rows = height if tall else height // 2
        y = view(picture, 0)[:height, :width]
        u, v = (view(picture, i)[:rows, : width // 2] for i in (1, 2))
        if tall:
            u, v = self._halve(u, v, size)
        return Planes(y, u, v), colour

    def _reformat(self, picture: av.VideoFrame, colour: Colour, size: Size) -> av.VideoFrame:
        """As yuv420p of `size`, range and matrix untouched; from RGB and BT.2020 as `colour` says."""
        matrix = SWSCALE[colour.matrix]
        code = FULL if colour.range is Range.FULL else LIMITED
        return self._scaler.reformat(
            picture,
            size.width,
            size.height,
            "yuv420p",
            src_colorspace=SWSCALE_BT2020 if picture.colorspace in BT2020 else matrix,
            dst_colorspace=matrix,
            src_color_range=FULL if picture.format.is_rgb else code,
            dst_color_range=code,
        )

    def _halve(self, u: Plane, v: Plane, size: Size) -> tuple[Plane, Plane]:
        """4:2:2 chroma as 4:2:0: two rows become their mean."""
        self._lend = self._lend or Lender(size)
        _, *halves = self._lend()
        for plane, half in zip((u, v), halves, strict=True):
            cv2.addWeighted(plane[::2], 0.5, plane[1::2], 0.5, 0, dst=half)
        return halves[0], halves[1]


AS_THEY_ARE = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p")


def has_alpha(picture: av.VideoFrame) -> bool:
    """Whether something of it may be transparent."""
    return len(picture.format.components) in (2, 4) or picture.format.has_palette


def opaque(picture: av.VideoFrame) -> av.VideoFrame:
    """Laid over a plain grey: what is hidden under alpha 0 stays hidden."""
    matrix = SWSCALE[colour_of(picture).matrix]
    shown = picture.reformat(format="bgra", src_colorspace=matrix)
    rows = np.asarray(shown.planes[0], np.uint8).reshape(shown.height, shown.planes[0].line_size)
    pixels = rows[:, : 4 * shown.width].reshape(shown.height, shown.width, 4)
    return av.VideoFrame.from_ndarray(over(pixels), "bgr24")


def colour_of(picture: av.VideoFrame) -> Colour:
    """What the stream says; limited BT.601 where it says nothing.

    Players guess BT.709 for untagged HD. FFmpeg's and OpenCV's own writers make BT.601 of RGB pictures
    and leave it untagged, and these are the untagged files one meets; cameras and phones do tag.
    """
    if picture.format.is_rgb:
        return Colour(Range.LIMITED, Matrix.BT601)  # what `_reformat` makes of it
    hd = picture.colorspace in (BT709, SMPTE240M, *BT2020)
    return Colour(
        Range.FULL if is_full(picture) else Range.LIMITED,
        Matrix.BT709 if hd else Matrix.BT601,
        said_or_bt709(picture.color_primaries),
        said_or_bt709(picture.color_trc),
    )


def said_or_bt709(number: int) -> int:
    """0, 2 and 3 say nothing."""
    return 1 if number in (0, 2, 3) else number


def even(width: int, height: int) -> Size:
    """The size without an odd last column and row."""
    return Size(width & ~1, height & ~1)


def view(picture: av.VideoFrame, index: int) -> Plane:
    """A plane of a decoded picture, (rows, row pitch), no copy."""
    plane = picture.planes[index]
    return np.asarray(plane, np.uint8).reshape(-1, plane.line_size)
