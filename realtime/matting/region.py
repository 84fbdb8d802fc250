"""Where to look: square crops around people, which follow them.

A model that sees a person large sees them well: of all steps this one gains most (docs/quality.md).
Two squares always cover a 16:9 picture, so there are never more than two. Sizes and places are px of
the coarse mask.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Size
from ..matte import Box

Corners = npt.NDArray[np.float32]  # x0, y0, x1, y1

LIMIT = 5  # crops at a time, each costs a model call
MARGIN = 0.06  # of the person's larger side; .04 to .10 are equal, .25 loses small people
PART = 0.1  # of the largest person's area: what is smaller is noise
SMALLEST = 0.001  # of the picture: nobody to be seen is smaller
FOLLOWING = 0.08  # s until a crop has gone half of its way
DEAD_ZONE = 0.05  # of its size by which a crop may be wrong before it moves
TOUCH = 0.02  # of its size: a person this near to the crop's side goes on beyond it
REGROUPING = 0.17  # s for which people must have been apart, or together, before the crops follow
COARSER = 1.15  # times as large a crop for two may be as the larger of two crops, before they part
REJOIN = 1.05  # and below which they join again


def people(mask: Mask, threshold: float = 0.5) -> list[Box]:
    """The boxes of all connected parts of a mask that count, left to right."""
    # Outlines tell boxes and areas 25 times as fast as connected components, which label every pixel.
    found = (mask > threshold).view(np.uint8)
    outlines, _ = cv2.findContours(found, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    areas = [cv2.contourArea(outline) for outline in outlines]
    least = max(PART * max(areas, default=0.0), SMALLEST * mask.size)
    sides = [cv2.boundingRect(line) for line, area in zip(outlines, areas, strict=True) if area >= least]
    return sorted((Box(x, y, x + w, y + h) for x, y, w, h in sides), key=lambda box: box.x0 + box.x1)


def around(boxes: list[Box], size: Size) -> Corners:
    """The square around all the boxes, with a margin, inside the picture.

    Where the picture is not high enough for it, it is as high as the picture and wider than high.
    """
    left, right = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    top, bottom = min(box.y0 for box in boxes), max(box.y1 for box in boxes)
    margin = MARGIN * max(right - left, bottom - top)
    above = max(0.0, top - margin)
    below = min(float(size.height), bottom + margin)
    longest = max(right - left + 2 * margin, below - above)
    width, height = min(longest, size.width), min(longest, size.height)
    x0 = min(max((left + right - width) / 2, 0.0), size.width - width)
    y0 = min(max((above + below - height) / 2, 0.0), size.height - height)
    return np.array([x0, y0, x0 + width, y0 + height], np.float32)


def arranged(boxes: list[Box], size: Size, coarser: float) -> list[Corners]:
    """A crop for each, but one for neighbours whom it shows hardly more coarsely: at most `coarser` times."""
    groups = [[box] for box in boxes]
    crops = [around(group, size) for group in groups]
    while len(groups) > 1:
        joined = [around(a + b, size) for a, b in pairwise(groups)]
        costs = [side(j) / max(side(a), side(b)) for j, (a, b) in zip(joined, pairwise(crops), strict=True)]
        best = int(np.argmin(costs))
        if costs[best] > coarser and len(groups) <= LIMIT:
            break
        groups[best : best + 2] = [groups[best] + groups[best + 1]]
        crops[best : best + 2] = [joined[best]]
    return crops


def side(crop: Corners) -> float:
    """The larger of width and height."""
    return float(max(crop[2] - crop[0], crop[3] - crop[1]))


class Regions:
    """The crops, which follow people without trembling.

    crops  none while nobody is known
    """

    def __init__(self, size: Size) -> None:
        self.crops: list[Corners] = []
        self._size = size
        self._regroup_since: float | None = None

    def jump(self, boxes: list[Box]) -> None:
        """Look there at once."""
        self.crops = arranged(boxes, self._size, COARSER) if boxes else []
        self._regroup_since = None

    def follow(self, boxes: list[Box], seconds: float, passed: float) -> None:
        """Go a part of the way to where people are now. `passed`: s since the last call."""
        wanted = self._wanted(boxes)
        if len(wanted) != len(self.crops):
            if self._regroup_since is None:
                self._regroup_since = seconds
            if seconds - self._regroup_since >= REGROUPING:
                self.jump(boxes)
                return
            if len(self.crops) > 1:
                return
            wanted = [around(boxes, self._size)]
        else:
            self._regroup_since = None
        share = 1 - 0.5 ** (passed / FOLLOWING)
        self.crops = [
            self._moved(crop, want, boxes, share) for crop, want in zip(self.crops, wanted, strict=True)
        ]

    def _wanted(self, boxes: list[Box]) -> list[Corners]:
        """As many crops as now, unless that is clearly too few or too many."""
        fewest = arranged(boxes, self._size, COARSER)
        if len(fewest) >= len(self.crops):
            return fewest
        most = arranged(boxes, self._size, REJOIN)
        return most if len(most) <= len(self.crops) else fewest

    def covers(self, box: Box) -> bool:
        """Whether most of the box lies in one of the crops."""
        return any(shared(crop, box) > 0.5 * (box.x1 - box.x0) * (box.y1 - box.y0) for crop in self.crops)

    def _moved(self, crop: Corners, want: Corners, boxes: list[Box], share: float) -> Corners:
        if any(shared(crop, box) and self._touches(crop, box) for box in boxes):
            return want
        if np.abs(want - crop).max() <= DEAD_ZONE * side(crop):
            return crop
        return np.asarray(crop + np.float32(share) * (want - crop), np.float32)

    def _touches(self, crop: Corners, box: Box) -> bool:
        """Whether the person reaches a side of the crop that is not the picture's side."""
        near = TOUCH * side(crop)
        width, height = self._size
        x0, y0, x1, y1 = crop
        return bool(
            (box.x0 < x0 + near and x0 > 0.5)
            or (box.y0 < y0 + near and y0 > 0.5)
            or (box.x1 > x1 - near and x1 < width - 0.5)
            or (box.y1 > y1 - near and y1 < height - 0.5)
        )


def shared(crop: Corners, box: Box) -> float:
    """The area that both cover."""
    across = min(crop[2], box.x1) - max(crop[0], box.x0)
    down = min(crop[3], box.y1) - max(crop[1], box.y0)
    return float(max(0.0, across) * max(0.0, down))
