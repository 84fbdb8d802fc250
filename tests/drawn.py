"""Frames and mattes drawn for tests: a bright disc is a person, a fine checkerboard is the room."""

from __future__ import annotations

import cv2
import numpy as np

from softfocus.realtime.frame import I420, Colour, Frame, Plane, Size
from softfocus.realtime.matte import Box, Matte

SIZE = Size(320, 180)
PERIOD = 33_333_333  # ns at 30 fps


def disc(size: Size = SIZE, x: float = 0.5) -> Plane:
    """An alpha with a round person in it."""
    alpha = np.zeros((size.height, size.width), np.uint8)
    centre = (round(x * size.width), size.height // 2)
    cv2.circle(alpha, centre, size.height // 4, 255, cv2.FILLED, cv2.LINE_AA)
    return alpha


def frame(
    index: int = 0, alpha: Plane | None = None, size: Size = SIZE, colour: Colour | None = None
) -> Frame:
    """A person (luma 200, warm) before a checkerboard of single pixels (60 and 180, grey)."""
    alpha = disc(size) if alpha is None else alpha
    planes = I420(size).planes
    rows, columns = np.indices(planes.y.shape)
    room = np.where((rows + columns) % 2, 60, 180)
    share = alpha / 255
    planes.y[:] = np.rint(200 * share + room * (1 - share))
    half = cv2.resize(alpha, (size.width // 2, size.height // 2), interpolation=cv2.INTER_AREA) / 255
    planes.u[:] = np.rint(100 * half + 128 * (1 - half))
    planes.v[:] = np.rint(160 * half + 128 * (1 - half))
    return Frame(planes, index, index * PERIOD, colour or Colour())


def matte(of: Frame, alpha: Plane | None = None) -> Matte:
    """The exact matte of `frame`."""
    alpha = disc(of.size) if alpha is None else alpha
    x, y, w, h = cv2.boundingRect(alpha)
    box = Box(x & ~1, y & ~1, (x + w + 1) & ~1, (y + h + 1) & ~1) if w else Box(0, 0, 0, 0)
    return Matte(alpha, box, of.index, of.captured_at)


def detail(luma: Plane) -> float:
    """How much of the single-pixel checkerboard is left: 60 in the drawn room, 0 when it is gone."""
    rows, columns = np.indices(luma.shape)
    sign = np.where((rows + columns) % 2, -1.0, 1.0)
    return float(abs((luma * sign).mean()))
