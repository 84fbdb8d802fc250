"""What the loop asks of a source of frames."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol, runtime_checkable

from ..frame import Frame, Size


class Source(Protocol):
    """Gives frames until it ends. One thread reads; `close` may come from another and ends a read soon."""

    @property
    def name(self) -> str:
        """For people: the device's or file's name."""
        ...

    @property
    def size(self) -> Size:
        """Of every frame `read` gives; even."""
        ...

    @property
    def rate(self) -> float:
        """Frames per second, as negotiated or as the file says."""
        ...

    @property
    def live(self) -> bool:
        """Whether frames come whether we are ready or not (a camera), or wait for us (a file)."""
        ...

    def read(self, timeout: float) -> Frame | None:
        """The next frame; None when none came within `timeout` s.

        Raises EndOfSource after the last frame, CameraLost when the device is gone.
        The planes stay as they are for as long as anybody holds them.
        """
        ...

    def close(self) -> None:
        """Release the device or file; closing twice is fine."""
        ...


@runtime_checkable
class Anamorphic(Protocol):
    """A source that may have pixels of another shape than square."""

    @property
    def aspect(self) -> Fraction:
        """How much wider than high."""
        ...


def aspect_of(source: Source) -> Fraction:
    """Of a source's pixels."""
    return source.aspect if isinstance(source, Anamorphic) else Fraction(1)
