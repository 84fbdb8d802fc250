"""The room out of focus, as a fast lens draws it: every light becomes a disc."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from ..frame import Frame, Planes, Size
from ..matte import Matte
from ..scale import fill
from .blur import LIGHT, REFERENCE_HEIGHT
from .room import Room, unweighed

FOCAL, SENSOR, DISTANCE = 50.0, 36.0, 700.0  # mm: a normal lens, a full frame's width, a face from a screen
SOFT = LIGHT  # sigma of the disc's rim, px of a 720 px high frame
LEAST = 3  # halvings
WIDEST = 11  # px: OpenCV filters larger kernels by DFT, at five times the cost
BRIGHT, GAIN = 150, 24.0  # luma from which lights outshine what is around them, and how much the brightest do


class Bokeh:
    """Every point of the room spread over the disc of a lens's circle of confusion; person as in Blur.

    aperture  f-number; the smaller, the larger the discs

    The disc's rim is soft, for what a sharp one hides can be found again: its transfer has sidelobes. So no
    aperture shows more than the light blur.

    Far behind a subject at distance s, a lens of focal length f draws c = f² / (N · (s − f)), here in
    shares of the sensor's width. Bright pixels weigh more than others, as in the light that a sensor
    adds up before its curve makes codes of it.
    """

    def __init__(self, size: Size, aperture: float) -> None:
        across = confusion(aperture) * size.width
        times = max(LEAST, math.ceil(math.log2(across / WIDEST)))
        self._disc = disc(across / 2**times)
        self._soft = SOFT * size.height / REFERENCE_HEIGHT / 2**times
        self._sigma = math.hypot(self._soft, across / 2**times / 4)  # a disc's own is a quarter of it
        self._room = Room(size, times, gain=highlights())

    def paint(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        weighed = self._room(frame.planes, matte.alpha)
        soft = cv2.GaussianBlur(weighed, (0, 0), self._soft, borderType=cv2.BORDER_REFLECT)
        near = cv2.filter2D(soft, -1, self._disc, borderType=cv2.BORDER_REFLECT)
        planes = unweighed(np.asarray(near, np.float32), weighed, self._sigma)
        for small, target in zip(planes, onto, strict=True):
            fill(small, target, interpolation=cv2.INTER_CUBIC)


def confusion(aperture: float) -> float:
    """The circle's diameter, in widths of the picture."""
    return FOCAL**2 / (aperture * (DISTANCE - FOCAL)) / SENSOR


def disc(across: float) -> npt.NDArray[np.float32]:
    """A kernel of sum 1: a disc of `across` px, its rim smooth."""
    reach = max(1, math.ceil(across / 2 - 0.5))
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    share = np.clip(across / 2 + 0.5 - np.hypot(rows, columns), 0, 1).astype(np.float32)
    return np.asarray(share / share.sum(), np.float32)


def highlights() -> npt.NDArray[np.float32]:
    """(256,): the weight of each luma."""
    over = np.clip((np.arange(256, dtype=np.float32) - BRIGHT) / (235 - BRIGHT), 0, 1)
    return np.asarray(1 + GAIN * over**3, np.float32)
