"""What the body model says of the places of a mask: it seldom takes a table for somebody's body.

It is too dear to be asked about every frame, and its outline is coarse; so it is asked where it contests what
the segmenter shows, and only places count that look as they did when it looked.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Plane
from ..scale import resized
from .claims import Claim

LASTING = 0.5  # s for which an answer counts
LEAST, MOST = 1e-3, 0.5  # probabilities with which a body may weigh in: it takes off, and adds nothing
CONTESTED = (
    0.05  # of a mask's size that contradicts the bodies, from which they are weighed against each other
)
NOBODY = (
    0.2  # probability of a body below which a place is surely not its, and above 1 less which it surely is
)
SMALLEST = 10  # px of the coarse size that a head is high, below which its body is not seen well
SAME = 10  # codes by which a place of the picture may differ and looks as it did
GRID = 4  # px of the coarse size that such a place is wide

Floats = npt.NDArray[np.float32]


class Bodies:
    """Weighs masks with the bodies of those who are in them."""

    def __init__(self) -> None:
        # By claim: when it was looked at, and the picture then.
        self._then: dict[int, tuple[float, Plane]] = {}
        self._unjudged: set[int] = set()  # claims of whom it is not known whether they are contested

    def remember(self, claims: Sequence[Claim], luma: Plane, seconds: float) -> None:
        """The picture that those claims' bodies were looked at in; (2 h, 2 w), of the fine size."""
        looks = [claim for claim in claims if claim.looked == seconds]
        if looks:
            some = small(luma, 2 * GRID)
            self._then |= {claim.key: (seconds, some) for claim in looks}
            self._unjudged |= {claim.key for claim in looks}
        known = {claim.key for claim in claims}
        self._then = {key: then for key, then in self._then.items() if key in known}

    def __call__(self, mask: Mask, luma: Plane, pieces: Sequence[Sequence[Claim]], seconds: float) -> None:
        """Take off the mask, (h, w) of the coarse size, in place, what is no body's."""
        people = list(chain.from_iterable(pieces))
        fresh = [claim for claim in people if self._fresh(claim, seconds)]
        if not fresh or len(fresh) < len(people) or any(claim.head.height < SMALLEST for claim in fresh):
            return
        body = np.maximum.reduce([claim.mask for claim in fresh if claim.mask is not None])
        shown = mask > 0.5
        count = np.count_nonzero(shown)
        if any(claim.key in self._unjudged for claim in fresh):
            self._unjudged.clear()
            contested = bool(np.count_nonzero(shown & (body < NOBODY)) > CONTESTED * count)
            for claim in fresh:
                claim.contested = contested
        if any(claim.contested for claim in fresh):
            weigh(mask, np.where(self._same(fresh, luma, mask), np.clip(body, LEAST, MOST), np.float32(0.5)))

    def _fresh(self, claim: Claim, seconds: float) -> bool:
        return claim.mask is not None and claim.key in self._then and seconds - claim.looked <= LASTING

    def _same(self, claims: Sequence[Claim], luma: Plane, mask: Mask) -> npt.NDArray[np.bool_]:
        """Where the picture is as it was at all those looks."""
        now = small(luma, GRID)
        moments = {id(then): then for _, then in (self._then[claim.key] for claim in claims)}
        same = np.logical_and.reduce([cv2.absdiff(now, then) <= SAME for then in moments.values()])
        height, width = mask.shape
        wide = resized(np.asarray(same).view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
        return np.asarray(wide > 0)


def small(luma: Plane, grid: int) -> Plane:
    """The mean of each place, so many px wide."""
    height, width = luma.shape
    return resized(luma, (max(1, width // grid), max(1, height // grid)), interpolation=cv2.INTER_AREA)


def weigh(mask: Mask, body: Floats) -> None:
    """Both as independent evidence (Bayes' rule with even odds before), in place."""
    person, room = mask * body, (1 - mask) * (1 - body)
    np.divide(person, person + room, out=mask)
