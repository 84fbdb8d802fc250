"""Who is known to be there, and since when: what detectors say of heads and hands, put together over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import dist

import cv2
import numpy as np

from ...models.detect.body import Body
from ...models.detect.region import Region
from ...models.segmenter import Mask
from ..frame import Size
from .senses import NEW, Kind, Rect, Testimony, below, likeness

TELLING: dict[Kind, int] = {"palm": 0, "pose": 1, "face": 2}  # which says more of where a head is
SURELY = 0.5  # score of a face from which half a body is enough
HAND = 0.85  # score of a hand from which it need not be seen twice
PRESENT, CLEARLY = 0.5, 0.9  # of a body's presence: enough for such a face, and for a fainter one
SAME_HEAD = 0.15  # IoU of two heads from which they are one person's
MOVED, RESIZED = (
    1.5,
    2.0,
)  # of a head, by which it may have moved, and times as large it may be, since it was seen
SAME_BODY = 0.6  # IoU of two body masks from which they are one person's
LOST = 1.0  # s after which a claim ends that no mask goes with
AMONG = 2.0  # s likewise for one in a mask that goes with others
REFUTED = 2.0  # s for which what was no body is not asked about again
HEADED = 0.4  # of a head that lies in a mask, or in a part of one, where it is theirs
HANDS = 3.0  # times a hand's size: what is round it that belongs to whose it is


@dataclass(slots=True)
class Claim:
    """Somebody is there.

    kind   of the detector that found them
    head   coarse px: their head, or hand, when it was last testified
    body   coarse px: all of them, as far as it is known
    since, seen  s: the first and the last testimony
    mask   (h, w) of the coarse size, 0..1: the body model's, when it looked; None: it sees none
    looked  s: when that was; region: where to look the next time, coarse px
    placed  s: when the head was seen after that; a hand or a pose may have testified since
    """

    key: int
    kind: Kind
    head: Rect
    body: Rect
    since: float
    seen: float
    mask: Mask | None = None
    looked: float = 0.0
    region: Region | None = None
    placed: float | None = None

    @property
    def faced(self) -> float:
        """When the head was where it is said to be, s."""
        return self.since if self.placed is None else self.placed

    def see(self, told: Testimony, seconds: float) -> None:
        """Testified anew; a hand says nothing of where a head is, and a pose little where a face was seen."""
        self.seen = seconds
        if TELLING[told.kind] < TELLING[self.kind]:
            return
        self.kind, self.placed = told.kind, seconds
        (x, y), (ax, ay) = told.head.middle, self.head.middle
        self.head, self.body = told.head, shifted(self.body, x - ax, y - ay)
        if self.region:
            self.region = self.region._replace(x=self.region.x + x - ax, y=self.region.y + y - ay)


@dataclass(frozen=True, slots=True)
class Refuted:
    """No body is there, whatever that detector says, for a while."""

    kind: Kind
    head: Rect
    until: float


class Claims:
    """All who are known; `size` of the coarse picture."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._keys = count(1)
        self.reset()

    def reset(self) -> None:
        """Nobody is."""
        self.known: list[Claim] = []
        self._refuted: list[Refuted] = []
        self._once: list[
            tuple[Kind, Rect, float]
        ] = []  # hands and faint faces seen once, which is not enough

    @property
    def heads(self) -> list[Rect]:
        """Of everybody who is known."""
        return [claim.head for claim in self.known]

    @property
    def refuted(self) -> list[tuple[Kind, Rect]]:
        """What is no head now."""
        return [(each.kind, each.head) for each in self._refuted]

    def hear(self, told: Sequence[tuple[Testimony, Sequence[Body]]], seconds: float) -> None:
        """All testimonies of one look; with each who may be new, what the body model says."""
        heads = [(found, looks) for found, looks in told if found.kind != "palm"]
        known = [claim for claim in self.known if claim.kind != "palm"]
        owners = paired([found.head for found, _ in heads], [claim.head for claim in known])
        for i, (found, looks) in enumerate(heads):
            if i in owners:
                known[owners[i]].see(found, seconds)
            elif looks:
                self._take_in(found, looks, seconds)
        for found, _ in told:
            if found.kind == "palm":
                self._hear_hand(found, seconds)

    def renew(self, claim: Claim, look: Body, seconds: float) -> None:
        """The body model looked at somebody again."""
        claim.looked = seconds
        if not look.presence > PRESENT:
            claim.mask, claim.region = None, below(claim.head)
            return
        claim.mask, claim.region = self._laid(look), look.next
        claim.body = around(claim.mask, claim.head, self._size)

    def expire(self, pieces: Sequence[Sequence[Claim]], seconds: float) -> None:
        """Forget whom nobody testified for lately.

        pieces  who is together in a part of the mask: one of them stays as long as it does
        """
        ended = {id(claim) for claim in self.known if seconds - claim.seen > LOST}
        for piece in pieces:
            newest = max(claim.seen for claim in piece)
            ended -= {id(claim) for claim in piece if newest - claim.seen <= AMONG}
        self.known = [claim for claim in self.known if id(claim) not in ended]
        self._refuted = [each for each in self._refuted if seconds < each.until]

    def _take_in(self, found: Testimony, looks: Sequence[Body], seconds: float) -> None:
        """Somebody who is not known, if there is a body."""
        if not believed(found, looks):
            self._refuted.append(Refuted(found.kind, found.head, seconds + REFUTED))
            return
        if found.score < SURELY and not self._again(found, seconds):
            return
        mask = self._laid(looks[-1]) if looks[-1].presence > PRESENT else None
        for known in self.known:
            if alike(mask, known.mask):  # the same body, found from elsewhere
                known.see(found, seconds)
                return
        body = around(mask, found.head, self._size)
        claim = Claim(next(self._keys), found.kind, found.head, body, seconds, seconds, mask, seconds)
        claim.region = looks[-1].next if mask is not None else found.region
        self.known.append(claim)

    def _hear_hand(self, found: Testimony, seconds: float) -> None:
        """A hand testifies for whose it is; one alone is believed when it is seen twice."""
        x, y = found.head.middle
        owner = next((claim for claim in self.known if inside(claim.body, x, y)), None)
        if owner:
            owner.see(found, seconds)
        elif found.score >= NEW["palm"] and (found.score >= HAND or self._again(found, seconds)):
            body = wider(found.head, HANDS, self._size)
            mask = filled(body, self._size)
            self.known.append(Claim(next(self._keys), "palm", found.head, body, seconds, seconds, mask))

    def _again(self, found: Testimony, seconds: float) -> bool:
        """Whether the same was found there in a frame before."""
        same = [
            (kind, head, when)
            for kind, head, when in self._once
            if kind == found.kind and likeness(head, found.head) > SAME_HEAD
        ]
        if not same:
            self._once = [*self._once[-7:], (found.kind, found.head, seconds)]
        return any(when < seconds for _, _, when in same)

    def _laid(self, body: Body) -> Mask:
        return body.on(self._size.width, self._size.height)


