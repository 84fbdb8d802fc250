"""Parts of the mask that come out of nowhere must last before they are believed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...models.segmenter import Mask
from ..frame import Plane
from ..matte import Box

LASTING = 0.1  # s for which a new part must be there
NEAR = cv2.getStructuringElement(cv2.MORPH_RECT, (9, 9))  # px: so near to a known part it belongs to it
SOFT = 4  # px: how far a part's soft edge reaches beyond its outline
FORGIVEN = 0.1  # s for which a new part may be missing and is the same afterwards


@dataclass(slots=True)
class Newcomer:
    """A part that is not believed yet: where it was last, when it was first and last seen, s."""

    box: Box
    since: float
    seen: float


class Islands:
    """Keeps parts of a mask that flash up out of it.

    The largest part is the person and is never kept back, nor is what touches something known: so no
    hand or head is late. A part that vanishes goes at once, since to hold it would show the room; where
    the picture stands still the steadying holds it.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another scene: all that is there then is believed."""
        self._known: Plane | None = None  # not 0 at and near what was believed in the last mask
        self._newcomers: list[Newcomer] = []

    def __call__(self, mask: Mask, seconds: float) -> Mask:
        """(h, w) in, (h, w) out, in [0, 1]; the same array, in which what is not believed is 0."""
        there = (mask > 0.5).view(np.uint8)
        # Outlines are dear. Where all lies on what is known, so does each part.
        if self._known is not None and cv2.countNonZero(cv2.subtract(there, self._known)):
            self._keep_back(mask, there, self._known, seconds)
        self._newcomers = [each for each in self._newcomers if seconds - each.seen <= FORGIVEN]
        self._known = np.asarray(cv2.dilate(there, NEAR), np.uint8)
        return mask

    def _keep_back(self, mask: Mask, there: Plane, known: Plane, seconds: float) -> None:
        """Take out of the mask, and of `there`, 1 where it is, the parts that are not believed."""
        outlines, _ = cv2.findContours(there, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        if len(outlines) < 2:
            return
        largest = max(outlines, key=cv2.contourArea)
        for outline in outlines:
            if outline is not largest and not self._believed(outline, known, seconds):
                _clear(mask, outline)
                cv2.drawContours(there, [outline], -1, 0, cv2.FILLED)

    def _believed(self, outline: cv2.typing.MatLike, known: Plane, seconds: float) -> bool:
        """Whether a part touches what is known, or has been there for long enough."""
        x, y, w, h = cv2.boundingRect(outline)
        border = np.asarray(outline, np.intp)
        if np.any(known[border[:, 0, 1], border[:, 0, 0]]):
            return True
        box = Box(x, y, x + w, y + h)
        for newcomer in self._newcomers:
            if overlap(newcomer.box, box):
                newcomer.box, newcomer.seen = box, seconds
                return seconds - newcomer.since >= LASTING
        self._newcomers.append(Newcomer(box, seconds, seconds))
        return False


def overlap(one: Box, other: Box) -> bool:
    """Whether both share a place."""
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1


def _clear(mask: Mask, outline: cv2.typing.MatLike) -> None:
    """Take one part out of the mask, with its soft edge."""
    cv2.drawContours(mask, [outline], -1, 0, cv2.FILLED)
    cv2.drawContours(mask, [outline], -1, 0, 2 * SOFT)
