"""Writes what goes out as a picture: the last frame, as PNG."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from ..colour import BgrPainter
from ..disk import Disk
from ..frame import Planes, Size
from ..gate.gate import Composed
from .made import Made
from .unmix import Unmix, alpha_of


class ClearPicture:
    """A PNG of the last frame, RGBA where what is behind the person is transparent, else RGB."""

    def __init__(self, path: Path, size: Size, made: Made | None = None) -> None:
        # Where nothing can be written, nothing begins.
        self._file = Disk(path, overwrite=bool(made and made.overwrite))
        silent = ", without the sound" if made and made.sound else ""
        self.name = f"{self._file.path} ({size} PNG{silent})"
        self._paint = BgrPainter(size)
        self._picture: npt.NDArray[np.uint8] | None = None

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
        try:
            if picture is not None:
                self._file.write(cv2.imencode(".png", picture)[1].tobytes())
                self._file.check()
        finally:
            self._file.close()
