"""From the mask of all to the mask of those who are shown."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...models.segmenter import Mask
from ..frame import Planes
from ..scale import half
from .split import Labels, distance

SOFT = 6  # px of the labels: so far from somebody the soft edge of theirs may reach


def halved(mask: Mask, planes: Planes) -> tuple[Mask, Planes]:
    """Both at half of their size, at which people are followed: a quarter of the work, and borders between
    people are hardly worse for it.
    """
    height, width = mask.shape
    small = cv2.resize(mask, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32), Planes(*(half(plane) for plane in planes))


def only(mask: Mask, labels: Labels, keys: Sequence[int], onto: Mask) -> Mask:
    """The mask of those with these keys: their pixels, and of the soft edges those nearer to them.

    labels  (h/2, w/2), see Tracker. Where two people meet, one's weight falls from 1 to 0 over two pixels
    onto    is written, and given back
    """
    if not keys:
        onto[:] = 0
        return onto
    theirs = np.isin(labels, keys) if len(keys) > 1 else labels == keys[0]
    others = (labels > 0) & ~theirs
    away = distance(theirs)
    near = away < SOFT
    if others.any():
        near &= away < distance(others)
    height, width = mask.shape
    cv2.resize(near.astype(np.float32), (width, height), dst=onto)
    return np.multiply(mask, onto, out=onto)
