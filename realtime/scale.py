"""Planes at other sizes."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from .frame import Frame, Halves, Plane, Planes
from .kernel import choice
from .kernel.carry import Origin

CELLS = 16  # across a picture in which nobody is recognised: a face that fills it is left with about six


def resized(
    plane: Plane,
    size: tuple[int, int],
    *,
    onto: Plane | None = None,
    interpolation: int = cv2.INTER_LINEAR,
) -> Plane:
    """(H, W) uint8 in, (height, width) out for `size` = (width, height); written into `onto` if given."""
    return np.asarray(cv2.resize(plane, size, dst=onto, interpolation=interpolation), np.uint8)


def fill(plane: Plane, onto: Plane, *, interpolation: int = cv2.INTER_LINEAR) -> None:
    """Stretch `plane` over all of `onto`."""
    height, width = onto.shape
    resized(plane, (width, height), onto=onto, interpolation=interpolation)


def half(plane: Plane, onto: Plane | None = None) -> Plane:
    """(H, W) uint8 in, (H >> 1, W >> 1) out: means of 2x2; an odd last row or column is shared out."""
    height, width = plane.shape
    return resized(plane, (width // 2, height // 2), onto=onto, interpolation=cv2.INTER_AREA)


def halved(plane: Plane, times: int, halves: Halves) -> Plane:
    """(H, W) uint8 in, (H >> times, W >> times) out, made once for all who ask with the same `halves`.

    Frames and mattes are wanted small by several stages: nobody may write what comes out.
    """
    if times == 0:
        return plane
    if times not in halves:
        halves[times] = half(halved(plane, times - 1, halves))
    return halves[times]


def smaller(frame: Frame, times: int) -> Planes:
    """A frame's planes, each of its luma's size >> `times`, which is 1 or more; nobody may write them."""
    y, u, v = (
        halved(plane, n, halves)
        for plane, n, halves in zip(frame.planes, (times, times - 1, times - 1), frame.halves, strict=True)
    )
    return Planes(y, u, v)


class Halver:
    """Halves a plane `times` over into buffers of its own.

    times  0 gives the plane itself back

    OpenCV's area filter is 7 times faster for exact halves than for any other ratio (720p luma to an
    eighth: 0.05 ms by three halvings, 0.27 ms in one step), so every stage that wants less halves first.
    """

    def __init__(self, times: int) -> None:
        self._levels: list[Plane | None] = [None] * times

    def __call__(self, plane: Plane) -> Plane:
        """(H, W) uint8 in, (H >> times, W >> times) out; ours until the next call."""
        for i, level in enumerate(self._levels):
            self._levels[i] = plane = half(plane, level)
        return plane


class Front(NamedTuple):
    """Who stands before a plane, in a part of it that begins at `origin`, (x, y).

    person  (h, w)
    alpha   of that size; or of half of it, to be enlarged, and then the origin is even
    """

    person: Plane
    alpha: Plane
    origin: Origin


class Doubler:
    """Doubles a plane `times` over, bilinearly, which shows no grid: each time it becomes smoother."""

    def __init__(self, times: int) -> None:
        self._times = times
        self._levels: list[Plane] = []

    def __call__(self, plane: Plane, onto: Plane, front: Front | None = None) -> None:
        """Write `plane` over all of `onto`; where doubling does not lead to its size, stretch it first.

        front  who is put before it in the same pass
        """
        height, width = onto.shape
        times = next((n for n in range(self._times, 0, -1) if not height % 2**n and not width % 2**n), 0)
        small = (height >> times, width >> times)
        if not self._levels or self._levels[0].shape != small:
            self._levels = [np.empty((small[0] << n, small[1] << n), np.uint8) for n in range(times)]
        if not times:
            fill(plane, onto, interpolation=cv2.INTER_CUBIC)
            if front:  # of chroma, whose alpha is not enlarged: luma's sides are even
                x, y = front.origin
                height, width = front.person.shape
                choice.kernel.blend(front.person, front.alpha, onto[y : y + height, x : x + width])
            return
        if plane.shape != small:
            fill(plane, self._levels[0], interpolation=cv2.INTER_CUBIC)
            plane = self._levels[0]
        for larger in self._levels[1:]:
            choice.kernel.enlarge(plane, larger)
            plane = larger
        if front:
            choice.kernel.cover(plane, *front, onto)
        else:
            choice.kernel.enlarge(plane, onto)
