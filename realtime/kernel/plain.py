"""The kernel in OpenCV and NumPy: what it computes, and what runs where no compiler was.

The compiled one gives the same bytes (tests/test_kernel.py). So all of it is exact: whole numbers, or
floats in an order that both keep. Planes may be strided, but pixels of a row lie side by side.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..frame import Plane
from .blurred import blurred as blurred
from .carry import Origin
from .carry import carry as carry
from .carry import miss as miss
from .evidence import astray as astray
from .evidence import changed as changed
from .evidence import learn as learn
from .evidence import totals as totals
from .evidence import weigh as weigh
from .guided import guided as guided
from .histogram import count as count
from .histogram import doubt as doubt
from .histogram import empty as empty
from .mask import bounds as bounds
from .mask import judge as judge
from .motion import smooth as smooth
from .motion import strays as strays
from .places import familiar as familiar
from .places import jumped as jumped
from .places import remember as remember


def blend(person: Plane, alpha: Plane, onto: Plane) -> None:
    """onto = alpha·person + (1 − alpha)·onto, all (H, W) uint8; rounded once."""
    parts = np.multiply(person, alpha, dtype=np.uint16)
    parts += np.multiply(onto, cv2.bitwise_not(alpha), dtype=np.uint16)
    parts += 128  # over 255: plus its own 256th, over 256
    onto[:] = (parts + (parts >> 8)) >> 8


def halve(codes: Plane, onto: Plane) -> None:
    """Write the means of 2x2 of (2h, 2w) uint8 codes onto (h, w)."""
    height, width = onto.shape
    cv2.resize(codes, (width, height), dst=onto, interpolation=cv2.INTER_AREA)


def third(codes: Plane, onto: Plane) -> None:
    """Write the means of 3x3 of (3h, 3w) uint8 codes onto (h, w)."""
    height, width = onto.shape
    cv2.resize(codes, (width, height), dst=onto, interpolation=cv2.INTER_AREA)


def enlarge(codes: Plane, onto: Plane) -> None:
    """Write (h, w) uint8 codes bilinearly onto (2h, 2w)."""
    height, width = onto.shape
    cv2.resize(codes, (width, height), dst=onto, interpolation=cv2.INTER_LINEAR_EXACT)


def triple(codes: Plane, onto: Plane) -> None:
    """Write (h, w) uint8 codes onto (3h, 3w), along a quadratic B-spline, rounded once."""
    onto[:] = (thrice(thrice(codes.astype(np.uint16)).T).T + 40) // 81


def thrice(values: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Ninths, (h, 3w) from (h, w): as if each were repeated, and then means of three taken twice."""
    before = np.concatenate([values[:, :1], values[:, :-1]], axis=1)
    after = np.concatenate([values[:, 1:], values[:, -1:]], axis=1)
    three = [3 * before + 6 * values, before + 7 * values + after, 6 * values + 3 * after]
    return np.stack(three, axis=2).reshape(values.shape[0], -1)


def cover(codes: Plane, person: Plane, alpha: Plane, origin: Origin, onto: Plane) -> None:
    """Write (h, w) codes bilinearly onto (2h, 2w), and the person over the part that begins at `origin`.

    alpha  of the person's size; or of half of it, to be enlarged likewise, and then the origin is even
    """
    enlarge(codes, onto)
    x, y = origin
    height, width = person.shape
    if alpha.shape != person.shape:
        alpha, halved = np.empty_like(person), alpha
        enlarge(halved, alpha)
    blend(person, alpha, onto[y : y + height, x : x + width])
