"""A picture without its noise, and what of it is like nothing that was near before."""

from __future__ import annotations

import cv2
import numpy as np

from ..frame import Plane


def smooth(codes: Plane, onto: Plane) -> None:
    """Means of 3x3 codes, mirrored at the edges; both (h, w) uint8."""
    cv2.blur(codes, (3, 3), dst=onto)


def strays(codes: Plane, lowest: Plane, highest: Plane, most: int) -> int:
    """How many codes are more than `most` below the lowest or above the highest of their place; (h, w)."""
    # Saturating: how far each place is below the lowest, or above the highest.
    away = cv2.max(cv2.subtract(lowest, codes), cv2.subtract(codes, highest))
    return int(np.count_nonzero(away > most))
