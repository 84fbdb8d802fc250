"""Steadies a mask over time."""

from __future__ import annotations

import numpy as np

from ..models.segmenter import Mask


class Steadier:
    """MediaPipe's smoother: the previous mask counts where the new one is unsure.

    ratio  0 keeps the new mask, 1 trusts the old one fully where the new is at one half

    t = (new − ½)²; u = 1 − min(1, t·(c1 + t·(c2 + t·(c3 + t·(c4 + t·c5))))); out = new + (old − new)·u·ratio
    (SegmentationSmoothingCalculator of MediaPipe; u fits the entropy of the new mask.)
    """

    COEFFICIENTS = (5.68842, -0.748699, -57.8051, 291.309, -624.717)

    def __init__(self, ratio: float = 0.7) -> None:
        self._ratio = np.float32(ratio)
        self._old: Mask | None = None

    def __call__(self, mask: Mask) -> Mask:
        """(H, W) in, (H, W) out, in [0, 1]; ours until the next call."""
        if self._old is None or self._old.shape != mask.shape:
            self._old = mask.copy()
            return self._old
        t = np.square(mask - np.float32(0.5))
        sure = np.zeros_like(t)
        for c in reversed(self.COEFFICIENTS):
            sure = t * (np.float32(c) + sure)
        unsure = np.clip(1 - sure, 0, 1)
        self._old += (mask - self._old) * (1 - unsure * self._ratio)
        return self._old

    def reset(self) -> None:
        """Forget the old mask: the next one starts a new scene."""
        self._old = None
