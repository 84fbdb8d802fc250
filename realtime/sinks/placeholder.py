"""What a virtual camera shows when nobody sends: a crossed-out camera, drawn, on dark grey."""

from __future__ import annotations

import cv2
import numpy as np

from ..frame import I420, Size

GROUND, INK = 40, 150  # luma, limited range


def camera_off(size: Size) -> I420:
    """The picture in limited-range codes; the matrix does not matter, it has no colour."""
    picture = I420(size)
    y, u, v = picture.planes
    y[:], u[:], v[:] = GROUND, 128, 128
    middle = np.array(size) // 2
    unit = min(size) / 20

    def point(x: float, down: float) -> tuple[int, int]:
        return int(middle[0] + x * unit), int(middle[1] + down * unit)

    cv2.rectangle(y, point(-3, -2), point(1.5, 2), INK, cv2.FILLED)
    lens = np.array([point(2, -0.5), point(3.5, -1.5), point(3.5, 1.5), point(2, 0.5)])
    cv2.fillConvexPoly(y, lens, INK, cv2.LINE_AA)
    cv2.line(y, point(-4, 3), point(4, -3), GROUND, max(1, round(1.2 * unit)), cv2.LINE_AA)
    cv2.line(y, point(-4, 3), point(4, -3), INK, max(1, round(0.4 * unit)), cv2.LINE_AA)
    return picture
