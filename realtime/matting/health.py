"""Whether a model's answer is a mask at all."""

from __future__ import annotations

import cv2
import numpy as np

from ...models.segmenter import InputSize, Mask
from ..reason import MaskRefused, Reason

SURE = 0.05  # every mask has places that it is so sure to be room
BEYOND = 1e-3  # [0, 1], for rounding's sake
ROUGHEST = 0.1  # mean step to the 3x3 mean around; masks of people stay below .02, noise is at .25


def check(mask: Mask, wanted: InputSize) -> None:
    """Refuse what no person looks like: wrong shape, NaN, values beyond [0, 1], no room anywhere, noise.

    Raises MaskRefused. A mask without any person passes: then everything is blurred.
    """
    if mask.shape != (wanted.height, wanted.width):
        raise MaskRefused(Reason.BROKEN_MASK)
    # One NaN makes both NaN, and these no comparison holds; five times as fast as OpenCV's checkRange.
    intact = np.min(mask) >= -BEYOND and np.max(mask) < 1 + BEYOND
    if not intact or everywhere(mask) or roughness(mask) > ROUGHEST:
        raise MaskRefused(Reason.BROKEN_MASK)


def everywhere(mask: Mask) -> bool:
    """Whether all of the picture is claimed for a person, in part at least."""
    return float(np.min(mask)) > SURE


def roughness(mask: Mask) -> float:
    """Mean absolute difference between a mask and its 3x3 box mean: 0 for flat areas, .25 for noise."""
    return cv2.norm(mask, cv2.blur(mask, (3, 3)), cv2.NORM_L1) / mask.size
