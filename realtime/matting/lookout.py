"""Looks at frames through models: closely at the people it knows of, now and then at everything.

The wide model sees the whole frame and finds people who are large in it; the close one looks through
square crops (region.py) and sees them, and small people too, as well as models 20 times its cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import cycle

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask, Segmenter
from ..colour import to_rgb
from ..frame import Colour, Plane, Planes, Size
from ..matte import Box, inside
from ..scale import resized
from ..witnesses.claims import Claim, covered
from ..witnesses.witness import Witness
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
BELOW = 4.0  # heads from a head to the end of what is surely the same body's
SPARSE = 4  # px of the mask between two that are asked whose they are
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

    def __init__(
        self,
        model: Segmenter,
        size: Size,
        exposure: Exposure | None = None,
        witness: Witness | None = None,
    ) -> None:
        self.model = model
        self._witness = witness
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
        if self._witness:
            mask = self._witness.vouch(mask, coarse.y, seconds)
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
        self,
        wide: Segmenter,
        close: Segmenter,
        size: Size,
        exposure: Exposure | None = None,
        witness: Witness | None = None,
    ) -> None:
        self.wide = wide
        self._witness = witness
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
            mask = self._witnessed(fine, colour) if self._witness else self._search(fine, colour)
            self._sudden(mask, coarse.y)
            self._searched = 0 if self.regions.crops else self._searched + 1
            self.settled = self._searched >= TILES
            return self._vouched(mask, coarse.y, seconds)
        mask = self._closely(fine, colour)
        if self._sudden(mask, coarse.y):
            mask = self._closely(fine, colour, doubted=True)
        mask = self._vouched(mask, coarse.y, seconds)
        self._people = boxes = self._boxes(mask)
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
        if all(map(self.regions.covers, self._unseen())):
            self.regions.follow(boxes, seconds, passed)
        else:
            self.regions.jump(boxes)
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
        if self._witness:
            return False  # who is new is among the boxes
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

    def _witnessed(self, fine: Planes, colour: Colour) -> Mask:
        """Look closely at whom a witness knows of, twice: the first time tells how large they are."""
        boxes = self._unseen()
        for _ in range(PASSES):
            self.regions.jump(boxes)
            if not boxes:
                break
            boxes = self._boxes(self._closely(fine, colour)) or boxes
        self.regions.jump(boxes)
        if not boxes:
            self._mask[:] = 0
            return self._mask
        return self._closely(fine, colour, doubted=True, new=True)

    def _vouched(self, mask: Mask, luma: Plane, seconds: float) -> Mask:
        """Without what nobody stands for."""
        return self._witness.vouch(mask, luma, seconds) if self._witness else mask

    def _boxes(self, mask: Mask) -> list[Box]:
        """Everybody in the mask, told apart by their heads where they touch, and who is not in it yet."""
        boxes = people(mask)
        if not self._witness:
            return boxes
        newcomers = [boxed(claim) for claim in self._witness.newcomers if not covered(claim.head, mask)]
        unseen = [box for box in newcomers if not any(overlaps(box, other) for other in boxes)]
        return sorted(apart(mask, boxes, self._witness.known) + unseen, key=lambda box: box.x0 + box.x1)

    def _unseen(self) -> list[Box]:
        """Who is known and not in the mask."""
        return [boxed(claim) for claim in self._witness.newcomers] if self._witness else []

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
        if self._witness and isinstance(self.close, Proven):
            self.close.appeal = partial(self._bodies, self._witness, fine, crop, colour, self._before or 0.0)
        return seen_by(self.close, part, colour, self._exposure)

    def _bodies(self, witness: Witness, fine: Planes, crop: Corners, colour: Colour, seconds: float) -> Mask:
        """Whose bodies a witness sees in a crop, as the close model would."""
        x0, y0, x1, y1 = rounded(crop)
        seen = witness.bodies(fine, colour, seconds)[y0:y1, x0:x1]
        return np.asarray(cv2.resize(seen, self.close.input_size), np.float32)

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


def boxed(claim: Claim) -> Box:
    """All of somebody, as far as it is known."""
    return Box(*map(round, claim.body))


def apart(mask: Mask, boxes: list[Box], claims: Sequence[Claim]) -> list[Box]:
    """The boxes, but one for each of those whose heads are in the same."""
    found: list[Box] = []
    for box in boxes:
        heads = [c for c in claims if c.kind != "palm" and within(box, *c.head.middle)]
        found += shares(mask, box, heads) if len(heads) > 1 else [box]
    return found


def overlaps(one: Box, other: Box) -> bool:
    """Whether most of the one is in the other."""
    across, down = (
        min(one.x1, other.x1) - max(one.x0, other.x0),
        min(one.y1, other.y1) - max(one.y0, other.y0),
    )
    return across > 0 and down > 0 and across * down > 0.7 * (one.x1 - one.x0) * (one.y1 - one.y0)


def within(box: Box, x: float, y: float) -> bool:
    return box.x0 <= x < box.x1 and box.y0 <= y < box.y1


def shares(mask: Mask, box: Box, heads: list[Claim]) -> list[Box]:
    """What of a part of the mask is nearest to each of the heads, or to the body below it."""
    y, x = np.nonzero(mask[inside(box)][::SPARSE, ::SPARSE] > 0.5)
    x, y = box.x0 + SPARSE * x, box.y0 + SPARSE * y
    away: list[npt.NDArray[np.floating]] = []
    for claim in heads:
        (cx, cy), high = claim.head.middle, claim.head.height
        beyond = np.maximum(np.maximum(cy - y, y - cy - BELOW * high), 0)
        away.append(((x - cx) ** 2 + beyond**2) / high**2)
    nearest = np.argmin(away, axis=0)
    parts = [(x[nearest == i], y[nearest == i]) for i in range(len(heads))]
    return [
        Box(int(px.min()), int(py.min()), int(px.max()) + SPARSE, int(py.max()) + SPARSE)
        for px, py in parts
        if px.size
    ]


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
