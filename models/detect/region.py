"""Part of a picture that a network looks at, and the way from one's coordinates to the other's."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ..segmenter import Mask, Rgb

Points = npt.NDArray[np.float32]  # (N, 2): x, y
Matrix = npt.NDArray[np.float64]  # (2, 3)


class Region(NamedTuple):
    """A rectangle in a picture, px: its middle, its sides, and its turn, clockwise, radians."""

    x: float
    y: float
    width: float
    height: float
    angle: float = 0.0

    @property
    def side(self) -> float:
        """Of the square round it, which is what networks see: nothing is squeezed."""
        return max(self.width, self.height)


def whole(picture: Rgb) -> Region:
    """All of a picture, (H, W, 3)."""
    height, width, _ = picture.shape
    return Region(width / 2, height / 2, width, height)


def aligned(middle: Points, towards: Points) -> Region:
    """The region of a body: round the middle of its hips, and upright when the other point is above it.

    As far as that point, a circle holds the body; MediaPipe looks at 1.25 times as much.
    """
    (x, y), (across, down) = middle, towards - middle
    side = 2 * 1.25 * math.hypot(across, down)
    angle = math.pi / 2 - math.atan2(-down, across)
    return Region(float(x), float(y), side, side, math.remainder(angle, math.tau))


def matrix(region: Region, side: int) -> Matrix:
    """From pixels of a network's square of that side to pixels of the picture."""
    scale = region.side / side
    across, down = scale * math.cos(region.angle), scale * math.sin(region.angle)
    half = side / 2
    return np.array(
        [
            [across, -down, region.x - half * (across - down)],
            [down, across, region.y - half * (down + across)],
        ]
    )


def view(picture: Rgb, region: Region, side: int, *, beyond: int = cv2.BORDER_CONSTANT) -> Rgb:
    """The square of a region, (side, side, 3).

    beyond  what is where the picture ends: black, or with cv2.BORDER_REPLICATE its last pixels
    """
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(picture, matrix(region, side), (side, side), flags=how, borderMode=beyond)
    return np.asarray(seen, np.uint8)


def to_picture(points: Points, region: Region) -> Points:
    """Points (N, 2) of the region's square, 0..1, as pixels of the picture."""
    turned = matrix(region, 1)
    return np.asarray(points @ turned[:, :2].T + turned[:, 2], np.float32)


def laid_on(mask: Mask, region: Region, width: int, height: int) -> Mask:
    """A region's square mask where it is in a picture of that size, 0 elsewhere."""
    placed = cv2.warpAffine(mask, matrix(region, mask.shape[0]), (width, height), flags=cv2.INTER_LINEAR)
    return np.asarray(placed, np.float32)
