"""How many people a blob of the mask is made of, told from its shape alone.

Bodies are thick and touch in thin places: a blob falls apart into them when its distance transform is cut
at a level well below each body's own thickness. Where shoulders overlap, heads stand out side by side.
"""

from __future__ import annotations

import cv2
import numpy as np

from .split import Flags, Floats, Labels

CUTS = (2.0, 4.0, 6.0, 9.0, 12.0)  # px of the coarse mask at which a blob is tried
NECK = 0.5  # of a body's thickness: a head is cut off at about .65 of its own, people at less
SHARE = 0.12  # of the blob's area that a body has at least, once it is cut
UPRIGHT = 0.55  # of its width by which a head stands above the dip beside it
HEADS = 0.45  # of the thicker head's thickness: an arm that is raised has less
LEAST = 6.0  # px: half of the width of a head that may be told by its shape


def bodies(blob: Flags, pixel: float = 1.0) -> list[Flags]:
    """Seeds of the people in a blob, left to right; one seed if there is no sign of more.

    pixel  px of the coarse mask that one of the blob's is wide
    """
    depth = np.asarray(cv2.distanceTransform(blob.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
    depth *= pixel
    area = int(np.count_nonzero(blob))
    for level in CUTS:
        parts = [part for part in pieces(depth > level) if depth[part].max() * NECK > level]
        thick = [part for part in parts if np.count_nonzero(part) > SHARE * area]
        if len(thick) > 1:
            return thick
    heads = heads_of(blob, depth, pixel)
    return heads if len(heads) > 1 else [blob]


def pieces(flags: Flags) -> list[Flags]:
    """Connected parts, left to right."""
    count, labels, _, centres = cv2.connectedComponentsWithStats(flags.view(np.uint8), connectivity=8)
    order = sorted(range(1, count), key=lambda n: float(centres[n][0]))
    return [np.asarray(labels == n) for n in order]


def heads_of(blob: Flags, depth: Floats, pixel: float) -> list[Flags]:
    """What stands above the dips of the blob's upper outline and is as thick as a head."""
    columns = np.flatnonzero(blob.any(axis=0))
    top = blob[:, columns[0] : columns[-1] + 1].argmax(axis=0)
    found: list[Flags] = []
    for dip in dips(top, LEAST / pixel):
        above = blob.copy()
        above[dip:] = False
        found = [part for part in pieces(above) if stands(part, float(depth[part].max()))]
        if len(found) > 1:
            break
    thickest = max((float(depth[part].max()) for part in found), default=0.0)
    return [part for part in found if depth[part].max() > HEADS * thickest]


def dips(top: np.ndarray, least: float) -> list[int]:
    """Rows of the lowest places between two rises of the outline by more than `least`, the deepest first."""
    left, right = np.minimum.accumulate(top), np.minimum.accumulate(top[::-1])[::-1]
    depth = top - np.maximum(left, right)  # rows by which a place lies below what rises on both of its sides
    runs = np.flatnonzero(np.diff(np.concatenate([[0], (depth > least).view(np.int8), [0]])))
    starts = runs.reshape(-1, 2)
    return sorted((int(top[a:b].max()) for a, b in starts), reverse=True)


def stands(part: Flags, thickness: float) -> bool:
    """Whether a piece is at least about as high as wide, as heads are, and no noise."""
    _, _, width, height = cv2.boundingRect(part.view(np.uint8))
    return thickness > LEAST and height > UPRIGHT * width


def grown(seeds: list[Flags], blob: Flags) -> Labels:
    """Every pixel of the blob to the nearest seed, 1, 2, ... as they come."""
    away = np.stack(
        [cv2.distanceTransform((~seed).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3) for seed in seeds]
    )
    return np.where(blob, away.argmin(axis=0) + 1, 0).astype(np.int32)
