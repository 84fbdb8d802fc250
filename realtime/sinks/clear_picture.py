"""Writes what goes out as a picture: the last frame, as PNG."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from ..colour import BgrPainter
from ..errors import CannotWrite
from ..frame import Planes, Size
from ..gate.gate import Composed
from .unmix import Unmix, alpha_of


class ClearPicture:
    """A PNG of the last frame, RGBA where what is behind the person is transparent, else RGB."""

    def __init__(self, path: Path, size: Size) -> None:
        self.name = f"{path} ({size} PNG)"
        self._path = path
        self._paint = BgrPainter(size)
        self._picture: npt.NDArray[np.uint8] | None = None
        self._touch()

    def send(self, composed: Composed) -> None:
        planes: Planes = composed.planes
        alpha = alpha_of(composed.shut, composed.alpha, planes.y)
        if composed.alpha is not None:
            planes = Unmix(composed.size, composed.colour)(planes, alpha)
        picture = self._paint(planes, composed.colour)
        if composed.alpha is not None:
            picture = np.dstack([picture, alpha])
        self._picture = picture.copy()

    def close(self) -> None:
        """Only now is it written; closing twice is fine."""
        picture, self._picture = self._picture, None
        if picture is not None:
            _, packed = cv2.imencode(".png", picture)
            self._write(packed.tobytes())

    def _touch(self) -> None:
        """Where nothing can be written, nothing begins."""
        self._write(b"")

    def _write(self, content: bytes) -> None:
        try:
            self._path.write_bytes(content)
        except OSError as error:
            raise CannotWrite(str(self._path), error.strerror or str(error)) from None
