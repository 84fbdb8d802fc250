"""Whether a mask is one, and where it is."""

from __future__ import annotations

import cv2
import numpy as np

from ...models.segmenter import Mask
from ..frame import Plane


def judge(mask: Mask, least: float, most: float, sure: float) -> tuple[int, int, int]:
    """What a mask (h, w) looks like, which is not empty; `least` and `most` lie about 0 and 1.

    Gives: at how many places it is no number from `least` to `most`; at how many it is no more than `sure`;
    and, of its codes, 0..255, the sum of what nine times each differs from all of the 3x3 around it.
    """
    low, high = np.float32(least), np.float32(most)
    whole = int(np.count_nonzero((mask >= low) & (mask <= high)))
    codes = (np.clip(np.nan_to_num(mask), low, high) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    sums = np.asarray(cv2.boxFilter(codes, cv2.CV_32S, (3, 3), normalize=False), np.int32)
    apart = np.abs(np.int32(9) * codes - sums)
    return mask.size - whole, int(np.count_nonzero(mask <= np.float32(sure))), int(apart.sum(dtype=np.int64))


def bounds(mask: Mask | Plane, above: float) -> tuple[int, int, int, int]:
    """The first column and row in which something is above that, and those behind the last; 0, 0, 0, 0 where
    nothing is.
    """
    x, y, w, h = cv2.boundingRect((mask > above).view(np.uint8))
    return (x, y, x + w, y + h) if w else (0, 0, 0, 0)
