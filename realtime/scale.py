"""Planes at other sizes."""

from __future__ import annotations

from collections.abc import Callable
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
    interpolation: int = cv2.INTER_LINEAR_EXACT,
) -> Plane:
    """(H, W) uint8 in, (height, width) out for `size` = (width, height); written into `onto` if given.

    As a rule bilinear, and the same codes on every processor: INTER_LINEAR differs by one between x86 and
    ARM, and what a model makes of that decides where it looks next.
    """
    return np.asarray(cv2.resize(plane, size, dst=onto, interpolation=interpolation), np.uint8)


def fill(plane: Plane, onto: Plane, *, interpolation: int = cv2.INTER_LINEAR_EXACT) -> None:
    """Stretch `plane` over all of `onto`."""
    height, width = onto.shape
    resized(plane, (width, height), onto=onto, interpolation=interpolation)


def half(plane: Plane, onto: Plane | None = None) -> Plane:
    """(H, W) uint8 in, (H >> 1, W >> 1) out: means of 2x2; an odd last row or column is shared out.

    onto  is written where it is of that size
    """
    height, width = plane.shape
    if height % 2 or width % 2:
        return resized(plane, (width // 2, height // 2), onto=onto, interpolation=cv2.INTER_AREA)
    if onto is None or onto.shape != (height // 2, width // 2):
        onto = np.empty((height // 2, width // 2), np.uint8)
    choice.kernel.halve(plane, onto)
    return onto


def third(plane: Plane) -> Plane:
    """(H, W) uint8 in, (H // 3, W // 3) out: means of 3x3; what is left over is shared out."""
    height, width = plane.shape
    if height % 3 or width % 3:
        return resized(plane, (width // 3, height // 3), interpolation=cv2.INTER_AREA)
    onto = np.empty((height // 3, width // 3), np.uint8)
    choice.kernel.third(plane, onto)
    return onto


def reduced(plane: Plane | Callable[[], Plane], factor: int, halves: Halves) -> Plane:
    """(H, W) uint8 in, (H // factor, W // factor) out, made once for all who ask with the same `halves`.

    plane   or what gives it, which is not asked where enough is at hand
    factor  2ⁿ or 3·2ⁿ

    Frames and mattes are wanted small by several stages: nobody may write what comes out.
    """
    if factor == 1:
        return plane() if callable(plane) else plane
    if factor not in halves:
        by, shrink = (2, half) if factor % 3 else (3, third)
        halves[factor] = shrink(reduced(plane, factor // by, halves))
    return halves[factor]


def halved(plane: Plane, times: int, halves: Halves) -> Plane:
    """The same for a factor of 2 to the `times`."""
    return reduced(plane, 1 << times, halves)


def smaller(frame: Frame, factor: int) -> Planes:
    """A frame's planes, each of its luma's size over an even `factor`; nobody may write them."""
    y, u, v = (
        reduced(plane, by, halves)
        for plane, by, halves in zip(
            frame.planes, (factor, factor // 2, factor // 2), frame.halves, strict=True
        )
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
            if small == (3 * plane.shape[0], 3 * plane.shape[1]):
                choice.kernel.triple(plane, self._levels[0])
            else:
                fill(plane, self._levels[0], interpolation=cv2.INTER_CUBIC)
            plane = self._levels[0]
        for larger in self._levels[1:]:
            choice.kernel.enlarge(plane, larger)
            plane = larger
        if front:
            choice.kernel.cover(plane, *front, onto)
        else:
            choice.kernel.enlarge(plane, onto)
