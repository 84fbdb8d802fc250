"""Whether a mask can be trusted."""

from __future__ import annotations

import cv2
import numpy as np

from ..models.segmenter import InputSize, Mask
from .reason import MaskRefused, Reason

FULL_SHARE = 0.97  # of the picture; a face held right before the lens fills about .85


def check(mask: Mask, wanted: InputSize) -> None:
    """Refuse a mask that is no mask: wrong shape, NaN, out of [0, 1], or person everywhere.

    Raises MaskRefused. A mask without any person passes: then everything is blurred.
    """
    if mask.shape != (wanted.height, wanted.width):
        raise MaskRefused(Reason.BROKEN_MASK)
    intact, _ = cv2.checkRange(mask, quiet=True, minVal=-1e-3, maxVal=1.001)  # false for NaN too
    if not intact:
        raise MaskRefused(Reason.BROKEN_MASK)
    if np.count_nonzero(mask > 0.5) > FULL_SHARE * mask.size:
        raise MaskRefused(Reason.FULL_MASK)
