"""From a coarse mask to an alpha that follows the picture's edges.

By a guided filter with a colour guide, fitted at half of the coarse size and used at the fine one
(kernel/guided.py). A grey guide is worse than none: hair and room share luma.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...models.segmenter import Mask
from ..frame import Plane, Planes, Size
from ..kernel import choice
from ..kernel.guided import REACH
from ..matte import Box, bounds, even
from ..scale import resized

EPSILON = 1.3  # codes²: edges weaker than its root are not followed
FAINTEST = 0.01  # of a mask that is looked at; twice the reach farther the filter gives 0


class Edge:
    """Makes fine alphas; where nobody is near it does no work.

    size  of the fine planes
    """

    def __init__(self, size: Size) -> None:
        self._alpha: Plane = np.zeros((size.height, size.width), np.uint8)
        self._used = Box(0, 0, 0, 0)

    def __call__(self, mask: Mask, coarse: Planes, fine: Planes) -> Plane:
        """(H, W) uint8 of the fine size from a mask (h, w) of the coarse one; ours until the next call."""
        self._alpha[2 * self._used.y0 : 2 * self._used.y1, 2 * self._used.x0 : 2 * self._used.x1] = 0
        self._used = box = even(bounds(mask, FAINTEST, 4 * REACH), mask)
        if box.x0 == box.x1:
            return self._alpha
        there = np.s_[box.y0 : box.y1, box.x0 : box.x1]
        size = (max(1, (box.x1 - box.x0) // 2), max(1, (box.y1 - box.y0) // 2))
        small = np.asarray(cv2.resize(mask[there], size, interpolation=cv2.INTER_AREA), np.float32)
        y, u, v = (resized(plane[there], size, interpolation=cv2.INTER_AREA) for plane in coarse)
        inside = np.s_[2 * box.y0 : 2 * box.y1, 2 * box.x0 : 2 * box.x1]
        fine_y, fine_u, fine_v = (plane[inside] for plane in fine)
        choice.kernel.guided(small, (y, u, v), (fine_y, fine_u, fine_v), EPSILON, self._alpha[inside])
        return self._alpha
