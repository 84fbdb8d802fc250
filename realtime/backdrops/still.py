"""The same picture behind every frame: of a file, or of one colour."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ..colour import Picture, from_rgb
from ..errors import BadSetting, UnreadableInput
from ..frame import Colour, Frame, Planes, Size
from ..matte import Matte
from ..sources.picture import NO_PICTURE, read_picture
from .place import USUAL, Placing, placed


class Still:
    """The same picture behind every frame.

    picture  (H, W, 3) RGB of the frame's size
    clear    it is to be seen only where an output cannot be transparent
    """

    def __init__(self, picture: Picture, *, clear: bool = False) -> None:
        self.clear = clear
        self._picture = picture
        self._colour: Colour | None = None
        self._planes: Planes | None = None

    def paint(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        if self._planes is None or self._colour != frame.colour:
            self._colour = frame.colour
            self._planes = from_rgb(self._picture, frame.colour).planes
        for plane, target in zip(self._planes, onto, strict=True):
            np.copyto(target, plane)


def plain(rgb: tuple[int, int, int], size: Size) -> Picture:
    """A picture of one colour, for Still."""
    return np.full((size.height, size.width, 3), rgb, np.uint8)


def picture(path: Path, size: Size, placing: Placing = USUAL) -> Picture:
    """The picture of a file, for Still, brought to `size`."""
    try:
        bgr = read_picture(path)
    except UnreadableInput as error:
        there = (
            "is no picture that can be read" if error.why == NO_PICTURE else f"cannot be read, {error.why}"
        )
        there = there if path.exists() else "is not there"
        raise BadSetting(
            "--background", f"{path} {there}; give a JPEG, PNG or WebP file, a #rrggbb colour or blur"
        ) from error
    cut = placed(bgr, size, placing)
    return np.asarray(cv2.cvtColor(cut, cv2.COLOR_BGR2RGB), np.uint8)
