"""Pictures as they lie in PipeWire's buffers."""

from __future__ import annotations

import cv2
import numpy as np

from ..frame import Plane, Planes
from .video import Format, Layout


def write(planes: Planes, memory: Plane, format: Format) -> None:
    """Put a picture of the format's size into a buffer, flat uint8."""
    match format.layout:
        case Layout.YUY2:
            _pairs(planes, memory, format)
        case Layout.NV12:
            chroma = _luma_first(planes, memory, format)
            cv2.merge(planes[1:], dst=chroma.reshape(*chroma.shape[:1], -1, 2)[:, : planes.u.shape[1]])
        case _:
            chroma = _luma_first(planes, memory, format)
            halves = chroma.reshape(2, -1, format.pitch // 2)[:, :, : planes.u.shape[1]]
            np.copyto(halves[0], planes.u)
            np.copyto(halves[1], planes.v)


def _luma_first(planes: Planes, memory: Plane, format: Format) -> Plane:
    """Writes luma; gives the rows of chroma, (H/2, pitch)."""
    width, height = format.size
    rows = memory[: format.pitch * height * 3 // 2].reshape(-1, format.pitch)
    np.copyto(rows[:height, :width], planes.y)
    return rows[height:]


def _pairs(planes: Planes, memory: Plane, format: Format) -> None:
    """4:2:2 as Y, U, Y, V: both rows get the chroma that they share."""
    width, height = format.size
    rows = memory[: format.pitch * height].reshape(height, format.pitch)[:, : 2 * width]
    cv2.insertChannel(planes.y, rows.reshape(height, width, 2), 0)
    quads = rows.reshape(height, width // 2, 4)
    for channel, plane in ((1, planes.u), (3, planes.v)):
        for half in (quads[::2], quads[1::2]):
            cv2.insertChannel(plane, half, channel)
