"""The room, blurred."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ..frame import Frame, Planes, Size
from ..kernel import choice
from ..kernel.blurred import taps
from ..kernel.guided import Three
from ..matte import Doubled, Matte, half_share, inside
from ..scale import Doubler, Front, smaller

REFERENCE_HEIGHT = 720  # blur strengths are sigmas in px of a frame this high
# So strong that letters cannot be read, as they are or after undoing the blur, below 60 and 140 px of such a
# frame (docs/backgrounds.md). Anything below LIGHT counts as weak, and is said to be so wherever it is seen.
LIGHT, STRONG = 20.0, 48.0
PERSON_REACH = 8  # px at the reference height: how far around the person the room is not sampled
FILL_WEIGHT = 0.02  # of the coarse blur that fills the place behind the person
TRIPLED = 0.25  # px² of variance by which `triple` blurs what it enlarges


class Blur:
    """The room, blurred at a small scale and without ever sampling the person (no halo).

    strength  sigma, px of a 720 px high frame

    Normalised convolution (Knutsson & Westin 1993): blur(I·w) / blur(w), w = (1 − dilate(alpha))².
    The same division at a quarter of the scale fills in what lies behind the person (kernel/blurred.py).
    """

    def __init__(self, size: Size, strength: float = STRONG) -> None:
        if strength <= 0:
            raise ValueError(f"strength must be positive, got {strength}")
        self.weak = strength < LIGHT
        sigma = strength * size.height / REFERENCE_HEIGHT
        self._factor = scale = coarsest(size, sigma)
        small = sigma / scale
        if scale % 3 == 0:  # variances add up
            small = math.sqrt(small**2 - TRIPLED)
        self._near, self._far = taps(small), taps(max(2.0, 1.5 * small))
        times = (scale & -scale).bit_length() - 1  # that it is halved
        self._doublers = tuple(Doubler(n) for n in (times, times - 1, times - 1))
        self._small: Three | None = None
        reach = max(1, round(PERSON_REACH * size.height / REFERENCE_HEIGHT / scale))
        self._reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        self._room_weight = np.square(np.linspace(1, 0, 256, dtype=np.float32))

    def paint(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        blurred = self._blurred(frame, matte)
        for enlarge, small, target in zip(self._doublers, blurred, onto, strict=True):
            enlarge(small, target)

    def join(self, frame: Frame, matte: Matte, person: Planes, onto: Planes) -> None:
        x, y = matte.box[:2]
        origins = (x, y), (x // 2, y // 2), (x // 2, y // 2)
        half = half_share(matte)
        luma = half if isinstance(matte.whole, Doubled) else matte.alpha[inside(matte.box)]
        fronts = map(Front, person, (luma, half, half), origins)
        blurred = self._blurred(frame, matte)
        for enlarge, small, target, front in zip(self._doublers, blurred, onto, fronts, strict=True):
            enlarge(small, target, front)

    def _blurred(self, frame: Frame, matte: Matte) -> Three:
        """The three planes of the room, blurred, at the small scale; ours until the next call."""
        y, u, v = smaller(frame, self._factor)
        person = cv2.dilate(matte.reduced(self._factor), self._reach)
        weight = np.asarray(cv2.LUT(person, self._room_weight), np.float32)
        if self._small is None:
            self._small = np.empty_like(y), np.empty_like(u), np.empty_like(v)
        choice.kernel.blurred((y, u, v), weight, self._near, self._far, FILL_WEIGHT, self._small)
        return self._small


def coarsest(size: Size, sigma: float) -> int:
    """By what factor a frame may be reduced for a blur of `sigma` px.

    The sigma stays at 1 px or more, for below that, enlarging shows the grid. So 720p, 1080p and 4K are all
    blurred at 80x45 by default; the larger two are reduced by 3 after the halvings.
    """
    for factor in (48, 32, 24):
        if sigma >= factor and size.width % factor == 0 and size.height % factor == 0:
            return factor
    return next((factor for factor in (16, 8, 4) if sigma >= factor), 2)
