"""How often colours are seen, and what that says of a mask, place by place.

A colour is told by LEVELS of luma, over all codes, and of both chromas, over the middle half of them.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Plane
from .carry import doubled
from .evidence import Codes, Floats, Odds, around

LEVELS = (16, 32, 32)
COLOURS = 16 * 32 * 32
NINTH = np.float32(1 / 9)
NEIGHBOURS = np.ones((3, 3), np.uint8)

Places = npt.NDArray[np.uint16]  # (h, w): which of all COLOURS

BY_LUMA = (np.arange(256) // 16 * LEVELS[1] * LEVELS[2]).astype(np.uint16)
BY_CHROMA = (np.clip(np.arange(256) - 64, 0, 127) // 4).astype(np.uint16)


def named(picture: Codes) -> Places:
    """Which colour each place has; (3, h, w) in."""
    y, u, v = picture
    chroma = cv2.add(cv2.LUT(u, np.uint16(LEVELS[2]) * BY_CHROMA), cv2.LUT(v, BY_CHROMA))
    return np.asarray(cv2.add(cv2.LUT(y, BY_LUMA), chroma), np.uint16)


def count(picture: Codes, where: Plane, onto: Floats) -> None:
    """How often each colour is where `where` is not 0, along each axis shared with neighbours by 1, 2, 1.

    onto  LEVELS, float32
    """
    counts = np.bincount(named(picture)[where > 0], minlength=COLOURS).astype(np.float32)
    counts = np.pad(counts.reshape(LEVELS), 1, mode="edge")
    for axis in range(3):
        along = np.moveaxis(counts, axis, 0)
        counts = np.moveaxis(along[:-2] + 2 * along[1:-1] + along[2:], 0, axis) / np.float32(4)
    onto[:] = counts


def doubt(mask: Mask, picture: Codes, evidence: Floats, odds: Odds, onto: Mask) -> None:
    """p' = p·r / (p·r + 1 − p), r = e to the mean evidence of the colours of 3x3 places; 0 stays 0.

    evidence  (COLOURS,), nats, within the odds' bounds
    """
    low = np.float32(odds.low)
    finer = np.float32(len(odds.table) - 1) / (np.float32(odds.high) - low)
    said = around(evidence[named(picture)]) * NINTH
    claimed = mask * odds.table[((said - low) * finer + np.float32(0.5)).astype(np.int32)]
    onto[:] = claimed / (claimed + (1 - mask) + np.float32(1e-6))


def empty(mask: Mask, picture: Codes, evidence: Floats, odds: Odds, sure: float) -> None:
    """p' = p·r / (p·r + 1 − p), in the mask itself, r by what the likeliest place of a patch of 3x3 says: of
    the patch around each place, and of all that it lies in and of which the mask is sure. Where no patch
    speaks for the room, the mask stays as it is.

    mask      (2h, 2w) in [0, 1]
    picture   (3, h, w)
    evidence  (COLOURS,), nats
    odds      `high`: what speaks for the room is below it; the table has 1 there
    sure      of a patch is a mask that is above it everywhere in it
    """
    low, high = np.float32(odds.low), np.float32(odds.high)
    finer = np.float32(len(odds.table) - 1) / (high - low)
    likeliest = np.asarray(cv2.dilate(evidence[named(picture)], NEIGHBOURS), np.float32)
    steps = ((np.clip(likeliest, low, high) - low) * finer + np.float32(0.5)).astype(np.int32)
    patches = odds.table[steps]
    above, below = mask[::2], mask[1::2]
    least = np.min([above[:, ::2], above[:, 1::2], below[:, ::2], below[:, 1::2]], axis=0)
    whole = np.where(cv2.erode(least, NEIGHBOURS) > np.float32(sure), patches, np.float32(1))
    share = doubled(np.minimum(patches, np.asarray(cv2.erode(whole, NEIGHBOURS), np.float32)))
    claimed = mask * share
    np.copyto(mask, claimed / (claimed + (1 - mask) + np.float32(1e-6)), where=share < 1)
