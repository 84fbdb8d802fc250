"""Whether a model's answer is a mask at all."""

from __future__ import annotations

from typing import NamedTuple

from ...models.segmenter import InputSize, Mask
from ..kernel import choice
from ..reason import MaskRefused, Reason

SURE = 0.05  # every mask has places that it is so sure to be room
BEYOND = 1e-3  # [0, 1], for rounding's sake
ROUGHEST = 0.1  # mean step to the 3x3 mean around; masks of people stay below .02, noise is at .25


def check(mask: Mask, wanted: InputSize) -> None:
    """Refuse what no person looks like: wrong shape, NaN, values beyond [0, 1], no room anywhere, noise.

    Raises MaskRefused. A mask without any person passes: then everything is blurred.
    """
    if mask.shape != (wanted.height, wanted.width):
        raise MaskRefused(Reason.BROKEN_MASK)
    looks = examined(mask)
    if looks.broken or looks.everywhere or looks.roughness > ROUGHEST:
        raise MaskRefused(Reason.BROKEN_MASK)


class Looks(NamedTuple):
    """What a mask looks like.

    broken      some of it is no number, or beyond [0, 1]
    everywhere  all of the picture is claimed for a person, in part at least
    roughness   mean absolute difference to the 3x3 box mean: 0 for flat areas, .25 for noise
    """

    broken: bool
    everywhere: bool
    roughness: float


def examined(mask: Mask) -> Looks:
    """Of any (h, w) float32."""
    broken, room, rough = choice.kernel.judge(mask, -BEYOND, 1 + BEYOND, SURE)
    return Looks(broken > 0, room == 0, rough / (9 * 255 * mask.size))
