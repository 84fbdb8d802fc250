"""A frame at the two sizes at which mattes are made."""

from __future__ import annotations

import cv2

from ..frame import Frame, Plane, Planes, Size
from ..scale import Halver, halved, resized

FINEST = 540  # px high: larger frames are halved until they fit; edges at 540 lines are sharp at 1080


class Views:
    """Makes small versions of frames of one size; all three planes are of the same size in them.

    fine    where masks meet the picture's edges: 640x360 for 720p, 960x540 for 1080p
    coarse  half of that: where masks are pasted, steadied and weighed
    """

    def __init__(self, size: Size) -> None:
        times = 0
        while size.height >> times > FINEST:
            times += 1
        self.fine_size = Size(size.width >> times, size.height >> times)
        self.coarse_size = Size(self.fine_size.width // 2, self.fine_size.height // 2)
        self._times = times
        self._halvers = Halver(max(0, times - 1)), Halver(max(0, times - 1))  # of U and V
        self._fine: list[Plane | None] = [None] * 3
        self._coarse: list[Plane | None] = [None] * 3

    def __call__(self, frame: Frame) -> tuple[Planes, Planes]:
        """Fine and coarse; ours until the next call. They may be the frame's own planes: do not write."""
        y, smaller = (halved(frame.planes.y, n, frame.halves) for n in (self._times, self._times + 1))
        u, v = (halve(plane) for halve, plane in zip(self._halvers, frame.planes[1:], strict=True))
        return at(self.fine_size, [y, u, v], self._fine), at(self.coarse_size, [smaller, u, v], self._coarse)


def at(size: Size, planes: list[Plane], buffers: list[Plane | None]) -> Planes:
    """All three planes at that size, in the buffers where they have to be made."""
    y, u, v = (sized(plane, size, buffers, i) for i, plane in enumerate(planes))
    return Planes(y, u, v)


def sized(plane: Plane, size: Size, buffers: list[Plane | None], i: int) -> Plane:
    """The plane itself if it has that size already."""
    height, width = plane.shape
    if (width, height) == size:
        return plane
    interpolation = cv2.INTER_AREA if width > size.width else cv2.INTER_LINEAR
    buffers[i] = made = resized(plane, size, onto=buffers[i], interpolation=interpolation)
    return made
