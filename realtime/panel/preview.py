"""The composed picture, small, for the panel."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, get_args

import cv2
import numpy as np

from ..colour import BgrPainter
from ..frame import Plane, Planes, Size
from ..gate.gate import Composed

Kind = Literal["picture", "matte"]
KINDS: tuple[Kind, ...] = get_args(Kind)

LONGEST = 640  # px, the longer side
PERIOD = 1 / 15  # s between two pictures, at least
HURRY = 0.6  # s after a change in which each frame may be one: a fade, and the frames until it begins
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 80]


class Preview:
    """A sink that makes a JPEG when somebody asked for one, and else nothing.

    size   of the frames, px
    matte  the newest alpha, (H, W), 255 = person, or None while there is none
    made   is told each JPEG and of which kind it is, on the sink's thread

    A frame that shows the room, because the user wants just that, is not shown here.
    """

    name = "panel"

    def __init__(
        self,
        size: Size,
        made: Callable[[Kind, bytes], None],
        matte: Callable[[], Plane | None] = lambda: None,
    ) -> None:
        scale = min(1.0, LONGEST / max(size))
        self.size = Size(*(max(2, round(side * scale / 2) * 2) for side in size))
        self._paint = BgrPainter(self.size)
        self._made = made
        self._matte = matte
        self._wanted: set[Kind] = set()
        self._last = 0.0
        self._hurries_until = 0.0

    def hurry(self) -> None:
        """Something was changed and is to be seen soon; from any thread."""
        self._hurries_until = time.monotonic() + HURRY

    def want(self, kind: Kind) -> None:
        """Make a JPEG of the next frame, or of its matte; from any thread."""
        self._wanted.add(kind)

    def send(self, composed: Composed) -> None:
        now = time.monotonic()
        early = now - self._last < PERIOD and now > self._hurries_until
        if composed.raw or not self._wanted or early:
            return
        self._last = now
        for kind in KINDS:
            if kind in self._wanted:
                self._wanted.discard(kind)
                self._make(kind, composed)

    def _make(self, kind: Kind, composed: Composed) -> None:
        alpha = self._matte() if kind == "matte" else None
        picture = self._small(alpha) if alpha is not None else self._painted(composed)
        done, jpeg = cv2.imencode(".jpg", picture, QUALITY)
        if done:
            self._made(kind, jpeg.tobytes())

    def close(self) -> None:
        """Nothing is held."""

    def _painted(self, composed: Composed) -> cv2.typing.MatLike:
        y, u, v = composed.planes
        half = Size(self.size.width // 2, self.size.height // 2)
        planes = Planes(self._small(y), self._small(u, half), self._small(v, half))
        return self._paint(planes, composed.colour)

    def _small(self, plane: Plane, size: Size | None = None) -> Plane:
        return np.asarray(cv2.resize(plane, size or self.size, interpolation=cv2.INTER_AREA), np.uint8)
