"""Puts the person in front of the backdrop, plane by plane."""

from __future__ import annotations

import numpy as np

from ..backdrops.backdrop import Backdrop
from ..backdrops.fade import Fading
from ..backdrops.match import Match
from ..backdrops.moving import Moving
from ..backdrops.slideshow import Slideshow
from ..backdrops.still import Still
from ..frame import I420, Frame, Plane, Planes, Size
from ..framing.crop import WHOLE, crop_plane, crop_planes
from ..framing.framing import Framing
from ..matte import Matte, cut, place
from ..parts.veil import Veil
from ..stopwatch import Stopwatch
from .fringe import Fringe

REPLACING = Still, Moving, Slideshow  # before these, colours of the room would shine


class Compositor:
    """out = alpha·frame + (1 − alpha)·backdrop, in uint8, only inside the matte's box.

    The planes stay YUV from the camera to the sink: alpha blending is linear, so it may be done there.

    veil   hides a part of the person; None: nothing is hidden
    match  gives the person the light of the picture behind them, where that is wanted
    """

    def __init__(
        self,
        backdrop: Backdrop,
        size: Size,
        *,
        veil: Veil | None = None,
        match: bool = False,
        watch: Stopwatch | None = None,
    ) -> None:
        self.backdrop = Fading(backdrop, size)
        self.veil = veil
        self.match = Match(size, wanted=match)
        self.framing = Framing(size)
        self._size = size
        self._whole: I420 | None = None  # what is cropped
        self._fringe: Fringe | None = None  # only who replaces the room needs it
        self._watch = watch or Stopwatch()

    @property
    def clear(self) -> bool:
        """Whether what stands behind the person is nothing, where an output can be transparent."""
        return all(isinstance(each, Still) and each.clear for each in self.backdrop.shown)

    def __call__(self, frame: Frame, matte: Matte, onto: Planes, alpha: Plane | None = None) -> None:
        """Write the composed picture into `onto`, which must not share memory with the frame.

        alpha  (H, W), for what of the picture is the person; None: nobody wants it
        """
        crop = self.framing(matte, frame.seconds)
        if alpha is not None:
            crop_plane(matte.alpha, crop, alpha) if crop != WHOLE else np.copyto(alpha, matte.alpha)
        if crop == WHOLE:
            self._compose(frame, matte, onto)
            return
        self._whole = self._whole or I420(self._size)
        self._compose(frame, matte, self._whole.planes)
        with self._watch.stage("frame"):
            crop_planes(self._whole.planes, crop, onto)

    def _compose(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        replacing = any(isinstance(each, REPLACING) for each in self.backdrop.shown)
        person = cut(frame.planes, matte.box)
        if not replacing:
            person = self._veiled(frame, matte, person)
            with self._watch.stage("backdrop"):
                self.backdrop.join(frame, matte, person, onto)
            return
        with self._watch.stage("backdrop"):
            self.backdrop.paint(frame, matte, onto)
        with self._watch.stage("blend"):
            if matte.box.x0 < matte.box.x1:
                person = self._veiled(frame, matte, self._replaced(frame, matte, onto))
                place(person, matte, onto)

    def _replaced(self, frame: Frame, matte: Matte, behind: Planes) -> Planes:
        """The person inside of the matte's box, without the room's colours, before what replaces it."""
        self._fringe = self._fringe or Fringe(self._size)
        person = self._fringe(frame, matte)
        if self.match.on and not self.clear:
            with self._watch.stage("match"):
                person = self.match(frame, matte, person, behind, matte.box)
        return person

    def _veiled(self, frame: Frame, matte: Matte, person: Planes) -> Planes:
        """Without the part that must not be seen."""
        veil = self.veil  # it may be another one in a moment
        if not veil or matte.box.x0 == matte.box.x1:
            return person
        with self._watch.stage("veil"):
            return veil(frame, matte, person, matte.box)
