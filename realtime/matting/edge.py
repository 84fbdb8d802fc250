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
from ..kernel.guided import REACH, Step
from ..matte import Box, bounds, clear, even, inside

EPSILON = 1.3  # codes²: edges weaker than its root are not followed
FAINTEST = 0.01  # of a mask that is looked at; twice the reach farther the filter gives 0


class Edge:
    """Makes fine alphas; where nobody is near it does no work.

    size  of the fine planes
    step  from what alpha on somebody is there
    """

    def __init__(self, size: Size, step: Step) -> None:
        self._step = step
        self._alpha: Plane = np.zeros((size.height, size.width), np.uint8)
        self._used = Box(0, 0, 0, 0)
        self._mask: Mask | None = None  # the last one, where it is, and half of it there
        self._box = Box(0, 0, 0, 0)
        self._half: Mask = np.empty((0, 0), np.float32)

    def __call__(self, mask: Mask, quarter: Planes, fine: Planes) -> Plane:
        """(H, W) uint8 of the fine size from a mask (h, w) of the coarse one; ours until the next call.

        mask     one that comes again must be as it was
        quarter  (h/2, w/2), the picture at half of the mask's size
        """
        if mask is not self._mask:
            self._mask, self._box = mask, even(bounds(mask, FAINTEST, 4 * REACH), mask)
            self._half = halved(mask[inside(self._box)])
        box, small = self._box, self._half
        finely = Box(*(2 * edge for edge in box))
        clear(self._alpha, self._used, finely)
        self._used = finely
        if box.x0 == box.x1:
            return self._alpha
        x0, y0, x1, y1 = (edge // 2 for edge in box)
        y, u, v = (plane[y0:y1, x0:x1] for plane in quarter)
        there = inside(finely)
        fine_y, fine_u, fine_v = (plane[there] for plane in fine)
        onto = self._alpha[there]
        choice.kernel.guided(small, (y, u, v), (fine_y, fine_u, fine_v), EPSILON, self._step, onto)
        return self._alpha


def halved(mask: Mask) -> Mask:
    """(h, w) in, (h/2, w/2) out; nothing of nothing."""
    size = (mask.shape[1] // 2, mask.shape[0] // 2)
    if not mask.size:
        return mask
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.float32)
