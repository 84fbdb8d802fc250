"""A subject alone: their picture with alpha, and nothing of what was around them."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..compose.fringe import TIMES, guessed, window_at
from ..frame import Plane
from ..sinks.unmix import clean

Bgr = npt.NDArray[np.uint8]  # (H, W, 3)

FAINT = 0.05  # alpha that counts as nothing, and, from the other end, as all


def with_alpha(picture: Bgr, mask: Mask) -> npt.NDArray[np.uint8]:
    """(H, W, 4) BGRA, which files call RGBA, straight; faint traces of the rest are none.

    The rest is in none of the four: not at the edge, where it shone through, and not where alpha is 0.
    """
    alpha = np.rint(((mask - FAINT) / (1 - 2 * FAINT)).clip(0, 1) * 255).astype(np.uint8)
    alone = [np.asarray(plane, np.uint8, "C") for plane in cv2.split(without_fringe(picture, alpha))]
    for plane in alone:
        clean(plane, alpha)
    return np.dstack([*alone, alpha])


def without_fringe(picture: Bgr, alpha: Plane) -> Bgr:
    """The picture, its edge in the subject's own colours: F = αI + (1 − α)G, as in `Fringe`."""
    height, width = alpha.shape
    size = max(1, width >> TIMES), max(1, height >> TIMES)
    small, share = (
        np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.float32)
        for each in (picture, alpha)
    )
    guess = cv2.resize(guessed(small, share / np.float32(255), window_at(height)), (width, height))
    weight = np.asarray(alpha[..., None] / np.float32(255), np.float32)
    return np.asarray(np.rint(weight * picture + (1 - weight) * guess), np.uint8)
