"""Which colours are the person's today, and which the room's nearby."""

from __future__ import annotations

import cv2
import numpy as np

from ...models.segmenter import Mask
from ..kernel import choice
from ..kernel.evidence import ODDS, Codes, Floats
from ..kernel.histogram import COLOURS, LEVELS
from ..matte import bounds

EVERY = 0.1  # s between two lessons
HALF_LIFE = 2.0  # s until half of what was seen is forgotten
PERSON, ROOM = 0.95, 0.05  # of a mask: what is surely one or the other
NEAR = cv2.getStructuringElement(cv2.MORPH_RECT, (41, 41))  # colours of the room count so near to the person
INSIDE = cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5))  # and both so far from the edge between them
ENOUGH = 200  # px of both without which nothing is claimed
ANYHOW = 2e-5  # of the pixels may have any colour: what was hardly seen tells little
TEMPER = 0.7  # neighbours have much the same colour, so they do not count in full
FOR_ROOM, FOR_PERSON = 2.0, 1.2  # nats by which a place may be doubted, or confirmed, as a person's
FAINTEST = 0.01  # of a mask that is looked at


class Palette:
    """Counts the colours of the sure person and of the room around, and settles what is unsure with them.

    Gaps between strands of hair, or between arm and body, have the room's colours; the models see them
    poorly, but see all around them well. The likelihood ratio of a colour under both histograms corrects
    the mask as the plate does (plate.py): tempered, bounded, and where the mask is 0 it stays so. As in
    GrabCut's colour models (Rother, Kolmogorov, Blake 2004), counted instead of fitted, over a few seconds.

    taught  the last mask was a lesson
    """

    def __init__(self) -> None:
        self._lesson: Floats = np.zeros(LEVELS, np.float32)
        self.reset()

    def reset(self) -> None:
        """Another scene has other colours."""
        self._person: Floats = np.zeros(LEVELS, np.float32)  # how often each colour was seen
        self._room: Floats = np.zeros(LEVELS, np.float32)
        self._evidence: Floats = np.zeros(COLOURS, np.float32)  # nats for the person
        self.taught = False
        self._taught_at: float | None = None

    @property
    def evidence(self) -> Floats:
        """Nats for the person, of each colour, flat."""
        return self._evidence

    def __call__(self, mask: Mask, picture: Codes, seconds: float, *, later: bool = False) -> Mask:
        """(h, w) in, (h, w) out, in [0, 1]; it learns from the mask as it comes in, never from itself.

        picture  (3, h, w), without noise
        later    a lesson that is due waits: this frame has work enough
        """
        self.taught = not later and (self._taught_at is None or seconds - self._taught_at >= EVERY)
        if self.taught:
            passed = 0.0 if self._taught_at is None else seconds - self._taught_at
            self._learn(picture, mask, 0.5 ** (passed / HALF_LIFE))
            self._taught_at = seconds
        box = bounds(mask, FAINTEST, 1)
        corrected = mask.copy()
        if box.x0 == box.x1:
            return corrected
        there = np.s_[..., box.y0 : box.y1, box.x0 : box.x1]
        choice.kernel.doubt(mask[there], picture[there], self._evidence, ODDS, corrected[there])
        return corrected

    def _learn(self, picture: Codes, mask: Mask, kept: float) -> None:
        """Count once more; `kept`: the share of the old counts that is not forgotten."""
        person = np.asarray(cv2.erode((mask > PERSON).view(np.uint8), INSIDE), np.uint8)
        near = cv2.dilate((mask > 0.5).view(np.uint8), NEAR)
        room = np.asarray(cv2.min(cv2.erode((mask < ROOM).view(np.uint8), INSIDE), near), np.uint8)
        for counts, where in ((self._person, person), (self._room, room)):
            choice.kernel.count(picture, where, self._lesson)
            counts *= np.float32(kept)
            counts += self._lesson
        totals = float(self._person.sum()), float(self._room.sum())
        if min(totals) < ENOUGH:
            self._evidence[:] = 0
            return
        # log of the ratio of both shares
        ratio = np.log(self._person / totals[0] + ANYHOW) - np.log(self._room / totals[1] + ANYHOW)
        self._evidence = np.clip(np.float32(TEMPER) * ratio, -FOR_ROOM, FOR_PERSON).ravel()
