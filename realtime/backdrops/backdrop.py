"""What a compositor asks of what stands behind the person."""

from __future__ import annotations

from typing import Protocol

from ..frame import Frame, Planes
from ..matte import Matte


class Backdrop(Protocol):
    """Paints what stands behind the person."""

    def paint(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        """Fill all of `onto`, in the frame's colour."""
        ...
