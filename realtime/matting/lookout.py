"""Looks at frames through models: closely at the people it knows of, now and then at everything.

The wide model sees the whole frame and finds people who are large in it; the close one looks through
square crops (region.py) and sees them, and small people too, as well as models 20 times its cost.
"""

from __future__ import annotations

from itertools import cycle

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask, Segmenter
from ..colour import to_rgb
from ..frame import Colour, Planes, Size
from ..matte import Box
from ..scale import resized
from .exposure import Exposure
from .health import check
from .proof import Proven
from .region import Corners, Regions, around, people
from .sudden import Sudden

FAINT = 0.3  # of a person's probability: enough to take a closer look
PASSES = 2  # closer looks at acquisition, each through better crops, before a mask is given
LOST = 0.2  # s without anybody in the crops until the whole frame is searched again
WATCH = 0.2  # s between two looks at the whole frame: newcomers are found within half a second
WAITS = 0.05  # s that such a look waits for a frame that is not looked at closely, so that none bears both
NEWCOMER = 0.004  # of the picture: the least that the wide model must see of one
FOUND = 0.03  # of a crop: the least that the close model must see of somebody
TILES = 3  # squares that a search looks into by turns, see `tiles`
SEAM = 0.15  # of a crop's width: where two overlap, one fades into the other over so much

Weights = npt.NDArray[np.float32]  # (h, w)


def seen_by(model: Segmenter, planes: Planes, colour: Colour, exposure: Exposure | None) -> Mask:
    """The model's mask of the planes, stretched to its input. Raises MaskRefused for one that is none."""
    y, u, v = (resized(plane, model.input_size) for plane in planes)
    picture = to_rgb(Planes(y, u, v), colour)
    mask = model(exposure(picture) if exposure else picture)
    check(mask, model.input_size)
    return mask


def pass_over(model: Segmenter) -> None:
    """A frame that the model need not see counts for its proof nevertheless."""
    if isinstance(model, Proven):
        model.pass_over()


def doubt(model: Segmenter, *, new: bool = False) -> None:
    """Its next mask is to be proven, and narrowly where it is the first of a scene."""
    if isinstance(model, Proven):
        model.doubt(new=new)


class Whole:
    """Looks at the whole frame with one model, always.

    settled  the next look, at the same frame, would say the same
    """

    settled = True
    watched = False

    def __init__(self, model: Segmenter, size: Size, exposure: Exposure | None = None) -> None:
        self.model = model
        self._size = size
        self._exposure = exposure
        self._sudden = Sudden()
        self._before: float | None = None

    def __call__(self, fine: Planes, coarse: Planes, colour: Colour, seconds: float) -> Mask:
        """(h, w) of the coarse size, in [0, 1]."""
        passed = max(0.0, seconds - (seconds if self._before is None else self._before))
        self._before = seconds
        if self._exposure:
            self._exposure.meter(coarse.y, colour, passed)
        mask = self._seen(fine, colour)
        if self._sudden(mask, coarse.y):
            doubt(self.model)
            mask = self._seen(fine, colour)
        return mask

    def pass_over(self) -> None:
        """A frame without a look: it is as the one before."""
        pass_over(self.model)

    def due(self, seconds: float) -> bool:
        """Newcomers are in every look."""
        return False

    def watch(self, fine: Planes, colour: Colour, seconds: float) -> bool:
        """Nobody is looked for but by looks."""
        return False

    def _seen(self, fine: Planes, colour: Colour) -> Mask:
        mask = seen_by(self.model, fine, colour, self._exposure)
        return np.asarray(cv2.resize(mask, self._size), np.float32)

    def reset(self) -> None:
        """A new scene."""
        self.model.reset()
        self._sudden.reset()
        if self._exposure:
            self._exposure.reset()
        self._before = None


