"""Parts what is joined: to whom each pixel of a person-shaped blob belongs.

People whose masks touch are told apart by where each of them was just before and by the colours that each
of them has; then the border between them is pulled onto the picture's edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .appearance import LEAST, Bins, Histogram

Labels = npt.NDArray[np.int32]  # (h, w): whose each pixel is; 0 = nobody's
Floats = npt.NDArray[np.float32]  # (h, w)
Flags = npt.NDArray[np.bool_]  # (h, w)
Distances = npt.NDArray[np.uint8]  # (h, w), px

REACH = 2.5  # px by which people move between two frames without surprise
FARTHEST = 25  # px; from there on the place says no more than that
PLACE = 1.0  # nats per REACH that a pixel lies away from where somebody was
COLOUR = 0.7  # neighbours look alike, so their colours do not count in full
SMOOTH = (3, 3)  # px over which neighbours decide together
TRIMMED = np.ones((3, 3), np.uint8)  # 1 px on both sides of a border, within which the picture's edges decide
PRESENCE = 3.0  # nats: a hidden person's place is not known; they are believed only for their colours
STRANGER = 3.5  # nats a pixel costs that belongs to somebody never seen before
UNIFORM = 5e-3  # probability of any colour under a stranger


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may own pixels of a blob.

    where  their pixels in the frame before; None: they were hidden, or never seen
    looks  their histogram; None: never seen
    body   nats that each pixel costs because it is no part of their body; None: that is not known
    """

    key: int
    where: Flags | None
    looks: Histogram | None
    body: Floats | None = None


def parted(blob: Flags, claims: Sequence[Candidate], bins: Bins, picture: npt.NDArray[np.uint8]) -> Labels:
    """Every pixel of the blob as one of the claims' ids. `picture`: (h, w, 3) uint8, for its edges."""
    labels: Labels = np.zeros(bins.shape, np.int32)
    least: Floats = np.full(bins.shape, np.inf, np.float32)
    for claim in claims:
        asked = np.asarray(cv2.blur(cost(claim, bins), SMOOTH), np.float32)
        labels[asked < least] = claim.key
        np.minimum(least, asked, out=least)
    labels[~blob] = 0
    return pulled(labels, blob, picture, [claim.key for claim in claims])


def cost(claim: Candidate, bins: Bins) -> Floats:
    """−log p of each pixel: of its colour among theirs, and of its place, given where they were."""
    if claim.looks is None:
        colour = np.full(bins.shape, -np.log(UNIFORM), np.float32)
    else:
        colour = -np.log(claim.looks + np.float32(LEAST))[bins]
    if claim.where is None:
        place: Floats | np.float32 = np.float32(PRESENCE if claim.looks is not None else STRANGER)
    else:
        place = np.minimum(distance(claim.where), FARTHEST) * np.float32(PLACE / REACH)
    if claim.body is not None:
        place = place + claim.body
    return np.asarray(np.float32(COLOUR) * colour + place, np.float32)


def distance(to: Flags) -> Distances:
    """(h, w) px to what is flagged, by rows and columns, at most 255: a third of the cost of the true one."""
    away = cv2.distanceTransform((~to).view(np.uint8), cv2.DIST_L1, cv2.DIST_MASK_3, dstType=cv2.CV_8U)
    return np.asarray(away, np.uint8)


def pulled(labels: Labels, blob: Flags, picture: npt.NDArray[np.uint8], keys: Sequence[int]) -> Labels:
    """Borders between people moved onto the nearest edges (watershed, Meyer 1992)."""
    markers = labels.copy()
    near = [cv2.dilate((labels == key).view(np.uint8), TRIMMED) for key in keys]
    markers[sum(near[1:], near[0]) > 1] = 0
    background = max(keys) + 1
    markers[~blob] = background
    cv2.watershed(picture, markers)
    markers[(markers < 1) | ~blob] = 0
    lines = blob & ((markers == 0) | (markers == background))
    markers[lines] = labels[lines]
    return markers
