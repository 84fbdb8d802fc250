"""A part of the picture, brought to the size of the whole."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ..frame import Plane, Planes, Size


class Crop(NamedTuple):
    """Left and top, px of the frame, and how much larger things become; of the frame's shape."""

    left: float = 0.0
    top: float = 0.0
    zoom: float = 1.0

    def shown(self, x: float, y: float) -> tuple[int, int]:
        """Where a place of the frame is in the cropped picture."""
        return round((x - self.left) * self.zoom), round((y - self.top) * self.zoom)

    def meant(self, x: float, y: float) -> tuple[int, int]:
        """Which place of the frame a place of the cropped picture is."""
        return round(x / self.zoom + self.left), round(y / self.zoom + self.top)


WHOLE = Crop()


def crop_planes(planes: Planes, crop: Crop, onto: Planes) -> None:
    """Fill `onto` with the cropped part; not rounded to pixels, so that slow pans do not tremble."""
    for plane, target, part in zip(planes, onto, (1, 2, 2), strict=True):
        crop_plane(plane, crop, target, part)


def crop_plane(plane: Plane, crop: Crop, onto: Plane, part: int = 1) -> None:
    """One plane, which has 1 / `part` of the frame's width and height."""
    height, width = onto.shape
    step = 1 / crop.zoom
    # Pixels are areas: the middle of the first one lies at a half.
    left, top = crop.left / part + (step - 1) / 2, crop.top / part + (step - 1) / 2
    matrix = np.array([[step, 0, left], [0, step, top]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size, border = (width, height), cv2.BORDER_REPLICATE
    cv2.warpAffine(plane, matrix, size, dst=onto, flags=how, borderMode=border)


def held_inside(middle: tuple[float, float], zoom: float, size: Size) -> Crop:
    """The crop around a middle, moved as little as keeps it in the picture."""
    wide, high = size.width / zoom, size.height / zoom
    left = min(max(middle[0] - wide / 2, 0.0), size.width - wide)
    top = min(max(middle[1] - high / 2, 0.0), size.height - high)
    return Crop(left, top, zoom)
