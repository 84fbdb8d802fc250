"""Known colours for tests: eight vertical bars, in any range and matrix, and what came of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from softfocus.realtime.backdrops.still import Still, plain
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.frame import I420, Colour, Frame, Matrix, Planes, Range, Size
from softfocus.realtime.gate.gate import Composed, Gate
from softfocus.realtime.matte import Box, Matte

# White, yellow, cyan, green, magenta, red, blue, black: at three quarters, so that nothing clips.
RGB = [(191 * r, 191 * g, 191 * b) for r, g, b in np.ndindex(2, 2, 2)][::-1]
LUMA = {Matrix.BT601: (0.299, 0.114), Matrix.BT709: (0.2126, 0.0722)}  # weights of red and blue

Floats = npt.NDArray[np.float64]


def yuv(rgb: tuple[float, float, float], colour: Colour) -> Floats:
    """The codes of one colour, unrounded; as in ITU-R BT.601, section 2.5.

    Y = kr·R + kg·G + kb·B,  Cb = (B − Y) / (2 − 2kb),  Cr = (R − Y) / (2 − 2kr)
    """
    red, green, blue = (value / 255 for value in rgb)
    kr, kb = LUMA[colour.matrix]
    y = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - y) / (2 - 2 * kb), (red - y) / (2 - 2 * kr)
    if colour.range is Range.FULL:
        return np.array([255 * y, 255 * cb + 128, 255 * cr + 128])
    return np.array([219 * y + 16, 224 * cb + 128, 224 * cr + 128])


def bars(size: Size, colour: Colour) -> Planes:
    """The eight bars, each an eighth of the picture wide."""
    planes = I420(size).planes
    codes = np.rint([yuv(rgb, colour) for rgb in RGB]).astype(np.uint8)
    for plane, values in zip(planes, codes.T, strict=True):
        width = plane.shape[1]
        plane[:] = values[np.arange(width) * 8 // width]
    return planes


class Sender:
    """Sends a known picture through a real gate, as if it showed nothing but a person."""

    def __init__(self, planes: Planes, colour: Colour) -> None:
        width, height = planes.size
        self._planes, self._colour = planes, colour
        compositor = Compositor(Still(plain((0, 0, 0), planes.size)), planes.size)
        self._gate = Gate(compositor, planes.size, good_masks_to_open=1)
        self._everything = Box(0, 0, width, height), np.full((height, width), 255, np.uint8)

    def __call__(self, index: int, captured_at: int) -> Composed:
        """The picture as frame `index`, taken at `captured_at`, ns."""
        box, alpha = self._everything
        frame = Frame(self._planes, index, captured_at, self._colour)
        return self._gate(frame, Matte(alpha, box, index, captured_at))


def middles(picture: npt.NDArray[np.uint8]) -> Floats:
    """The colours in the middle of the eight bars: (8,) of a plane, (8, 3) of an RGB picture."""
    columns = np.arange(8) * picture.shape[1] // 8 + picture.shape[1] // 16
    return picture[picture.shape[0] // 2, columns].astype(np.float64)
