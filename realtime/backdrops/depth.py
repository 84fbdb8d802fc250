"""The room the more blurred the further behind the person it is."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ...models.errors import SoftfocusError
from ...models.segmenter import InputSize, Mask, Rgb
from ..colour import to_rgb
from ..frame import Frame, Plane, Planes, Size
from ..matte import Matte
from ..scale import Halver, fill, resized
from ..slot import Latest
from .blur import LIGHT, REFERENCE_HEIGHT
from .room import Room, Weighed, unweighed

log = logging.getLogger(__name__)

Farness = npt.NDArray[np.float32]  # (h, w), 0 = as near as the person, 1 = as far as anything
FAR = 2.0  # times the sigma, for what is furthest
WIDE = 32.0  # px of sigma from which a halving more is fine
EVERY = 0.5  # s of frame time between two looks of the model
AGREED = 0.5  # of the new farness in what is used: a room's depth does not change at once


class View(NamedTuple):
    """What the model looks at: (H, W, 3) RGB of its size, and who is in it, (h, w) of the room's."""

    picture: Rgb
    person: Plane


class DepthBlur:
    """Blur of sigma `strength` (px of a 720 px high frame) beside the person, twice that far behind.

    It is nowhere weaker than that, whatever the model says. The model works on a thread of its own, twice
    a second; before its first answer all of the room counts as near.

    nearness  an RGB picture of `input_size` in, larger where it is nearer; the units are its own

    far       how far the room was found to be; None before the first answer
    """

    def __init__(
        self, size: Size, strength: float, nearness: Callable[[Rgb], Mask], input_size: InputSize
    ) -> None:
        self.weak = strength < LIGHT
        times = 4 if strength >= WIDE else 3  # 80x45 or 160x90 for 720p
        self._sigma = strength * size.height / REFERENCE_HEIGHT / 2**times
        self._room = Room(size, times)
        self._halvers = tuple(Halver(n) for n in (2, 1, 1, times))
        self._nearness = nearness
        self._input_size = input_size
        self.far: Farness | None = None
        self._looked: float | None = None  # s
        self._slot: Latest[View] = Latest()
        threading.Thread(target=self._look, name="depth", daemon=True).start()

    def paint(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        if self._looked is None or abs(frame.seconds - self._looked) >= EVERY:
            self._looked = frame.seconds
            self._slot.put(self._view(frame, matte))
        weighed = self._room(frame.planes, matte.alpha)
        for small, target in zip(unweighed(self._blurred(weighed), weighed, self._sigma), onto, strict=True):
            fill(small, target, interpolation=cv2.INTER_CUBIC)

    def close(self) -> None:
        """The thread ends, soon."""
        self._slot.close()

    def _blurred(self, weighed: Weighed) -> Weighed:
        """Between three blurs, by how far the room is at each place."""
        near = gaussian(weighed, self._sigma)
        far = self.far
        if far is None:
            return near
        # A blur of a blur: sigmas add up as squares do.
        half = (1 + FAR) / 2
        middle = gaussian(near, self._sigma * np.sqrt(half**2 - 1))
        widest = gaussian(middle, self._sigma * np.sqrt(FAR**2 - half**2))
        return between(between(near, middle, 2 * far), widest, 2 * far - 1)

    def _view(self, frame: Frame, matte: Matte) -> View:
        *planes, person = (
            halve(plane) for halve, plane in zip(self._halvers, (*frame.planes, matte.alpha), strict=True)
        )
        y, u, v = (resized(plane, self._input_size) for plane in planes)
        return View(to_rgb(Planes(y, u, v), frame.colour), person.copy())

    def _look(self) -> None:
        try:
            while view := self._slot.take():
                new = farness(self._nearness(view.picture), view.person)
                old = new if self.far is None else self.far
                self.far = np.asarray(AGREED * new + (1 - AGREED) * old, np.float32)
        except SoftfocusError as error:
            log.warning("the depth of the room stands still: %s", error)


def farness(nearness: Mask, person: Plane) -> Farness:
    """How far behind the person each place is; (h, w) as `person`, 255 where somebody is.

    Measured from the person's median to the furthest of the room; without a person, from the nearest.
    """
    height, width = person.shape
    near = cv2.resize(nearness, (width, height), interpolation=cv2.INTER_AREA)
    inside = near[person > 127]
    level = float(np.median(inside)) if inside.size else float(np.percentile(near, 98))
    furthest = float(np.percentile(near, 2))
    span = max(level - furthest, 1e-6)
    return np.asarray(np.clip((level - near) / span, 0, 1), np.float32)


def gaussian(weighed: Weighed, sigma: float) -> Weighed:
    blurred = cv2.GaussianBlur(weighed, (0, 0), float(sigma), borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float32)


def between(one: Weighed, other: Weighed, share: Farness) -> Weighed:
    """one + (other − one)·share, share held in [0, 1]."""
    held = cv2.merge([np.clip(share, 0, 1)] * 4)
    return np.asarray(cv2.add(one, cv2.multiply(cv2.subtract(other, one), held)), np.float32)
