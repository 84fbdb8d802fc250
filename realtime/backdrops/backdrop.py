"""What a compositor asks of what stands behind the person."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ..frame import Frame, Planes
from ..matte import Matte


class Backdrop(Protocol):
    """Paints what stands behind the person."""

    def paint(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        """Fill all of `onto`, in the frame's colour."""
        ...


@runtime_checkable
class Weak(Protocol):
    """A backdrop that may let writing in the room be read."""

    weak: bool


def is_weak(backdrop: Backdrop) -> bool:
    """Whether it does."""
    return isinstance(backdrop, Weak) and backdrop.weak


@runtime_checkable
class Joined(Backdrop, Protocol):
    """A backdrop that can put the person before it while it is painted, which saves a pass over the frame."""

    def join(self, frame: Frame, matte: Matte, person: Planes, onto: Planes) -> None:
        """Paint, and over it the person, who is given inside of the matte's box, which is not empty."""
        ...
