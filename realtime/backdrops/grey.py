"""Any backdrop without its colours."""

from __future__ import annotations

from ..frame import Frame, Planes
from ..matte import Matte
from .backdrop import Backdrop, is_weak


class Grey:
    """Takes the colour out of another backdrop. It hides nothing by itself: give it one that does."""

    def __init__(self, inner: Backdrop) -> None:
        self._inner = inner
        self.weak = is_weak(inner)

    def paint(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        self._inner.paint(frame, matte, onto)
        onto.u[:] = onto.v[:] = 128
