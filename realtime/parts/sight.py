"""Looks for the part now and then, on a thread of its own where frames do not wait."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from ...models.errors import SoftfocusError
from ...models.segmenter import InputSize, Mask, Rgb
from ..colour import to_rgb
from ..frame import Frame, Plane, Planes
from ..matte import Matte
from ..scale import Halver, resized
from ..slot import Latest
from .heads import Flags, Part, hidden, people

log = logging.getLogger(__name__)

TIMES = 2  # halvings: parts are told apart at 320x180 of a 720p frame
EVERY = 0.2  # s of frame time between two looks
SURE = 127  # alpha above which somebody is there


class View(NamedTuple):
    """What is looked at: (H, W, 3) RGB of the model's size, (h, w) alpha, and its frame's time, s."""

    picture: Rgb
    alpha: Plane
    seconds: float


class Seen(NamedTuple):
    """What a look found, at 1 / 2**TIMES of the frame's size.

    hidden   (h, w) what is not to be seen; there (h, w): where anybody was at all
    width    px, of the widest head; 0: there is none
    seconds  of the frame that was looked at
    """

    hidden: Flags
    there: Flags
    width: float
    seconds: float


class Sight:
    """The newest look at the people of a matte.

    hair    an RGB picture of `input_size` in, (H, W) out, 1 = hair
    part    what is not to be seen, as `heads.hidden` says
    waits   a look is waited for: for recordings, whose frames wait as well. Else a thread looks.
    """

    def __init__(
        self, hair: Callable[[Rgb], Mask], input_size: InputSize, part: Part, *, waits: bool
    ) -> None:
        self._hair = hair
        self._input_size = input_size
        self._part: Part = part
        self._waits = waits
        self._halvers = tuple(Halver(n) for n in (1, 0, 0))
        self._began: float | None = None
        self._seen: Seen | None = None
        self._slot: Latest[View] = Latest()
        if not waits:
            threading.Thread(target=self._follow, name="parts", daemon=True).start()

    def __call__(self, frame: Frame, matte: Matte) -> Seen | None:
        """The newest look, of this frame or an earlier one; None before the first."""
        if self._began is None or abs(frame.seconds - self._began) >= EVERY:
            self._began = frame.seconds
            view = self._view(frame, matte)
            if self._waits:
                self._seen = self._look(view)
            else:
                self._slot.put(view)
        return self._seen

    def close(self) -> None:
        """The thread ends, soon."""
        self._slot.close()

    def _view(self, frame: Frame, matte: Matte) -> View:
        y, u, v = (halve(plane) for halve, plane in zip(self._halvers, frame.planes, strict=True))
        y, u, v = (resized(plane, self._input_size, interpolation=cv2.INTER_AREA) for plane in (y, u, v))
        alpha = matte.halved(TIMES)
        return View(to_rgb(Planes(y, u, v), frame.colour), alpha.copy(), frame.seconds)

    def _follow(self) -> None:
        try:
            while view := self._slot.take():
                self._seen = self._look(view)
        except SoftfocusError as error:
            log.warning("all of the person is blurred from now on: %s", error)
            self._seen = None

    def _look(self, view: View) -> Seen:
        height, width = view.alpha.shape
        hair = cv2.resize(self._hair(view.picture), (width, height), interpolation=cv2.INTER_AREA)
        found = people(view.alpha > SURE, np.asarray(hair > 0.5))
        widest = max((one.width for one in found if one.head is not None), default=0.0)
        flags = hidden(found, view.alpha.shape, self._part)
        return Seen(flags, np.asarray(view.alpha > 0), widest, view.seconds)
