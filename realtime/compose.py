"""Puts the person in front of the backdrop, plane by plane."""

from __future__ import annotations

import cv2
import numpy as np

from .backdrops.backdrop import Backdrop
from .frame import Frame, Plane, Planes, Size
from .matte import Box, Matte
from .scale import Halver
from .stopwatch import Stopwatch


class Compositor:
    """out = alpha·frame + (1 − alpha)·backdrop, in uint8, only inside the matte's box.

    The planes stay YUV from the camera to the sink: alpha blending is linear, so it may be done there.
    """

    def __init__(self, backdrop: Backdrop, size: Size, *, watch: Stopwatch | None = None) -> None:
        self.backdrop = backdrop
        self._watch = watch or Stopwatch()
        self._halve = Halver(1)
        self._scratch = tuple(np.empty((size.height, size.width), np.uint8) for _ in range(3))

    def __call__(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        """Write the composed picture into `onto`, which must not share memory with the frame."""
        with self._watch.stage("backdrop"):
            self.backdrop.paint(frame, matte, onto)
        with self._watch.stage("blend"):
            self._place(frame, matte, onto)

    def _place(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        """The person over what is there."""
        box = matte.box
        if box.x0 == box.x1:
            return
        chroma = Box(*(edge // 2 for edge in box))
        alpha = matte.alpha[box.y0 : box.y1, box.x0 : box.x1]
        half_alpha = self._halve(alpha)
        self._blend(frame.planes.y, alpha, box, onto.y)
        self._blend(frame.planes.u, half_alpha, chroma, onto.u)
        self._blend(frame.planes.v, half_alpha, chroma, onto.v)

    def _blend(self, plane: Plane, alpha: Plane, box: Box, onto: Plane) -> None:
        """`alpha` is the box's; `plane` and `onto` are whole."""
        inside = np.s_[box.y0 : box.y1, box.x0 : box.x1]
        person, room, rest = (s[: alpha.shape[0], : alpha.shape[1]] for s in self._scratch)
        target = onto[inside]
        cv2.multiply(plane[inside], alpha, dst=person, scale=1 / 255)
        cv2.bitwise_not(alpha, dst=rest)
        cv2.multiply(target, rest, dst=room, scale=1 / 255)
        cv2.add(person, room, dst=target)
