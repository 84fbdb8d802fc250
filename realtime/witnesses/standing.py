"""Which parts of a mask somebody stands for: now, or before and carried on by the mask itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Plane
from ..scale import resized
from .claims import HEADED, Claim
from .senses import Rect

Floats = npt.NDArray[np.float32]  # (h, w) of places

PLACE = 4  # px of the coarse size that a place is wide: 80x45 of them for 720p
THERE = 0.3  # of a person's probability, on average over a place
LEAST = 2  # places: a smaller piece goes with what is near it, or with nobody
CARRIED = 0.2  # of a piece, or of what it was, that must have been shown before for it to go on
FRESH = 0.5  # s for which a testimony is one of now
STILL = 8.0  # s for which a piece that does not move is carried on without a testimony
APART = 2.0  # s likewise where others of its people are testified for: a coat on a chair
MOVED, SOME = 5, 0.04  # levels of a place's mean, and of a piece's places, from which it moves
COMPARED = 0.4  # s between two looks at what moved
NEAR = np.ones((3, 3), np.uint8)  # places: as far as a piece's soft edge reaches
NEVER = -1e6  # s: before all times


@dataclass(frozen=True, slots=True)
class Piece:
    """One connected part of a mask, at places.

    heads  the claims whose head lies in it
    """

    flags: npt.NDArray[np.bool_]
    area: int
    heads: list[Claim]


class Standing:
    """Takes out of masks what nobody stands for, in place.

    A piece is shown while a claim's head is in it, or while it goes on from a piece that was shown: for as
    long as it moves as a body does, and for a while where it is still.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """A new scene."""
        self._testified: Floats | None = None  # s: by place, the last testimony for what is shown there
        self._moved: Floats | None = None  # s: by place, when what is shown there moved for the last time
        self._luma: Plane | None = None
        self._compared = 0.0

    def __call__(self, mask: Mask, luma: Plane, claims: Sequence[Claim], seconds: float) -> list[list[Claim]]:
        """Clear of the mask, (h, w) of the coarse size, what is nobody's; who is in each part that is left.

        luma  (h, w), of the same frame
        """
        height, width = mask.shape
        size = max(1, width // PLACE), max(1, height // PLACE)
        some = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.float32)
        pieces = pieces_of(np.asarray(some > THERE).view(np.uint8), claims, mask.shape)
        stirred = self._stirred(luma, size, seconds)
        testified, moved = np.full_like(some, NEVER), np.full_like(some, NEVER)
        shown: list[list[Claim]] = []
        gone = np.zeros(some.shape, np.uint8)
        for piece in pieces:
            told = self._told(piece)
            stir = max(told, carried(self._moved, piece))
            if stirred is not None and np.count_nonzero(stirred & piece.flags) > SOME * piece.area:
                stir = seconds
            patience = STILL if piece.heads or not any(p.heads for p in pieces) else APART
            if told == NEVER or seconds - stir > patience:
                gone[piece.flags] = 1
                continue
            testified[piece.flags], moved[piece.flags] = told, stir
            if piece.heads:
                shown.append(piece.heads)
        self._testified, self._moved = testified, moved
        if gone.any():
            clear(mask, gone, (testified > NEVER).view(np.uint8))
        return shown

    def _told(self, piece: Piece) -> float:
        """When somebody testified for it, or for what it goes on from; NEVER: nobody ever did."""
        return max([carried(self._testified, piece), *(claim.seen for claim in piece.heads)])

    def _stirred(self, luma: Plane, size: tuple[int, int], seconds: float) -> npt.NDArray[np.bool_] | None:
        """Where the picture changed since the last comparison; None: it is too early to say."""
        if self._luma is not None and 0 <= seconds - self._compared < COMPARED:
            return None
        now = resized(luma, size, interpolation=cv2.INTER_AREA)
        before, self._luma, self._compared = self._luma, now, seconds
        return None if before is None else np.asarray(cv2.absdiff(now, before) > MOVED)


def carried(times: Floats | None, piece: Piece) -> float:
    """The newest of those times in a piece that goes on from what was there; NEVER where it does not."""
    if times is None:
        return NEVER
    known = times[piece.flags]
    there = np.count_nonzero(known > NEVER)
    return float(known.max()) if there >= CARRIED * piece.area else NEVER


def pieces_of(there: Plane, claims: Sequence[Claim], shape: tuple[int, ...]) -> list[Piece]:
    """The connected parts, each with the claims whose head is in it."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(there, connectivity=8)
    heads: dict[int, list[Claim]] = {}
    for claim in claims:
        part = np.asarray(labels)[places(claim.head, shape, there.shape)]
        if not part.size:
            continue
        counts = np.bincount(part.ravel(), minlength=count)
        counts[0] = 0
        if counts.max() >= HEADED * part.size:
            heads.setdefault(int(counts.argmax()), []).append(claim)
    return [
        Piece(np.asarray(labels == n), int(stats[n, cv2.CC_STAT_AREA]), heads.get(n, []))
        for n in range(1, count)
    ]


def places(rect: Rect, shape: tuple[int, ...], grid: tuple[int, ...]) -> tuple[slice, slice]:
    """The places that a rectangle of coarse px covers, one at least where it is in the picture."""
    down, across = (of / wide for of, wide in zip(grid, shape[:2], strict=True))
    y0, y1 = max(0, int(rect.y0 * down)), max(0, int(np.ceil(rect.y1 * down)))
    x0, x1 = max(0, int(rect.x0 * across)), max(0, int(np.ceil(rect.x1 * across)))
    return slice(y0, y1), slice(x0, x1)


def clear(mask: Mask, gone: Plane, kept: Plane) -> None:
    """Take pieces out of the mask, with their soft edges, and spare the others with theirs."""
    height, width = mask.shape
    wide = np.asarray((cv2.dilate(gone, NEAR) > cv2.dilate(kept, NEAR)) | (gone > 0), np.uint8)
    mask[resized(wide, (width, height), interpolation=cv2.INTER_NEAREST) > 0] = 0
