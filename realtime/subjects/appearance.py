"""What people look like: histograms of their Y, U and V."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..frame import Planes

Bins = npt.NDArray[np.uint16]  # (h, w): which bin each pixel's colour falls in
Histogram = npt.NDArray[np.float32]  # (BINS,), sums to 1
Flags = npt.NDArray[np.bool_]  # (h, w)

# 32 levels of luma a bin, for light falls unevenly on people; 8 of chroma, which tells clothes apart.
LUMA, CHROMA = 8, 32
BINS = LUMA * CHROMA * CHROMA
LEAST = 2e-4  # probability of a colour never seen on somebody


def binned(planes: Planes) -> Bins:
    """Planes of one size to the bins of their pixels."""
    y, u, v = (plane.astype(np.uint16) for plane in planes)
    return np.asarray((y >> 5) * (CHROMA * CHROMA) + (u >> 3) * CHROMA + (v >> 3), np.uint16)


def histogram(bins: Bins, where: Flags) -> Histogram:
    """Of the pixels there, smoothed: a colour just beside one that was seen is no stranger."""
    counts = np.bincount(bins[where], minlength=BINS).astype(np.float32).reshape(LUMA, CHROMA, CHROMA)
    for level in counts:
        cv2.blur(level, (3, 3), dst=level, borderType=cv2.BORDER_CONSTANT)
    counts[1:] += 0.5 * counts[:-1]
    total = float(counts.sum())
    return np.asarray(counts.reshape(-1) / max(total, 1.0), np.float32)


def likeness(one: Histogram, other: Histogram) -> float:
    """Bhattacharyya's coefficient: 1 for equal ones, 0 for no colour in common."""
    return float(np.sqrt(one * other).sum())
