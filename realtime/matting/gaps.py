"""Gaps in a person: where a place and all around it has the room's colours, no model is so sure of it."""

from __future__ import annotations

import cv2
import numpy as np

from ...models.segmenter import Mask
from ..frame import Planes
from ..kernel.evidence import Floats
from ..kernel.histogram import named
from ..matte import bounds, even, inside
from ..scale import resized

AROUND = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))  # at half the coarse size: 24 px of 720p
CLEARLY = 0.6  # nats: what speaks for the room by no more than this is left to the palette
TIMES = 8.0  # what goes beyond counts so often: neighbours who agree are more than one witness
FAINTEST = 0.01  # of a mask that is looked at


def without_gaps(mask: Mask, coarse: Planes, evidence: Floats) -> Mask:
    """(h, w) in, (h, w) out, in [0, 1]; the same array where there is no gap.

    Between hair and neck, or arm and body, models are often sure of a person, and the palette's bounded
    doubt is not enough. A single place may have the room's colour by chance, a strand of hair or a fold; a
    patch in which even the likeliest place speaks for the room has not.

    evidence  nats for the person, of each colour, flat, as the palette has learnt it
    """
    box = even(bounds(mask, FAINTEST, 1), mask)
    there = inside(box)
    size = ((box.x1 - box.x0) // 2, (box.y1 - box.y0) // 2)
    if min(size) < 1:
        return mask
    some = np.stack([resized(plane[there], size, interpolation=cv2.INTER_AREA) for plane in coarse])
    likeliest = cv2.dilate(np.take(evidence, named(some), mode="clip"), AROUND)
    if float(likeliest.min()) >= -CLEARLY:
        return mask
    doubt = np.float32(TIMES) * np.minimum(likeliest + np.float32(CLEARLY), 0)
    odds = cv2.resize(np.exp(doubt), (box.x1 - box.x0, box.y1 - box.y0))
    # p' = p·r / (p·r + 1 − p), as in the palette
    claimed = mask[there] * odds
    emptied = mask.copy()
    emptied[there] = claimed / (claimed + np.float32(1 + 1e-6) - mask[there])
    return emptied
