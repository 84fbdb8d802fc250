"""From a coarse mask to an alpha that follows the picture's edges.

The guided filter (He, Sun, Tang 2013) with a colour guide: around each pixel, alpha is taken for a linear
function of Y, U and V, alpha = a·I + b, fitted to the mask; a and b are smooth, so they are found at
half of the coarse size and applied at the fine one (He, Sun 2015). A grey guide is worse than none:
hair and room share luma.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Plane, Planes, Size
from ..matte import Box, bounds, even
from ..scale import resized

Floats = npt.NDArray[np.float32]

RADIUS = 2  # px of the fit, which is 4 of the coarse mask; 1.5 to 4 were tried
EPSILON = 2e-5  # of squared contrast, 0..1: edges weaker than its root, 1 code, are not followed
FAINTEST = 0.01  # of a mask that is looked at; twice the radius farther the filter gives 0
SCALE = np.float32(1 / 255)


def box_mean(plane: Floats) -> Floats:
    """Mean over (2·RADIUS + 1)² px."""
    return np.asarray(cv2.blur(plane, (2 * RADIUS + 1, 2 * RADIUS + 1)), np.float32)


class Edge:
    """Makes fine alphas; where nobody is near it does no work.

    size  of the fine planes
    """

    def __init__(self, size: Size) -> None:
        self._alpha: Plane = np.zeros((size.height, size.width), np.uint8)
        self._scratch = [np.empty(self._alpha.size, np.float32) for _ in range(3)]
        self._used = Box(0, 0, 0, 0)

    def __call__(self, mask: Mask, coarse: Planes, fine: Planes) -> Plane:
        """(H, W) uint8 of the fine size from a mask (h, w) of the coarse one; ours until the next call."""
        self._alpha[2 * self._used.y0 : 2 * self._used.y1, 2 * self._used.x0 : 2 * self._used.x1] = 0
        self._used = box = even(bounds(mask, FAINTEST, 4 * RADIUS), mask)
        if box.x0 == box.x1:
            return self._alpha
        there = np.s_[box.y0 : box.y1, box.x0 : box.x1]
        size = (max(1, (box.x1 - box.x0) // 2), max(1, (box.y1 - box.y0) // 2))
        small = cv2.resize(mask[there], size, interpolation=cv2.INTER_AREA)
        guide = [resized(plane[there], size, interpolation=cv2.INTER_AREA) * SCALE for plane in coarse]
        fit = fitted(np.asarray(small, np.float32), guide)
        inside = np.s_[2 * box.y0 : 2 * box.y1, 2 * box.x0 : 2 * box.x1]
        applied(fit, [plane[inside] for plane in fine], self._alpha[inside], self._scratch)
        return self._alpha


def fitted(mask: Mask, guide: list[Floats]) -> list[Floats]:
    """a for each guide plane, then b, averaged: a = (Cov(I) + ε)⁻¹·Cov(I, p), b = mean(p) − a·mean(I)."""
    y, u, v = guide
    my, mu, mv, mp = (box_mean(plane) for plane in (y, u, v, mask))
    yy = box_mean(y * y) - my * my + EPSILON
    uu = box_mean(u * u) - mu * mu + EPSILON
    vv = box_mean(v * v) - mv * mv + EPSILON
    yu = box_mean(y * u) - my * mu
    yv = box_mean(y * v) - my * mv
    uv = box_mean(u * v) - mu * mv
    yp = box_mean(y * mask) - my * mp
    up = box_mean(u * mask) - mu * mp
    vp = box_mean(v * mask) - mv * mp
    # The symmetric 3x3 system by Cramer's rule; the cofactors are those of its matrix.
    c_yy, c_yu, c_yv = uu * vv - uv * uv, yv * uv - yu * vv, yu * uv - yv * uu
    c_uu, c_uv, c_vv = yy * vv - yv * yv, yu * yv - yy * uv, yy * uu - yu * yu
    scale = 1 / (yy * c_yy + yu * c_yu + yv * c_yv)
    a_y = (c_yy * yp + c_yu * up + c_yv * vp) * scale
    a_u = (c_yu * yp + c_uu * up + c_uv * vp) * scale
    a_v = (c_yv * yp + c_uv * up + c_vv * vp) * scale
    b = mp - a_y * my - a_u * mu - a_v * mv
    return [box_mean(np.asarray(each, np.float32)) for each in (a_y, a_u, a_v, b)]


def applied(fit: list[Floats], guide: list[Plane], onto: Plane, scratch: list[Floats]) -> None:
    """alpha = a·I + b at the size of the guide, as 0..255, written into `onto`."""
    height, width = onto.shape
    alpha, slope, plane = (buffer[: height * width].reshape(height, width) for buffer in scratch)
    *slopes, offset = fit
    # a was fitted for a guide and a mask in 0..1; here both are in 0..255, so only b is to be scaled.
    cv2.resize(offset * np.float32(255), (width, height), dst=alpha, interpolation=cv2.INTER_LINEAR)
    for small, codes in zip(slopes, guide, strict=True):
        cv2.resize(small, (width, height), dst=slope, interpolation=cv2.INTER_LINEAR)
        np.copyto(plane, codes)
        cv2.accumulateProduct(slope, plane, alpha)  # three times as fast as NumPy, which mixes no types
    cv2.addWeighted(alpha, 1, alpha, 0, 0, dst=onto, dtype=cv2.CV_8U)  # rounds, and clips at 0 and 255
