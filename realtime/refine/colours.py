"""What the refiner knows, taught to a small classifier: which colours are the person's, which the room's.

Logistic regression on Y, U, V and their squares and products, with the light model's own logit as offset:
it learns only what that one gets wrong (online distillation, Mullapudi 2019, shrunk to one layer). As a
table of colours it costs a look-up per pixel, and it holds wherever the person goes.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Planes
from ..matte import bounds

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]  # (n,)
Rows = npt.NDArray[np.float64]  # (n, TERMS)

PAGES = 3  # answers that a fit is made of, the newest ones: who sits down or puts on a coat is learnt anew
ROWS = 1500  # pixels of each page, and as many of the frame at which it came
UNSURE = 0.02  # as near to 0 or 1 a mask is sure
SURE = 0.05  # the same of the light mask that is held on to
PENALTY = 30.0  # ridge, in pixels' worth of evidence of all those that a page was drawn from
STEPS = 5  # of Newton's method
BOUND = 1.5  # nats by which a colour may be doubted or confirmed
# A lesson counts if it brings the light mask nearer to the answer it was made from by so much. So few terms
# fit no noise, and where person and room share their colours they explain nothing, and nothing is done.
WORTH = 0.7
FAINTEST = 0.01  # of a mask that is looked at
LUMA_STEP, CHROMA_STEP = 3, 2  # bits that the table leaves out
TERMS = 10


@dataclass(frozen=True, slots=True)
class Page:
    """Pixels to learn from: terms of their colours, the light model's logits, the truth as far as known."""

    terms: Rows
    logits: Values
    labels: Values
    weight: float  # of the pixels that it was drawn from, each stands for so many


class Colours:
    """Corrects masks by likelihood ratios of colours, p' = p·r / (p·r + 1 − p): where p is 0 it stays so."""

    def __init__(self) -> None:
        every_colour()  # now, since the first lesson comes in the midst of a call
        self._rng = np.random.default_rng(0)
        self._pages: deque[Page] = deque(maxlen=2 * PAGES)
        self._ratios: Floats | None = None

    def reset(self) -> None:
        """Another scene has other colours."""
        self._pages.clear()
        self._ratios = None

    def __call__(self, mask: Mask, coarse: Planes) -> Mask:
        """(h, w) in, (h, w) out, in [0, 1]; the same array while nothing is known."""
        return mask if self._ratios is None else weighed(mask, coarse, self._ratios)

    def learn(self, answer: Mask, light: Mask, then: Planes, mask: Mask, now: Planes) -> None:
        """From an answer, the light mask of its frame `then`, and what the light mask is sure of `now`.

        The latter holds on to what the light model does well when the moment of the snapshot was a bad one.
        """
        telling = (np.abs(light - answer) > 0.1) | unsure(answer) | unsure(light)
        sure = (mask < SURE) | (mask > 1 - SURE)
        self._pages.append(self._page(answer, light, then, telling))
        self._pages.append(self._page(mask, mask, now, sure))
        ratios = table(fitted(self._pages))
        before, after = (float(np.mean(np.abs(m - answer))) for m in (light, weighed(light, then, ratios)))
        self._ratios = ratios if after < WORTH * before else None

    def _page(self, labels: Mask, light: Mask, picture: Planes, where: Flags) -> Page:
        """A sample of the places there."""
        there = np.flatnonzero(where)
        chosen = self._rng.choice(there, min(ROWS, len(there)), replace=False)
        y, u, v = (plane.ravel()[chosen].astype(np.float64) for plane in smooth(picture))
        p = np.clip(light.ravel()[chosen], UNSURE, 1 - UNSURE).astype(np.float64)
        weight = len(there) / max(1, len(chosen))
        return Page(terms(y, u, v), np.log(p / (1 - p)), labels.ravel()[chosen].astype(np.float64), weight)


def fitted(pages: deque[Page]) -> Values:
    """The weights w of the terms x that make the labels likely, p = sigmoid(logit + x·w); Newton's method."""
    x = np.concatenate([page.terms for page in pages])
    offsets = np.concatenate([page.logits for page in pages])
    labels = np.concatenate([page.labels for page in pages])
    counts = np.concatenate([np.full(len(page.labels), page.weight) for page in pages])
    weights = np.zeros(TERMS)
    ridge = PENALTY * np.eye(TERMS)
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(offsets + x @ weights, -30, 30)))
        slope = x.T @ (counts * (labels - p)) - PENALTY * weights
        curvature = (x * (counts * (p * (1 - p) + 1e-3))[:, None]).T @ x + ridge
        weights = weights + np.linalg.solve(curvature, slope)
    return weights


def table(weights: Values) -> Floats:
    """The likelihood ratio of every colour, bounded."""
    evidence = every_colour() @ weights.astype(np.float32)
    return np.asarray(np.exp(np.clip(evidence, -BOUND, BOUND)), np.float32)


@cache
def every_colour() -> Floats:
    """(n, TERMS) of the colours that the table tells apart, in its order."""
    steps = (LUMA_STEP, CHROMA_STEP, CHROMA_STEP)
    sides = [np.arange(0, 256, 1 << step, dtype=np.float64) + (1 << step) / 2 for step in steps]
    y, u, v = (side.ravel() for side in np.meshgrid(*sides, indexing="ij"))
    return terms(y, u, v).astype(np.float32)


def weighed(mask: Mask, coarse: Planes, ratios: Floats) -> Mask:
    """The mask with each place's ratio applied, where there is any mask."""
    box = bounds(mask, FAINTEST, 1)
    there = np.s_[box.y0 : box.y1, box.x0 : box.x1]
    weighed = mask.copy()
    if box.x0 == box.x1:
        return weighed
    y, u, v = (plane.astype(np.int32) for plane in smooth(Planes(*(plane[there] for plane in coarse))))
    chroma = 8 - CHROMA_STEP
    place = (y >> LUMA_STEP << 2 * chroma) + (u >> CHROMA_STEP << chroma) + (v >> CHROMA_STEP)
    claimed = mask[there] * ratios[place]
    weighed[there] = claimed / (claimed + (1 - mask[there]) + np.float32(1e-6))
    return weighed


def smooth(planes: Planes) -> Planes:
    """Without noise."""
    y, u, v = (np.asarray(cv2.blur(plane, (3, 3)), np.uint8) for plane in planes)
    return Planes(y, u, v)


def terms(y: Values, u: Values, v: Values) -> Rows:
    """(n, TERMS): 1, the colour, and its squares and products, all of about the same size."""
    y, u, v = (y - 128) / 64, (u - 128) / 16, (v - 128) / 16
    return np.stack([np.ones_like(y), y, u, v, y * y, u * u, v * v, y * u, y * v, u * v], axis=-1)


def unsure(mask: Mask) -> Flags:
    """Where it is neither 0 nor 1."""
    return np.asarray((mask > UNSURE) & (mask < 1 - UNSURE))
