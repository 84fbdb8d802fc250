"""The guided filter (He, Sun, Tang 2013) with a guide of three planes, in whole numbers as far as they go.

Around each pixel, alpha is taken for a linear function of Y, U and V, alpha = a·I + b, fitted to the mask; a
and b are smooth, so they may be found at a small size and used at a larger one (He, Sun 2015).
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Plane

Three = tuple[Plane, Plane, Plane]  # Y, U and V, all of one size
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

REACH = 2  # px of the fit; on 720p that is 16, and 12 to 32 were tried
TAPS = 2 * REACH + 1
COUNT = float(TAPS**2)
LEVELS = 1023  # of the mask: sums of products stay whole in a float, below 2²⁴
BLOCK = 16  # rows that are worked on together, so that they stay in the cache
GAIN = np.float32(255) / np.float32(LEVELS) / np.float32(COUNT)


class Step(NamedTuple):
    """Codes of alpha: up to `low` nobody is there, from `high` on somebody is; between, y = t²·(3 − 2t) for t
    from 0 to 1.
    """

    low: float
    high: float


def guided(mask: Mask, guide: Three, fine: Three, epsilon: float, step: Step, onto: Plane) -> None:
    """A mask (h, w) in [0, 1] and its guide (h, w), at the size of `fine` and `onto`, (H, W), as 0..255.

    epsilon  codes²: what contrast has to exceed to be an edge
    """
    low, high = (np.float32(code) for code in step)
    steep = np.float32(1) / (high - low)
    fit = _means(_fitted(mask, guide, epsilon))
    height, width = onto.shape
    before, after, share = between(width, mask.shape[1])
    wide, farther = np.take(fit, before, axis=2), np.take(fit, after, axis=2)
    farther -= wide
    farther *= share
    wide += farther
    before, after, share = between(height, mask.shape[0])
    for first in range(0, height, BLOCK):
        rows = np.s_[first : first + BLOCK]
        nearer, farther = np.take(wide, before[rows], axis=1), np.take(wide, after[rows], axis=1)
        farther -= nearer
        farther *= share[rows, np.newaxis]
        nearer += farther
        *slopes, alpha = nearer
        for slope, codes in zip(slopes, fine, strict=True):
            slope *= codes[rows].astype(np.float32)
            alpha += slope
        np.clip(alpha, low, high, out=alpha)
        alpha -= low
        alpha *= steep
        sharp = alpha * alpha * (3 - 2 * alpha) * 255 + np.float32(0.5)
        np.copyto(onto[rows], sharp, casting="unsafe")


def _fitted(mask: Mask, guide: Three, epsilon: float) -> Floats:
    """a = (Cov(I) + ε)⁻¹·Cov(I, p), then b = mean(p) − a·mean(I): (4, h, w). Of means, the sums are taken."""
    whole = [np.asarray(codes, np.float32) for codes in guide]
    whole.append(np.floor(mask * np.float32(LEVELS) + np.float32(0.5)))
    y, u, v, p = whole
    pairs = ((y, y), (u, u), (v, v), (y, u), (y, v), (u, v), (y, p), (u, p), (v, p))
    sy, su, sv, sp = (_sums(plane) for plane in whole)
    means = ((sy, sy), (su, su), (sv, sv), (sy, su), (sy, sv), (su, sv), (sy, sp), (su, sp), (sv, sp))
    yy, uu, vv, yu, yv, uv, yp, up, vp = (
        COUNT * _sums(a * b) - c * d for (a, b), (c, d) in zip(pairs, means, strict=True)
    )
    for variance in (yy, uu, vv):
        variance += epsilon * COUNT**2
    # The symmetric 3x3 system by Cramer's rule; the cofactors are those of its matrix.
    c_yy, c_yu, c_yv = uu * vv - uv * uv, yv * uv - yu * vv, yu * uv - yv * uu
    c_uu, c_uv, c_vv = yy * vv - yv * yv, yu * yv - yy * uv, yy * uu - yu * yu
    scale = 1 / (yy * c_yy + yu * c_yu + yv * c_yv)
    a_y = (c_yy * yp + c_yu * up + c_yv * vp) * scale
    a_u = (c_yu * yp + c_uu * up + c_uv * vp) * scale
    a_v = (c_yv * yp + c_uv * up + c_vv * vp) * scale
    return np.array([a_y, a_u, a_v, (sp - a_y * sy - a_u * su - a_v * sv) / COUNT], np.float32)


def _sums(plane: Floats) -> Doubles:
    """Over TAPS² px, mirrored in the outermost rows and columns; whole, so in any order."""
    return np.asarray(cv2.boxFilter(plane, cv2.CV_64F, (TAPS, TAPS), normalize=False), np.float64)


def _means(planes: Floats) -> Floats:
    """Over as many, added up from left to right, then down; from 0..LEVELS to 0..255."""
    height, width = planes.shape[1:]
    padded = np.pad(planes, ((0, 0), (REACH, REACH), (REACH, REACH)), mode="reflect")
    across = padded[..., :width].copy()
    for i in range(1, TAPS):
        across += padded[..., i : i + width]
    down = across[:, :height].copy()
    for i in range(1, TAPS):
        down += across[:, i : i + height]
    return np.asarray(down * GAIN, np.float32)


def between(to: int, of: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]:
    """Which two of `of` places each of `to` lies between, and how far from the first to the second."""
    doubled = (2 * np.arange(to) + 1) * of - to
    first, rest = np.divmod(doubled, 2 * to)
    share = rest.astype(np.float32) / np.float32(2 * to)
    return np.maximum(first, 0), np.minimum(first + 1, of - 1), share
