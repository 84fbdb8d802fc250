"""Heads that witnesses know of, as the tracker sees them: where they are, and what is below them."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import Any, NamedTuple

import numpy as np

from ..witnesses.claims import Claim
from ..witnesses.senses import Kind, Rect
from .split import Flags, Floats, Labels

COVERED = 0.4  # of a head that must lie in a piece of the mask for it to be theirs
FRESH = 0.5  # s for which a head is where it was seen
NEAR, SPEED = 1.5, 3.0  # heads: so far somebody's head may be from where it was seen last, and more a second
KINDS: tuple[Kind, ...] = ("face", "pose", "palm")
HEADS = 6.0  # of a body's height, one of which is the head's
GROWN = 1.2  # times as large as before a head may be
ACROSS, DOWN = 1.4, 7.0  # heads to both sides and below in which a body is


Numbers = Any  # a number, or an array of them


class Head(NamedTuple):
    """Somebody's head, or a hand, px of the labels.

    key          of the claim
    since, seen  s: the first and the last testimony
    kind         what was seen; of a hand nothing tells where the head is
    """

    key: int
    x: float
    y: float
    width: float
    height: float
    since: float
    seen: float
    kind: Kind

    @property
    def hand(self) -> bool:
        return self.kind == "palm"

    def part_of(self, parts: Labels) -> int:
        """In which part of a mask it is; 0: in none."""
        there = parts[self.rows(parts), self.columns(parts)]
        if not there.size:
            return 0
        shares = np.bincount(there.ravel())
        shares[0] = 0
        return int(shares.argmax()) if shares.max() >= COVERED * there.size else 0

    def share(self, of: Flags | Floats) -> float:
        """How much of it is flagged."""
        there = of[self.rows(of), self.columns(of)]
        return float(np.mean(there > 0.5)) if there.size else 0.0

    def rows(self, of: Labels | Flags | Floats) -> slice:
        return span(self.y, self.height, of.shape[0])

    def columns(self, of: Labels | Flags | Floats) -> slice:
        return span(self.x, self.width, of.shape[1])

    def away(self, other: Head) -> float:
        """Between two heads, in heads."""
        return hypot(self.x - other.x, self.y - other.y) / max(self.height, other.height)

    def beyond(self, x: Numbers, y: Numbers) -> Numbers:
        """How far a place is from the head and the body below it, of as far as they reach."""
        up, down = (self.y - y) / self.height, (y - self.y) / (DOWN * self.height)
        return np.hypot((x - self.x) / (ACROSS * self.height), np.maximum(np.maximum(up, down), 0))

    def is_above(self, other: Head) -> bool:
        return other.y > self.y + self.height

    def besides(self, other: Head, seconds: float) -> bool:
        """Whether both are seen, so that they are two people's: in one look, or by turns."""
        older, newer = sorted((self, other), key=lambda head: head.since)
        fresh = seconds - min(older.seen, newer.seen) <= FRESH
        at_once = older.seen == newer.seen
        by_turns = older.seen >= newer.since and newer.seen > newer.since
        return fresh and (at_once or by_turns) and self.away(other) > 1

    def sized(self, before: Head | None) -> Head:
        """Hardly larger than before: what sees bodies takes more for a head than what sees faces."""
        if before is None or self.hand is not before.hand:
            return self
        width, height = min(self.width, GROWN * before.width), min(self.height, GROWN * before.height)
        return self._replace(width=width, height=height)

    def may_be(self, before: Head) -> bool:
        """Whether it may be that head, moved."""
        return self.away(before) < NEAR + SPEED * max(0.0, self.since - before.seen)


def heads_of(claims: Sequence[Claim], pixel: float) -> list[Head]:
    """Those of the claims, faces first, longest known first; `pixel`: coarse px that a label is wide."""
    heads = [laid(claim, pixel) for claim in claims]
    return sorted(heads, key=lambda head: (KINDS.index(head.kind), head.key))


def laid(claim: Claim, pixel: float) -> Head:
    rect = head_of(claim)
    (x, y), width, height = rect.middle, rect.width / pixel, rect.height / pixel
    return Head(claim.key, x / pixel, y / pixel, width, height, claim.since, claim.faced, claim.kind)


def head_of(claim: Claim) -> Rect:
    """A face as it was seen; what sees a body says little of its head, but the top of the body is there."""
    if claim.kind != "pose" or claim.mask is None:
        return claim.head
    rows = np.flatnonzero((claim.mask > 0.5).any(axis=1))
    if not rows.size:
        return claim.head
    top, high = int(rows[0]), (int(rows[-1]) - int(rows[0]) + 1) / HEADS
    columns = np.flatnonzero((claim.mask[top : top + max(1, round(high))] > 0.5).any(axis=0))
    x = float(columns.mean())
    return Rect(x - high / 2, top, x + high / 2, top + high)


def span(middle: float, length: float, end: int) -> slice:
    low = min(max(0, int(middle - length / 2)), end)
    return slice(low, min(max(low + 1, round(middle + length / 2)), end))


def away(head: Head, shape: tuple[int, ...]) -> Floats:
    """(h, w): how far each pixel is from a head and the body below it; up to 1 it may well be theirs."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    return np.asarray(head.beyond(x, y), np.float32)