class Lookout:
    """Looks closely at people, wherever they go.

    size     of the coarse planes and of the masks; the fine planes are twice as large
    settled  the next look, at the same frame, would go to the same places
    watched  the last look was at people and then at everything, which takes longer: see `watch`
    """

    def __init__(
        self, wide: Segmenter, close: Segmenter, size: Size, exposure: Exposure | None = None
    ) -> None:
        self.wide = wide
        self.close = close
        self.regions = Regions(size)
        self.settled = False
        self.watched = False
        self._size = size
        self._exposure = exposure
        self._mask: Mask = np.zeros((size.height, size.width), np.float32)
        self._people: list[Box] = []  # in it
        self._sudden = Sudden()
        self._weight: Weights = np.zeros_like(self._mask)
        self._tiles = cycle(tiles(size))
        self._searched = 0  # times in a row without finding anybody
        self._before: float | None = None
        self._seen = self._watched_at = 0.0

    def __call__(self, fine: Planes, coarse: Planes, colour: Colour, seconds: float) -> Mask:
        """(h, w) of the coarse size, in [0, 1]; ours until the next call."""
        passed = max(0.0, seconds - (seconds if self._before is None else self._before))
        self._before = seconds
        if self._exposure:
            self._exposure.meter(coarse.y, colour, passed)
        self.settled = self.watched = False
        if not self.regions.crops:
            self._watched_at = self._seen = seconds
            self._people = []
            mask = self._search(fine, colour)
            self._sudden(mask, coarse.y)
            self._searched = 0 if self.regions.crops else self._searched + 1
            self.settled = self._searched >= TILES
            return mask
        mask = self._closely(fine, colour)
        if self._sudden(mask, coarse.y):
            mask = self._closely(fine, colour, doubted=True)
        self._people = boxes = people(mask)
        if not boxes:
            if seconds - self._seen > LOST:
                self.regions.jump([])
            return mask
        self._seen = seconds
        if seconds - self._watched_at >= WATCH + WAITS:
            self.watched = True
            if self.watch(fine, colour, seconds):
                return mask
        before = self.regions.crops
        self.regions.follow(boxes, seconds, passed)
        self.settled = all(map(np.array_equal, before, self.regions.crops))
        return mask

    def pass_over(self) -> None:
        """A frame without a look: it is as the one before."""
        pass_over(self.close)

    def due(self, seconds: float) -> bool:
        """Whether newcomers are to be looked for, beside those who are known."""
        return bool(self._people) and seconds - self._watched_at >= WATCH

    def watch(self, fine: Planes, colour: Colour, seconds: float) -> bool:
        """Look for newcomers; whether there are any. Then the next look goes to them, too."""
        self._watched_at = seconds
        newcomers = self._newcomers(fine, colour)
        if newcomers:
            self.regions.jump(sorted(self._people + newcomers, key=lambda box: box.x0 + box.x1))
        return bool(newcomers)

    def reset(self) -> None:
        """A new scene."""
        self.wide.reset()
        self.close.reset()
        self.regions.jump([])
        self._sudden.reset()
        self._searched = 0
        if self._exposure:
            self._exposure.reset()
        self._before = None

    def _search(self, fine: Planes, colour: Colour) -> Mask:
        """Look at everything, then at a third of it, then closely at what was found."""
        boxes = people(self._widely(fine, colour), FAINT)
        if not boxes:
            self.regions.crops = [next(self._tiles)]
            boxes = people(self._closely(fine, colour), FAINT)
        for _ in range(PASSES):
            self.regions.jump(boxes)
            if not boxes:
                break
            boxes = people(self._closely(fine, colour))
        self.regions.jump(boxes)
        if not boxes:
            self._mask[:] = 0
            return self._mask
        return self._closely(fine, colour, doubted=True, new=True)

    def _newcomers(self, fine: Planes, colour: Colour) -> list[Box]:
        """Who is seen outside of the crops, and is still somebody when looked at closely."""
        found: list[Box] = []
        for box in people(self._widely(fine, colour)):
            area = (box.x1 - box.x0) * (box.y1 - box.y0)
            if area < NEWCOMER * self._mask.size or self.regions.covers(box):
                continue
            mask = self._look(fine, around([box], self._size), colour)
            if np.mean(mask > 0.5) > FOUND:
                found.append(box)
        return found

    def _widely(self, fine: Planes, colour: Colour) -> Mask:
        mask = seen_by(self.wide, fine, colour, self._exposure)
        return np.asarray(cv2.resize(mask, self._size, interpolation=cv2.INTER_LINEAR), np.float32)

    def _look(self, fine: Planes, crop: Corners, colour: Colour) -> Mask:
        """The close model's own mask of one crop."""
        x0, y0, x1, y1 = (2 * edge for edge in rounded(crop))
        part = Planes(*(plane[y0:y1, x0:x1] for plane in fine))
        return seen_by(self.close, part, colour, self._exposure)

    def _closely(self, fine: Planes, colour: Colour, *, doubted: bool = False, new: bool = False) -> Mask:
        """What the close model sees in all crops, pasted where they are; nobody is outside of them.

        doubted  it is proven in each; new: as the first of a scene
        """
        crops = self.regions.crops
        self._mask[:] = 0
        if len(crops) > 1:
            self._weight[:] = 1e-6
        for crop in crops:
            if doubted:
                doubt(self.close, new=new)
            weights = faded(rounded(crop), self._size) if len(crops) > 1 else None
            self._paste(self._look(fine, crop, colour), crop, weights)
        if len(crops) > 1:
            self._mask /= self._weight
        return self._mask

    def _paste(self, mask: Mask, crop: Corners, weights: Weights | None) -> None:
        x0, y0, x1, y1 = rounded(crop)
        target = self._mask[y0:y1, x0:x1]
        # From 256 lines to no fewer than a good half of them: bilinear sampling does not alias visibly.
        size = (x1 - x0, y1 - y0)
        if weights is None:
            cv2.resize(mask, size, dst=target, interpolation=cv2.INTER_LINEAR)
            return
        target += weights * cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR)
        self._weight[y0:y1, x0:x1] += weights


def rounded(crop: Corners) -> Box:
    """On whole pixels, never empty."""
    x0, y0, x1, y1 = (round(float(edge)) for edge in crop)
    return Box(x0, y0, max(x1, x0 + 2), max(y1, y0 + 2))


def tiles(size: Size) -> list[Corners]:
    """Three squares as high as the picture: left, middle, right. Together they cover 16:9."""
    rest = max(0, size.width - size.height)
    return [
        np.array([x, 0, x + min(size.width, size.height), size.height], np.float32)
        for x in (0, rest / 2, rest)
    ]


def faded(crop: Box, size: Size) -> Weights:
    """1 inside the crop, falling to next to nothing at those sides that are not the picture's."""
    seam = max(1.0, SEAM * (crop.x1 - crop.x0))

    def ramp(low: int, high: int, end: int) -> Weights:
        places = np.arange(low, high, dtype=np.float32)
        rise = np.ones_like(places) if low <= 0 else (places - low + 0.5) / np.float32(seam)
        fall = np.ones_like(places) if high >= end else (high - places - 0.5) / np.float32(seam)
        return np.minimum(np.minimum(rise, fall), 1)

    across = ramp(crop.x0, crop.x1, size.width)
    down = ramp(crop.y0, crop.y1, size.height)
    return np.asarray(np.outer(down, across) + np.float32(1e-4), np.float32)
