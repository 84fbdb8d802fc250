"""Frames of any size, brought to one."""

from __future__ import annotations

from dataclasses import replace

import cv2

from ..frame import I420, Frame, Size
from ..scale import resized


class Fitter:
    """Brings frames to `size`, whole and undistorted, with black bars where the shape differs.

    A frame that has the size already passes untouched.
    """

    def __init__(self, size: Size) -> None:
        self._size = size

    def __call__(self, frame: Frame) -> Frame:
        if frame.size == self._size:
            return frame
        buffer = I420(self._size)
        scale = min(self._size.width / frame.size.width, self._size.height / frame.size.height)
        wide, high = (max(2, round(side * scale / 2) * 2) for side in frame.size)
        left, top = (self._size.width - wide) // 4 * 2, (self._size.height - high) // 4 * 2
        for plane, target, black, part in zip(
            frame.planes, buffer.planes, (16, 128, 128), (1, 2, 2), strict=True
        ):
            target[:] = black
            inside = target[top // part : (top + high) // part, left // part : (left + wide) // part]
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            resized(plane, (wide // part, high // part), onto=inside, interpolation=how)
        return replace(frame, planes=buffer.planes)
