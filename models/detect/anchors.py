"""SSD's anchors: the places that a detector's answers count from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .region import Points


def anchors(side: int, cells: Sequence[tuple[int, int]]) -> Points:
    """(N, 2) middles of the anchors of a square picture, 0..1: row by row, those of a cell one after another.

    cells  for each layer, its stride in pixels and how many anchors a cell has; all have the same size
    """
    return np.concatenate([_layer(side // stride, count) for stride, count in cells])


def _layer(across: int, count: int) -> Points:
    middles = (np.arange(across, dtype=np.float32) + 0.5) / across
    y, x = np.meshgrid(middles, middles, indexing="ij")
    return np.asarray(np.stack([x, y], axis=-1).reshape(-1, 2).repeat(count, axis=0), np.float32)
