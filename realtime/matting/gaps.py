"""Gaps in a person: where a place and all around it has the room's colours, no model is so sure of it."""

from __future__ import annotations

import numpy as np

from ...models.segmenter import Mask
from ..kernel import choice
from ..kernel.evidence import Codes, Floats, Odds
from ..matte import Box, bounds, inside
from .palette import FOR_ROOM

CLEARLY = 0.8  # nats: what speaks for the room by no more than this is left to the palette
TIMES = 16.0  # what goes beyond counts so often: neighbours who agree are more than one witness
SURE = 0.7  # of a mask: a patch that is more than that everywhere lies in the midst of a person
STEPS = 2048  # of the table
FAINTEST = 0.01  # of a mask that is looked at

BEYOND = np.linspace(CLEARLY - FOR_ROOM, 0, STEPS + 1)  # nats
ODDS = Odds(np.exp(TIMES * BEYOND).astype(np.float32), -FOR_ROOM, -CLEARLY, TIMES)


def without_gaps(mask: Mask, halved: Codes, evidence: Floats) -> Mask:
    """(h, w) in, (h, w) out, in [0, 1]; the same array, in which the gaps are empty.

    Between hair and neck, or arm and body, models are often sure of a person, and the palette's bounded
    doubt is not enough. A single place may have the room's colour by chance, a strand of hair or a fold; a
    patch in which even the likeliest place speaks for the room has not: 3x3 at half the size, 24 px of 720p.
    Of a patch in the midst of a person all is emptied; at the person's edge only its middle, since the rest
    may be the edge itself.

    halved    (3, h/2, w/2), the picture
    evidence  nats for the person, of each colour, flat, as the palette has learnt it
    """
    # On even edges; an odd last row or column has no half: it stays as it is.
    x0, y0, x1, y1 = bounds(mask, FAINTEST, 2)
    box = Box(x0 & ~1, y0 & ~1, x1 & ~1, y1 & ~1)
    if box.x0 < box.x1 and box.y0 < box.y1:
        there = np.s_[:, box.y0 // 2 : box.y1 // 2, box.x0 // 2 : box.x1 // 2]
        choice.kernel.empty(mask[inside(box)], halved[there], evidence, ODDS, SURE)
    return mask
