"""Whether a refiner's answer may teach: wrong ones look as healthy as right ones.

The answer belongs to the very picture that the light model saw too, so both must agree on most of it.
What a refiner is trusted with beyond that depends on its kind: the closer an answer must be to the light
mask, the safer it is, and the less it can teach (Refiner.likeness).
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..matting.health import ROUGHEST, examined

Flags = npt.NDArray[np.bool_]  # (h, w)

LEAST, MOST = 0.6, 1.7  # times the light mask's area
NOBODY = 0.002  # of the picture: less is nobody
ASIDE = 0.1  # of a piece that must be the light mask's, too, for it to be a part of somebody known


def why_refused(answer: Mask, light: Mask, likeness: float) -> str | None:
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
    if not LEAST <= np.count_nonzero(there) / np.count_nonzero(known) <= MOST:
        return "its size is not the person's"
    if overlap(there, known) < likeness:
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
    count, found = cv2.connectedComponents((answer > 0.1).view(np.uint8))
    if count <= 2:
        return answer
    labels = np.asarray(found, np.int32)
    flat = labels.ravel()
    areas = np.bincount(flat, minlength=count)
    known = np.bincount(flat, weights=(light.ravel() > 0.5), minlength=count)
    keeps = known >= ASIDE * areas
    keeps[0] = True
    return np.where(keeps[labels], answer, np.float32(0))
