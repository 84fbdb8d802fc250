"""Constants of which TFLite keeps only those that are not 0.

Dimensions come in an order of their own, and one of them may be cut into blocks, whose insides are further
dimensions. Each level says of every place above it which places it has: all of them, or those listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]


class Level(NamedTuple):
    """One dimension: dense, so many places each, or sparse, place n has `places[starts[n]:starts[n + 1]]`."""

    size: int
    starts: Indices | None = None
    places: Indices | None = None


def densify(
    values: npt.NDArray[np.generic],
    shape: tuple[int, ...],
    levels: Sequence[Level],
    order: Sequence[int],
    blocks: Sequence[int],
) -> npt.NDArray[np.generic]:
    """The whole constant, of `shape`.

    values  in the order in which the levels list their places
    order   which dimension each level is; those from len(shape) on are the insides of blocks
    blocks  which dimension each of those is the inside of
    """
    path = np.zeros((1, 0), np.int64)
    sizes = dict(zip(order, (level.size for level in levels), strict=True))
    for level in levels:
        path = _descend(path, level)
    places = {dimension: path[:, number] for number, dimension in enumerate(order)}
    for number, dimension in enumerate(blocks, len(shape)):
        places[dimension] = places[dimension] * sizes[number] + places[number]
    whole = np.zeros(shape, values.dtype)
    whole[tuple(places[dimension] for dimension in range(len(shape)))] = (
        values  # raises where they do not fit
    )
    return whole


def _descend(path: Indices, level: Level) -> Indices:
    """Every place so far, once for each place that it has in this level."""
    if level.starts is None or level.places is None:
        counts = np.full(len(path), level.size)
        here = np.tile(np.arange(level.size), len(path))
    else:
        counts, here = np.diff(level.starts), level.places
    return np.column_stack([np.repeat(path, counts, axis=0), here])
