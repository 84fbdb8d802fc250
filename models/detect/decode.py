"""From a detector's numbers to things with a box and points, each of them once."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .region import Points

Floats = npt.NDArray[np.float32]

CLIPPED = 100.0  # a score before the sigmoid says no more beyond
SAME = 0.3  # IoU of boxes from which they are of one thing


class Found(NamedTuple):
    """What was found in a square picture, the surest first; coordinates 0..1 of its side.

    scores   (N,), 0..1
    corners  (N, 2 + K, 2): of the box its top left and bottom right, and the key points
    """

    scores: Floats
    corners: Floats


def decode(boxes: Floats, scores: Floats, middles: Points, side: int, threshold: float) -> Found:
    """What is as sure as `threshold`; boxes are (N, 4 + 2 K) px from their anchors, scores (N,) logits."""
    least = math.log(threshold / (1 - threshold))
    sure = np.flatnonzero(scores >= least)
    sure = sure[np.argsort(-scores[sure], kind="stable")]
    offsets = boxes[sure].reshape(len(sure), boxes.shape[1] // 2, 2) / np.float32(side)
    middle, half = offsets[:, :1], offsets[:, 1:2] / 2
    corners = np.concatenate([middle - half, middle + half, offsets[:, 2:]], axis=1)
    sureness = 1 / (1 + np.exp(-scores[sure].clip(-CLIPPED, CLIPPED)))
    return Found(np.asarray(sureness, np.float32), corners + middles[sure, np.newaxis])


def each_once(found: Found) -> Found:
    """Weighted non-maximum suppression: of one thing the mean of all boxes, with the surest one's score."""
    scores, corners = found
    left = np.arange(len(scores))
    kept: list[int] = []
    means: list[Floats] = []
    while len(left):
        first = left[0]
        like = overlap(corners[first], corners[left]) > SAME
        like[0] = True  # itself, were it of no size
        weights = scores[left[like]]
        kept.append(int(first))
        means.append(np.tensordot(weights, corners[left[like]], axes=1) / weights.sum())
        left = left[~like]
    return Found(scores[kept], np.array(means, np.float32).reshape(len(kept), *corners.shape[1:]))


def overlap(one: Floats, others: Floats) -> Floats:
    """IoU of a box with others, (N,)."""
    shared = np.minimum(one[1], others[:, 1]) - np.maximum(one[0], others[:, 0])
    both = shared.clip(0).prod(axis=-1)
    areas = (others[:, 1] - others[:, 0]).clip(0).prod(axis=-1) + (one[1] - one[0]).clip(0).prod()
    return np.asarray(both / np.maximum(areas - both, 1e-12), np.float32)
