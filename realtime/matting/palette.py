"""Which colours are the person's today, and which the room's nearby."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Plane, Planes
from ..matte import bounds

Counts = npt.NDArray[np.float32]  # LEVELS: how often each colour was seen
Colours = npt.NDArray[np.uint16]  # (h, w): the place of each pixel's colour in flat counts

LEVELS = (16, 32, 32)  # of luma, over all codes, and of both chromas, over the middle half of them
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

BY_LUMA = (np.arange(256) // 16 * LEVELS[1] * LEVELS[2]).astype(np.uint16)
BY_CHROMA = (np.clip(np.arange(256) - 64, 0, 127) // 4).astype(np.uint16)


class Palette:
    """Counts the colours of the sure person and of the room around, and settles what is unsure with them.

    Gaps between strands of hair, or between arm and body, have the room's colours; the models see them
    poorly, but see all around them well. The likelihood ratio of a colour under both histograms corrects
    the mask as the plate does (plate.py): tempered, bounded, and where the mask is 0 it stays so. As in
    GrabCut's colour models (Rother, Kolmogorov, Blake 2004), counted instead of fitted, over a few seconds.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another scene has other colours."""
        self._person: Counts = np.zeros(LEVELS, np.float32)
        self._room: Counts = np.zeros(LEVELS, np.float32)
        self._evidence: Counts = np.zeros(int(np.prod(LEVELS)), np.float32)  # nats for the person
        self._taught: float | None = None

    def __call__(self, mask: Mask, coarse: Planes, seconds: float) -> Mask:
        """(h, w) in, (h, w) out, in [0, 1]; it learns from the mask as it comes in, never from itself."""
        colours = named(coarse)
        if self._taught is None or seconds - self._taught >= EVERY:
            passed = 0.0 if self._taught is None else seconds - self._taught
            self._learn(colours, mask, 0.5 ** (passed / HALF_LIFE))
            self._taught = seconds
        box = bounds(mask, FAINTEST, 1)
        corrected = mask.copy()
        if box.x0 == box.x1:
            return corrected
        there = np.s_[box.y0 : box.y1, box.x0 : box.x1]
        claimed = cv2.blur(np.take(self._evidence, colours[there], mode="clip"), (3, 3))
        cv2.multiply(cv2.exp(claimed, dst=claimed), mask[there], dst=claimed)
        total = np.float32(1 + 1e-6) - mask[there]
        total += claimed
        cv2.divide(claimed, total, dst=corrected[there])
        return corrected

    def _learn(self, colours: Colours, mask: Mask, kept: float) -> None:
        """Count once more; `kept`: the share of the old counts that is not forgotten."""
        person = np.asarray(cv2.erode((mask > PERSON).view(np.uint8), INSIDE), np.uint8)
        near = cv2.dilate((mask > 0.5).view(np.uint8), NEAR)
        room = np.asarray(cv2.min(cv2.erode((mask < ROOM).view(np.uint8), INSIDE), near), np.uint8)
        self._person = self._person * np.float32(kept) + counted(colours, person)
        self._room = self._room * np.float32(kept) + counted(colours, room)
        totals = float(self._person.sum()), float(self._room.sum())
        if min(totals) < ENOUGH:
            self._evidence[:] = 0
            return
        # log of the ratio of both shares
        ratio = np.log(self._person / totals[0] + ANYHOW) - np.log(self._room / totals[1] + ANYHOW)
        self._evidence = np.clip(np.float32(TEMPER) * ratio, -FOR_ROOM, FOR_PERSON).ravel()


def named(planes: Planes) -> Colours:
    """The place of each pixel's colour in flat counts, of the picture without its noise."""
    y, u, v = (np.asarray(cv2.blur(plane, (3, 3)), np.uint8) for plane in planes)
    chroma = cv2.add(cv2.LUT(u, np.uint16(LEVELS[2]) * BY_CHROMA), cv2.LUT(v, BY_CHROMA))
    return np.asarray(cv2.add(cv2.LUT(y, BY_LUMA), chroma), np.uint16)


def counted(colours: Colours, where: Plane) -> Counts:
    """How often each colour is where `where` is not 0; along each axis shared with neighbours by 1, 2, 1."""
    counts = np.bincount(colours[where > 0], minlength=int(np.prod(LEVELS))).astype(np.float32)
    counts = np.pad(counts.reshape(LEVELS), 1, mode="edge")
    for axis in range(3):
        along = np.moveaxis(counts, axis, 0)
        counts = np.moveaxis(along[:-2] + 2 * along[1:-1] + along[2:], 0, axis) / np.float32(4)
    return np.asarray(counts, np.float32)
