"""From a person before green and their alpha to the person alone."""

from __future__ import annotations

import cv2
import numpy as np

from ..backdrops.still import plain
from ..colour import from_rgb
from ..frame import I420, Colour, Plane, Planes, Size
from ..settings import COLOURS

FAINT = 16  # of 255: below, rounding leaves nothing of a colour
SMALL, REACH = 8, 15  # the scale at which colours are carried on, and how far, px of it


class Unmix:
    """Solves C = αF + (1 − α)G for F, plane by plane: straight alpha, as files have it.

    Where α is next to nothing F is what is nearby, so that whoever scales or packs the picture mixes
    nothing foreign into the edge.
    """

    def __init__(self, size: Size, colour: Colour) -> None:
        green = from_rgb(plain(COLOURS["green"], Size(2, 2)), colour).planes
        self._green = [int(plane[0, 0]) for plane in green]
        self._own = I420(size).planes
        codes = np.maximum(np.arange(256), FAINT)
        self._inverse = np.asarray(255 / codes, np.float32)

    def __call__(self, planes: Planes, alpha: Plane) -> Planes:
        """The person's planes; ours until the next call. alpha: (H, W), 255 = person."""
        height, width = planes.u.shape
        half = np.asarray(cv2.resize(alpha, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        for plane, share, green, own in zip(planes, (alpha, half, half), self._green, self._own, strict=True):
            self._solve(plane, share, green, own)
        return self._own

    def _solve(self, plane: Plane, alpha: Plane, green: int, own: Plane) -> None:
        """F = G + (C − G) / α."""
        away = cv2.subtract(plane, np.full_like(plane, green), dtype=cv2.CV_32F)
        alone = cv2.multiply(away, cv2.LUT(alpha, self._inverse))
        cv2.addWeighted(alone, 1, alone, 0, green, dst=own, dtype=cv2.CV_8U)
        clean(own, alpha)


def clean(plane: Plane, alpha: Plane) -> None:
    """Leave nothing in a plane that its alpha hides: whoever gets the file could take the alpha away."""
    np.copyto(plane, nearby(plane, alpha), where=alpha < FAINT)


def nearby(plane: Plane, alpha: Plane) -> Plane:
    """What is seen around each place, weighed by alpha; mid-grey where nobody is far and wide."""
    height, width = plane.shape
    size = (max(1, width // SMALL), max(1, height // SMALL))
    weight = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    known = cv2.resize(cv2.multiply(plane, alpha, dtype=cv2.CV_32F), size, interpolation=cv2.INTER_AREA)
    window, faint = (2 * REACH + 1, 2 * REACH + 1), np.float32(0.01)
    top, below = cv2.blur(known, window) + 128 * faint, cv2.blur(weight, window) + faint
    small = np.clip(top / below, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def alpha_of(shut: object, alpha: Plane | None, like: Plane) -> Plane:
    """A frame's alpha: what is shielded is not seen at all, what has none is opaque."""
    if shut:
        return np.zeros_like(like)
    return np.full_like(like, 255) if alpha is None else alpha
