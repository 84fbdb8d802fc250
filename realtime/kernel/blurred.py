"""The room, blurred by normalised convolution (Knutsson, Westin 1993): blur(I·w) / blur(w).

Where nothing near weighs anything, a far wider average, found at a quarter of the size, fills in.
"""

from __future__ import annotations

import math

import numpy as np

from .evidence import Floats
from .guided import Three

WIDEST = 4.0  # sigmas: what lies beyond has no weight
BLOCK = 4  # places across and down that are added up for the wider average
GREY = np.float32(128)  # what nowhere looks like
LEAST = np.float32(1.6e-3)  # the weight that it has everywhere, in a block
BETWEEN = ((0, 0.625), (0, 0.875), (1, 0.125), (1, 0.375))  # from which of three, and how far to the next


def taps(sigma: float) -> Floats:
    """One side of a Gaussian, from its middle on; both sides add up to 1."""
    side = np.exp(-0.5 * (np.arange(math.floor(WIDEST * sigma + 0.5) + 1) / sigma) ** 2)
    return np.asarray(side / (2 * side.sum() - side[0]), np.float32)


def blurred(planes: Three, weight: Floats, near: Floats, far: Floats, fill: float, onto: Three) -> None:
    """Three planes (h, w) uint8 in and out.

    weight     (h, w) float32, 0..1: how surely each place is room
    near, far  `taps` of the blur, and of the wider average's, whose places are BLOCK times as large
    fill       what that average weighs
    """
    some = np.stack([*(plane * weight for plane in planes), weight])
    wide = spread(added(some), far)
    filling = enlarged((wide[:3] + GREY * LEAST) / (wide[3] + LEAST))
    close, share = spread(some, near), np.float32(fill)
    height, width = weight.shape
    room = (close[:3] + share * filling[:, :height, :width]) / (close[3] + share)
    for plane, target in zip(room, onto, strict=True):
        np.copyto(target, plane + np.float32(0.5), casting="unsafe")


def spread(planes: Floats, taps: Floats) -> Floats:
    """Blurred across and then down; beyond the edges is their mirror image."""
    reach = len(taps) - 1
    for axis in (2, 1):
        count = planes.shape[axis]
        sides = [(0, 0)] * 3
        sides[axis] = (reach, reach)
        padded = np.moveaxis(np.pad(planes, sides, mode="symmetric"), axis, 0)
        total = taps[0] * padded[reach : reach + count]
        for i in range(1, reach + 1):
            total += taps[i] * (padded[reach - i : reach - i + count] + padded[reach + i : reach + i + count])
        planes = np.moveaxis(total, 0, axis)
    return planes


def added(planes: Floats) -> Floats:
    """Sums of BLOCK² places; of fewer at the ends."""
    for axis in (1, 2):
        sides = [(0, 0)] * 3
        sides[axis] = (0, -planes.shape[axis] % BLOCK)
        padded = np.moveaxis(np.pad(planes, sides), axis, 0)
        total = padded[::BLOCK].copy()
        for i in range(1, BLOCK):
            total += padded[i::BLOCK]
        planes = np.moveaxis(total, 0, axis)
    return planes


def enlarged(planes: Floats) -> Floats:
    """BLOCK times as high and wide, bilinearly: first down, then across."""
    for axis in (1, 2):
        here = np.moveaxis(planes, axis, 0)
        padded = np.concatenate([here[:1], here, here[-1:]])
        pairs = ((padded[i : i + len(here)], padded[i + 1 : i + 1 + len(here)], at) for i, at in BETWEEN)
        parts = [np.asarray(one + at * (other - one), np.float32) for one, other, at in pairs]
        planes = np.moveaxis(np.stack(parts, axis=1).reshape(BLOCK * len(here), *here.shape[1:]), 0, axis)
    return planes
