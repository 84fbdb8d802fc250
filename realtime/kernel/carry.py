"""A mask carried along with the picture, and mixed with the next one.

A flow says from where each place came, px: (h, 2w) float32, x and y by turns, of the part of a picture that
begins at `origin`, (x, y).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...models.segmenter import Mask
from ..frame import Plane
from .evidence import Floats

Origin = tuple[int, int]
HALF_MOST, HALF_LEAST = np.float32(0.75), np.float32(0.25)  # of the nearer and the farther, at twice the size


class Keeping(NamedTuple):
    """How much of the old mask is kept.

    still, moving    codes by which the picture changed: nothing moves below, all is new above
    matched, missed  codes by which the carried picture differs: followed below, lost above
    long, short      the share that is kept where nothing moves, and where what moves is followed
    """

    still: float
    moving: float
    matched: float
    missed: float
    long: float
    short: float


def miss(before: Plane, now: Plane, flow: Floats, origin: Origin, onto: Floats) -> None:
    """By how many codes the part `now` differs from where it came in the whole of `before`: (h, w)."""
    x, y = flow[:, ::2], flow[:, 1::2]
    onto[:] = np.abs(came(before.astype(np.float32), x, y, origin) - now.astype(np.float32))


def carry(
    mask: Mask,
    old: Mask,
    flow: Floats,
    changed: Floats,
    missed: Floats,
    keeping: Keeping,
    origin: Origin,
    onto: Mask,
) -> None:
    """onto = mask + kept·(old − mask), the mask and `onto` a part, (2h, 2w), `old` the whole, carried.

    flow, changed, missed  at half the size, (h, w), and what `keeping` compares with
    """
    still, moving, matched, lost, long, short = (np.float32(each) for each in keeping)
    moved = np.clip((changed - still) / (moving - still), 0, 1)
    followed = np.clip((lost - missed) / (lost - matched), 0, 1)
    kept = doubled(np.asarray((1 - moved) * long + moved * followed * short, np.float32))
    x, y = (np.float32(2) * doubled(flow[:, i::2]) for i in range(2))
    onto[:] = mask + kept * (came(old, x, y, origin) - mask)


def doubled(values: Floats) -> Floats:
    """(2h, 2w) from (h, w), bilinearly: first down, then across."""
    return between(between(values).T).T


def between(values: Floats) -> Floats:
    """Twice as many rows."""
    height, width = values.shape
    before, after = np.concatenate([values[:1], values[:-1]]), np.concatenate([values[1:], values[-1:]])
    both = [HALF_MOST * values + HALF_LEAST * other for other in (before, after)]
    return np.asarray(np.stack(both, axis=1).reshape(2 * height, width), np.float32)


def came(values: Floats, x: Floats, y: Floats, origin: Origin) -> Floats:
    """The values so far from each place of a part, between four of them; outside is as the nearest."""
    height, width = values.shape
    across = np.arange(origin[0], origin[0] + x.shape[1], dtype=np.float32)
    down = np.arange(origin[1], origin[1] + x.shape[0], dtype=np.float32)
    x = np.clip(x + across, 0, np.float32(width - 1))
    y = np.clip(y + down[:, np.newaxis], 0, np.float32(height - 1))
    left, top = x.astype(np.int32), y.astype(np.int32)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    x, y = x - left.astype(np.float32), y - top.astype(np.float32)
    above = values[top, left] + x * (values[top, right] - values[top, left])
    below = values[bottom, left] + x * (values[bottom, right] - values[bottom, left])
    return np.asarray(above + y * (below - above), np.float32)
