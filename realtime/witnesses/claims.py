"""Who is known to be there, and since when: detections of faces, bodies and hands, put together over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import cv2
import numpy as np

from ...models.detect.body import Body
from ...models.detect.region import Region
from ...models.segmenter import Mask
from ..frame import Size
from .senses import Kind, Rect, Testimony, below, common

# From which score a detector is heard at all, and from which it is believed without the body model.
HEARD: dict[Kind, float] = {"face": 0.42, "pose": 0.45, "palm": 0.5}
NEW: dict[Kind, float] = {"face": 0.42, "pose": 0.66, "palm": 0.75}
SURELY = 0.5  # score of a face from which half a body is enough
PRESENT, CLEARLY = 0.5, 0.9  # of a body's presence: enough for such a face, and for a fainter one
SAME_HEAD = 0.15  # IoU of two heads from which they are one person's
SAME_BODY = 0.6  # IoU of two body masks likewise
LOST = 1.0  # s after which a claim ends that no mask goes with
REFUTED = 2.0  # s for which what was no body is not asked about again
HANDS = 3.0  # times a hand's size: what is round it that belongs to whose it is


@dataclass(slots=True)
class Claim:
    """Somebody is there.

    kind   of the detector that found them
    head   coarse px: their head, or hand, when it was last testified
    body   coarse px: all of them, as far as it is known
    mask   (h, w) of the coarse size, 0..1: the body model's, when it looked; None: it sees none
    looked  s: when that was; region: where to look the next time, coarse px
    since, seen  s: the first and the last testimony
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


@dataclass(frozen=True, slots=True)
class Refuted:
    """No body is there, whatever a detector says, for a while."""

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
        self._hands: list[Rect] = []  # seen once, which is not enough

    def hear(self, told: Testimony, seconds: float) -> bool:
        """Whether this may be somebody new, about whom the body model is to be asked: `answer`."""
        if told.score < HEARD[told.kind]:
            return False
        if owner := self._owner(told):
            owner.seen = seconds
            if told.kind != "palm" or owner.kind == "palm":
                owner.head = told.head
            return False
        if told.score < NEW[told.kind] or self._was_refuted(told.head, seconds):
            return False
        if told.kind == "palm":
            self._hear_hand(told, seconds)
            return False
        return True

    def answer(self, told: Testimony, looks: Sequence[Body], seconds: float) -> None:
        """What the body model says of such a testimony, having looked once or twice."""
        presence = [look.presence for look in looks if np.isfinite(look.presence)]
        if not presence or not believed(told, presence):
            self._refuted.append(Refuted(told.head, seconds + REFUTED))
            return
        mask = self._laid(looks[-1]) if presence[-1] > PRESENT else None
        if mask is not None and any(alike(mask, known.mask) for known in self.known):
            return  # the same body, found from elsewhere
        body = around(mask, told.head, self._size)
        self.known.append(
            Claim(next(self._keys), told.kind, told.head, body, seconds, seconds, mask, seconds, looks[-1].next)
        )

    def renew(self, claim: Claim, look: Body, seconds: float) -> None:
        """The body model looked at somebody again."""
        claim.looked = seconds
        if not look.presence > PRESENT:
            claim.mask, claim.region = None, below(claim.head)
            return
        claim.mask, claim.region = self._laid(look), look.next
        claim.body = around(claim.mask, claim.head, self._size)

    def expire(self, kept: Sequence[Claim], seconds: float) -> None:
        """Forget whom nobody testified for lately, but for those that are `kept`."""
        self.known = [c for c in self.known if seconds - c.seen <= LOST or any(c is k for k in kept)]
        self._refuted = [each for each in self._refuted if seconds < each.until]

    def _owner(self, told: Testimony) -> Claim | None:
        """Whose this is."""
        if told.kind == "palm":
            x, y = told.head.middle
            return next((c for c in self.known if inside(c.body, x, y)), None)
        shares = [(likeness(told.head, claim.head), claim) for claim in self.known if claim.kind != "palm"]
        best = max(shares, key=lambda pair: pair[0], default=None)
        if best and best[0] > SAME_HEAD:
            return best[1]
        x, y = told.head.middle
        return next((c for c in self.known if c.kind == "palm" and inside(c.body, x, y)), None)

    def _was_refuted(self, head: Rect, seconds: float) -> bool:
        return any(likeness(head, each.head) > SAME_HEAD for each in self._refuted)

    def _hear_hand(self, told: Testimony, seconds: float) -> None:
        """A hand alone is believed when it is seen twice."""
        if not any(likeness(told.head, hand) > SAME_HEAD for hand in self._hands):
            self._hands = [*self._hands[-3:], told.head]
            return
        body = wider(told.head, HANDS, self._size)
        self.known.append(Claim(next(self._keys), "palm", told.head, body, seconds, seconds))

    def _laid(self, body: Body) -> Mask:
        return body.on(self._size.width, self._size.height)


def believed(told: Testimony, presence: Sequence[float]) -> bool:
    """Whether a body is where a face or a pose says."""
    if told.kind == "pose":
        return min(presence) > PRESENT
    return max(presence) > (PRESENT if told.score >= SURELY else CLEARLY)


def likeness(one: Rect, other: Rect) -> float:
    """Intersection over union."""
    both = common(one, other)
    return both / max(1e-9, one.width * one.height + other.width * other.height - both)


def inside(rect: Rect, x: float, y: float) -> bool:
    return rect.x0 <= x <= rect.x1 and rect.y0 <= y <= rect.y1


def alike(one: Mask, other: Mask | None) -> bool:
    """Whether two masks are of one body."""
    if other is None:
        return False
    either = float(np.maximum(one, other).sum())
    return float(np.minimum(one, other).sum()) > SAME_BODY * max(either, 1e-6)


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
            least = Rect(
                min(least.x0, left), min(least.y0, top), max(least.x1, left + width), max(least.y1, top + height)
            )
    return clipped(least, size)
