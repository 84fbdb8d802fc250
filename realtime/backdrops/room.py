"""The room at a small scale, without the person: what lens blurs are made of.

Normalised convolution (Knutsson & Westin 1993): whatever kernel B is, B(I·w) / B(w) is its blur of the
pixels that weigh something only. Here w = (1 − dilate(alpha))², so that no halo surrounds the person.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..frame import Plane, Planes, Size
from ..scale import Halver
from .blur import FILL_WEIGHT, PERSON_REACH, REFERENCE_HEIGHT

Weighed = npt.NDArray[np.float32]  # (h, w, 4): y·w, u·w, v·w and 255·w
FULL, EMPTY = 255.0, 0.0
UNKNOWN = np.array([128, 128, 128, 255], np.float32) * 1e-4  # mid-grey, where no room is seen at all


class Room:
    """Makes the weighed room of frames of one size, `times` halved; the chroma planes as large as luma.

    gain  (256,) float32: how much more a pixel weighs by its luma; None: as much as any other
    """

    def __init__(self, size: Size, times: int, *, gain: npt.NDArray[np.float32] | None = None) -> None:
        self._halvers = tuple(Halver(n) for n in (times, times - 1, times - 1, times))
        reach = max(1, round(PERSON_REACH * size.height / REFERENCE_HEIGHT / 2**times))
        self._reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        self._share = np.square(np.linspace(1, 0, 256, dtype=np.float32))
        self._gain = gain

    def __call__(self, planes: Planes, alpha: Plane) -> Weighed:
        """The room of a frame and its alpha."""
        y, u, v, person = (halve(plane) for halve, plane in zip(self._halvers, (*planes, alpha), strict=True))
        weight = cv2.LUT(cv2.dilate(person, self._reach), self._share)
        if self._gain is not None:
            weight = cv2.multiply(weight, cv2.LUT(y, self._gain))
        room = cv2.merge([y, u, v, np.full_like(y, 255)])
        return np.asarray(cv2.multiply(room, cv2.merge([weight] * 4), dtype=cv2.CV_32F), np.float32)


def unweighed(near: Weighed, weighed: Weighed, sigma: float) -> list[Plane]:
    """The three planes of a blurred room. Where nothing near weighs, a far wider average fills in.

    sigma  of the blur that made `near` of `weighed`, px at their scale
    """
    *colours, known = cv2.split(cv2.add(near, _far(weighed, sigma)))
    return [np.asarray(cv2.divide(c, known, scale=255, dtype=cv2.CV_8U), np.uint8) for c in colours]


def _far(weighed: Weighed, sigma: float) -> cv2.typing.MatLike:
    """The wider average, everywhere of weight FILL_WEIGHT."""
    height, width = weighed.shape[:2]
    coarse = cv2.resize(weighed, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA)
    coarse = cv2.GaussianBlur(coarse, (0, 0), max(2.0, 1.5 * sigma), borderType=cv2.BORDER_REFLECT)
    coarse = cv2.add(coarse, np.full_like(coarse, UNKNOWN))
    share = cv2.divide(FILL_WEIGHT * 255, coarse[..., 3])
    filled = cv2.multiply(coarse, cv2.merge([share] * 4))
    return cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
