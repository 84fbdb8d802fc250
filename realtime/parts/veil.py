"""Blurs a part of the person beyond recognition; where it is not known for sure, all of them."""

from __future__ import annotations

import cv2
import numpy as np

from ..frame import I420, Frame, Plane, Planes, Size
from ..kernel import choice
from ..matte import Box, Matte, cut, inside
from ..scale import CELLS, Halver, fill, resized
from .heads import Flags, widened
from .sight import SPEED, TIMES, Sight

TOO_OLD = 0.6  # s after which a look says nothing any more
LOST = 0.15  # of what was hidden: if more of it is nobody now, the person has moved away from it
SMALL = 3  # halvings of what is averaged
UNKNOWN = np.float32(1e-3)


class Veil:
    """What is between a person and the compositor while a part of them must not be seen.

    sight  what sees where the part is; None: all of the person is hidden

    Hidden is what the look says, widened by how far a head may have moved since; whatever has become
    part of the person since; and everything, when there is no look that is new enough, or the person is
    not any more where the part was. What is hidden shows a few soft patches of the person's own colours.
    """

    def __init__(self, size: Size, sight: Sight | None) -> None:
        self._size = size
        self._sight = sight
        self._person = I420(size).planes
        self._halvers = tuple(Halver(SMALL - n) for n in (0, 1, 1, 0))
        self._grid = (CELLS, max(1, round(CELLS * size.height / size.width)))

    def __call__(self, frame: Frame, matte: Matte, person: Planes, box: Box) -> Planes:
        """The person inside of the box, as `person` but for what is hidden; ours until the next call."""
        kept = np.where(self.hidden(frame, matte), 0, 255).astype(np.uint8)
        width, height = self._size
        share, half = resized(kept, self._size), resized(kept, (width // 2, height // 2))
        half_box = Box(*(edge // 2 for edge in box))
        shares = (share[inside(box)], half[inside(half_box)], half[inside(half_box)])
        for soft, onto in zip(self._patches(frame.planes, matte), self._person, strict=True):
            fill(soft, onto, interpolation=cv2.INTER_CUBIC)
        veiled = cut(self._person, box)
        for plane, keep, onto in zip(person, shares, veiled, strict=True):
            choice.kernel.blend(plane, keep, onto)
        return veiled

    def hidden(self, frame: Frame, matte: Matte) -> Flags:
        """(h, w) at a quarter of the frame's size: what must not be seen."""
        there = matte.halved(TIMES) > 0
        seen = self._sight(frame, matte) if self._sight else None
        everything = np.ones_like(there)
        if seen is None or (age := abs(frame.seconds - seen.seconds)) > TOO_OLD:
            return everything
        was = np.count_nonzero(seen.hidden & seen.there)
        if np.count_nonzero(seen.hidden & seen.there & ~there) > LOST * was:
            return everything
        reach = SPEED * age * seen.width
        return widened(seen.hidden, reach) | (there & ~widened(seen.there, 1))

    def close(self) -> None:
        """Its thread ends, soon."""
        if self._sight:
            self._sight.close()

    def _patches(self, planes: Planes, matte: Matte) -> list[Plane]:
        """The person in CELLS cells across the frame, without the room: B(I·a) / B(a)."""
        y, u, v, alpha = (
            halve(plane) for halve, plane in zip(self._halvers, (*planes, matte.alpha), strict=True)
        )
        weight = alpha.astype(np.float32) + UNKNOWN
        room = np.asarray(cv2.merge([y, u, v, np.ones_like(y)]), np.float32)
        weighed = room * weight[..., np.newaxis]
        cells = cv2.resize(weighed, self._grid, interpolation=cv2.INTER_AREA)
        *colours, known = cv2.split(cv2.GaussianBlur(cells, (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE))
        return [np.asarray(cv2.divide(c, known, dtype=cv2.CV_8U), np.uint8) for c in colours]
