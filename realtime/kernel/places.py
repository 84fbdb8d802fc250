"""What became of a picture's places since an earlier one, and what the room there looks like.

All planes are (h, w): luma and alpha uint8; flags uint8, 0 or 1.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ..frame import Plane
from .evidence import Floats, around

PARTS = 256  # of a code: looks are added up in whole ones, so in any order


class Claim(NamedTuple):
    """Alpha below `room` is nobody's, above `person` it is somebody's; what differs by `still` codes at most,
    in the mean of 3x3 places, looks the same.
    """

    room: int
    person: int
    still: int


class Memory(NamedTuple):
    """A room, place by place: (h, w) float32.

    looks   luma without a person, codes
    known   s for which it was seen so
    people  alpha of those lately there, 0..255, fading
    """

    looks: Floats
    known: Floats
    people: Floats


def jumped(
    luma: Plane, before: Plane, alpha: Plane, was: Plane, empty: Plane, claim: Claim, onto: Plane
) -> int:
    """Flags those of the `empty` places that are somebody's now, were nobody's, and look as before; how many.

    before, was  the luma and alpha of then
    """
    apart = cv2.blur(cv2.absdiff(luma, before), (3, 3))
    found = (alpha > claim.person) & (was < claim.room) & (apart <= claim.still) & (empty > 0)
    np.copyto(onto, found)
    return int(np.count_nonzero(found))


def familiar(
    memory: Memory, least: float, luma: Plane, alpha: Plane, empty: Plane, claim: Claim, onto: Plane
) -> int:
    """Flags those of the `empty` places whose looks are known, for `least` s, and the same but for the light;
    how many of them are somebody's.
    """
    known = memory.known >= np.float32(least)
    seen = known & (alpha < claim.room)
    if not seen.any():
        seen = np.ones_like(seen)
    sums = (memory.looks[seen] * np.float32(PARTS) + np.float32(0.5)).astype(np.int64).sum()
    light = np.float32(int(luma[seen].sum(dtype=np.int64)) / max(float(seen.sum()), int(sums) / PARTS))
    apart = around(np.abs(luma.astype(np.float32) - memory.looks * light))
    found = known & (apart <= np.float32(9 * claim.still)) & (empty > 0)
    np.copyto(onto, found)
    return int(np.count_nonzero(found & (alpha > claim.person)))


def remember(
    memory: Memory,
    luma: Plane,
    alpha: Plane,
    earlier: Plane,
    same: Plane,
    claim: Claim,
    passed: float,
    rate: float,
    fading: float,
) -> None:
    """Take over what was seen for `passed` s: of nobody's places the looks, at a rate of 0..1; and who is
    there, and was in an `earlier` alpha, but where a place is flagged as the `same`.

    fading  what is left of people until now, 0..1
    """
    room = alpha < claim.room
    looks = memory.looks
    np.add(looks, np.float32(rate) * (luma.astype(np.float32) - looks), out=looks, where=room)
    np.add(memory.known, np.float32(passed), out=memory.known, where=room)
    np.multiply(memory.people, np.float32(fading), out=memory.people)
    np.maximum(memory.people, np.minimum(alpha, earlier), out=memory.people, where=same == 0)
