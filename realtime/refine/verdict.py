"""Whether a refiner's answer may teach: wrong ones look as healthy as right ones.

The answer belongs to the very picture that the light model saw too, so both must agree on most of it.
What a refiner is trusted with beyond that depends on its kind: the closer an answer must be to the light
mask, the safer it is, and the less it can teach (Trust).
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..matting.health import ROUGHEST, examined
from .snapshot import Trust

Flags = npt.NDArray[np.bool_]  # (h, w)

LEAST, MOST = 0.6, 1.7  # times the light mask's area
NOBODY = 0.002  # of the picture: less is nobody
ASIDE = 0.1  # of a piece that must be the other mask's, too, for it to be shared
FAINTEST = 0.1  # of an answer that could show something


def why_refused(answer: Mask, light: Mask, trust: Trust) -> str | None:
    """What is wrong with the answer, both (h, w); None: it may teach."""
    if answer.shape != light.shape or (looks := examined(answer)).broken:
        return "it is no mask"
    there, known = answer > 0.5, light > 0.5
    if np.mean(known) < NOBODY:
        return "nobody is known whom it could be about"
    if np.mean(there) < NOBODY:
        return "it is empty"
    if looks.everywhere:
        return "it takes everything for the person"
    if looks.roughness > ROUGHEST:
        return "it is torn"
    shared = shared_pieces(known, there)
    if np.count_nonzero(shared) < (1 - trust.denied) * np.count_nonzero(known):
        shared = known
    if not LEAST <= np.count_nonzero(there) / np.count_nonzero(shared) <= MOST:
        return "its size is not the person's"
    if overlap(there, shared) < trust.likeness:
        return "it is of something else"
    return None


def overlap(one: Flags, other: Flags) -> float:
    """Intersection over union."""
    union = np.count_nonzero(one | other)
    return np.count_nonzero(one & other) / union if union else 1.0


def without_strangers(answer: Mask, light: Mask) -> Mask:
    """The answer without pieces that have next to nothing in common with the light mask.

    They would put into the picture what was never believed to be a person: a lesson must not open the room.
    """
    there = answer > FAINTEST
    return np.where(there & ~shared_pieces(there, light > 0.5), np.float32(0), answer)


def shared_pieces(one: Flags, other: Flags) -> Flags:
    """Those pieces of the one that have something in common with the other."""
    count, found = cv2.connectedComponents(one.view(np.uint8))
    labels = np.asarray(found, np.int32)
    flat = labels.ravel()
    areas = np.bincount(flat, minlength=count)
    common = np.bincount(flat, weights=other.ravel(), minlength=count)
    shares = common >= ASIDE * areas
    shares[0] = False
    return np.asarray(shares[labels])