def paired(found: Sequence[Rect], heads: Sequence[Rect]) -> dict[int, int]:
    """Which head each is that was found: that of the same place, else the nearest it can have moved from."""
    like = [(-likeness(one, two), i, j) for i, one in enumerate(found) for j, two in enumerate(heads)]
    near = [(away(one, two), i, j) for i, one in enumerate(found) for j, two in enumerate(heads)]
    pairs: dict[int, int] = {}
    for _, i, j in [*sorted(each for each in like if each[0] < -SAME_HEAD), *sorted(near)]:
        if i not in pairs and j not in pairs.values() and away(found[i], heads[j]) <= MOVED:
            pairs[i] = j
    return pairs


def away(one: Rect, other: Rect) -> float:
    """How far two heads are apart, in heads; infinite where they are of other sizes."""
    smaller, larger = sorted((one.height, other.height))
    return dist(one.middle, other.middle) / larger if larger <= RESIZED * smaller else float("inf")


def believed(told: Testimony, looks: Sequence[Body]) -> bool:
    """Whether a body is where a face or a pose says."""
    presence = [look.presence for look in looks if np.isfinite(look.presence)]
    if not presence:
        return False
    if told.kind == "pose":
        return min(presence) > PRESENT
    return presence[0] > (PRESENT if told.score >= SURELY else CLEARLY)


def inside(rect: Rect, x: float, y: float) -> bool:
    return rect.x0 <= x <= rect.x1 and rect.y0 <= y <= rect.y1


def alike(one: Mask | None, other: Mask | None) -> bool:
    """Whether two masks are of one body."""
    if one is None or other is None:
        return False
    either = float(np.maximum(one, other).sum())
    return float(np.minimum(one, other).sum()) > SAME_BODY * max(either, 1e-6)


def covered(head: Rect, mask: Mask) -> bool:
    """Whether somebody's head is in a mask."""
    x0, y0, x1, y1 = (max(0, round(edge)) for edge in head)
    there = mask[y0:y1, x0:x1]
    return bool(there.size) and float(there.mean()) > HEADED


def filled(rect: Rect, size: Size) -> Mask:
    """(h, w): 1 in the rectangle."""
    mask = np.zeros((size.height, size.width), np.float32)
    mask[round(rect.y0) : round(rect.y1), round(rect.x0) : round(rect.x1)] = 1
    return mask


def shifted(rect: Rect, x: float, y: float) -> Rect:
    return Rect(rect.x0 + x, rect.y0 + y, rect.x1 + x, rect.y1 + y)


def wider(rect: Rect, times: float, size: Size) -> Rect:
    """A rectangle so many times as large, inside the picture."""
    (x, y), across, down = rect.middle, times * rect.width / 2, times * rect.height / 2
    return clipped(Rect(x - across, y - down, x + across, y + down), size)


def clipped(rect: Rect, size: Size) -> Rect:
    """What of it is in the picture; never empty."""
    x0, y0 = (min(max(each, 0.0), end - 2.0) for each, end in zip(rect[:2], size, strict=True))
    x1, y1 = min(max(rect.x1, x0 + 2), size.width), min(max(rect.y1, y0 + 2), size.height)
    return Rect(x0, y0, x1, y1)


def around(mask: Mask | None, head: Rect, size: Size) -> Rect:
    """All of somebody: their body mask, and what surely goes with a head."""
    x, y = head.middle
    least = Rect(x - 1.7 * head.width, y - 1.2 * head.height, x + 1.7 * head.width, y + 3.5 * head.height)
    if mask is not None:
        left, top, width, height = cv2.boundingRect((mask > 0.5).view(np.uint8))
        if width and height:
            right, bottom = max(least.x1, left + width), max(least.y1, top + height)
            least = Rect(min(least.x0, left), min(least.y0, top), right, bottom)
    return clipped(least, size)
