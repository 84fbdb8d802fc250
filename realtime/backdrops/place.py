"""Where a picture lies in a frame of another shape."""

from __future__ import annotations

from typing import Literal, NamedTuple

import cv2
import numpy as np

from ..colour import Picture
from ..frame import Plane

Fit = Literal["fill", "fit", "stretch"]  # cut what hangs over, leave bars, distort
Position = Literal["centre", "left", "right", "top", "bottom"]  # what is kept, or where it lies between bars

OVER = 8  # times what is kept of a picture that is trimmed first
ANCHORS: dict[Position, tuple[float, float]] = {  # across, down
    "centre": (0.5, 0.5),
    "left": (0.0, 0.5),
    "right": (1.0, 0.5),
    "top": (0.5, 0.0),
    "bottom": (0.5, 1.0),
}


class Placing(NamedTuple):
    """How pictures of any shape are brought to one size."""

    fit: Fit = "fill"
    position: Position = "centre"


USUAL = Placing()
WASTEFUL = 4.0  # times what is shown: a thin picture is cut before it is enlarged, and not after
MARGIN = 3  # px that a cubic looks at beyond the cut


def placed(picture: Picture | Plane, size: tuple[int, int], how: Placing, bars: int = 0) -> Picture | Plane:
    """(H, W) or (H, W, 3) uint8 in, of `size` (width, height) out; `bars` is the level of bars."""
    height, width = picture.shape[:2]
    wide, high = size
    if how.fit == "stretch":
        return _scaled(picture, size)
    if how.fit == "fill":
        picture = _trimmed(picture, size, how.position)
        height, width = picture.shape[:2]
    scale = (max if how.fit == "fill" else min)(wide / width, high / height)
    if width * height * scale * scale > WASTEFUL * wide * high:
        return _window(picture, size, scale, how.position)
    scaled = _scaled(picture, (max(1, round(width * scale)), max(1, round(height * scale))))
    return _cut(scaled, size, how.position, bars)


def _trimmed(picture: Picture | Plane, size: tuple[int, int], position: Position) -> Picture | Plane:
    """Without most of what would hang over, where that is far more than what is kept: a thin picture,
    scaled to fill, would be larger than any memory.
    """
    height, width = picture.shape[:2]
    most = max(1, OVER * size[0] * height // size[1]), max(1, OVER * size[1] * width // size[0])
    if width <= most[0] and height <= most[1]:
        return picture
    return _cut(picture, (min(width, most[0]), min(height, most[1])), position, 0)


def _scaled(picture: Picture | Plane, size: tuple[int, int]) -> Picture | Plane:
    shrinks = size[0] < picture.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)


def _window(
    picture: Picture | Plane, size: tuple[int, int], scale: float, position: Position
) -> Picture | Plane:
    """What is shown of a picture that is enlarged by `scale`; nothing is made of what is not shown."""
    shift, cut = [0.0, 0.0], [slice(0), slice(0)]
    for axis, (length, anchor) in enumerate(zip(size, ANCHORS[position], strict=True)):
        side = picture.shape[1 - axis]
        begin = (side - length / scale) * anchor
        first = max(0, int(begin) - MARGIN)
        cut[axis] = slice(first, min(side, int(begin + length / scale) + 1 + MARGIN))
        shift[axis] = begin - first + 0.5 / scale - 0.5  # both sides count from the middle of a pixel
    aim = np.array([[1 / scale, 0, shift[0]], [0, 1 / scale, shift[1]]])
    flags, beyond = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, cv2.BORDER_REPLICATE
    shown = np.ascontiguousarray(picture[cut[1], cut[0]])
    return np.asarray(cv2.warpAffine(shown, aim, size, flags=flags, borderMode=beyond), np.uint8)


def _cut(picture: Picture | Plane, size: tuple[int, int], position: Position, bars: int) -> Picture | Plane:
    """At its position, what hangs over cut off, what is missing filled with bars."""
    height, width = picture.shape[:2]
    across, down = ANCHORS[position]
    left, top = round((width - size[0]) * across), round((height - size[1]) * down)
    x0, y0 = max(0, left), max(0, top)
    cut = picture[y0 : y0 + size[1], x0 : x0 + size[0]]
    if cut.shape[:2] == (size[1], size[0]):
        return cut
    onto = np.full((size[1], size[0], *picture.shape[2:]), bars, np.uint8)
    y, x = max(0, -top), max(0, -left)
    onto[y : y + cut.shape[0], x : x + cut.shape[1]] = cut
    return onto
