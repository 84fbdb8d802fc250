"""A picture as a source."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ..colour import from_bgr
from ..errors import EndOfSource, UnreadableInput
from ..frame import Colour, Frame, Size
from .decoded import even
from .picture import read_picture


class Still:
    """The same picture again and again.

    size    to scale to; None keeps the picture's own
    rate    frames per second
    frames  how many, None for without end
    """

    live = False

    def __init__(
        self, path: Path, *, size: Size | None = None, rate: float = 30.0, frames: int | None = 1
    ) -> None:
        self.name = str(path)
        self.rate = rate
        picture = read_picture(path)
        self.size = size or even(picture.shape[1], picture.shape[0])
        if not all(self.size):
            raise UnreadableInput(self.name, "the picture is too small")
        if size:
            picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        self._planes = from_bgr(picture[: self.size.height, : self.size.width], Colour()).read_only[1]
        self._frames = frames
        self._next = 0

    def read(self, timeout: float) -> Frame | None:
        """The picture, with the next index and time."""
        if self._frames is not None and self._next >= self._frames:
            raise EndOfSource
        index, self._next = self._next, self._next + 1
        return Frame(self._planes, index, round(index / self.rate * 1e9), Colour())

    def close(self) -> None:
        """Nothing is held."""
        self._frames = 0
