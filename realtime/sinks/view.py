"""How a window shows frames: as in a mirror, with words over them, with the matte in their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from ..colour import Picture
from ..frame import Plane, Size
from ..framing.crop import WHOLE, Crop
from ..subjects.instance import Mark
from ..subjects.marks import draw_marks

FONT, WHITE = cv2.FONT_HERSHEY_SIMPLEX, (255, 255, 255)
DARKENED = 0.35  # of the picture is left under words


class Click(NamedTuple):
    """Where the user clicked, px of the frame, and which keys were held.

    alt  Ctrl counts as well: many window systems move windows by Alt and the mouse
    """

    x: int
    y: int
    shift: bool
    alt: bool


@dataclass(slots=True)
class View:
    """Changed between two frames, on the window's thread.

    mirrored, upside_down  in this window and nowhere else; words stay legible
    instead                a plane to be shown in the picture's place; it may give None for now
    marks                  people to be numbered
    crop                   the part of the frame that the picture is
    lines, note            words at the top, and at the foot
    """

    mirrored: bool = False
    upside_down: bool = False
    instead: Callable[[], Plane | None] | None = None
    marks: Callable[[], Sequence[Mark]] | None = None
    crop: Callable[[], Crop] = lambda: WHOLE
    lines: Sequence[str] = ()
    note: str | None = None

    def turned(self, x: int, y: int, size: Size) -> tuple[int, int]:
        """A place of the picture in the window, and the other way round."""
        return size.width - 1 - x if self.mirrored else x, size.height - 1 - y if self.upside_down else y


class Painter:
    """Makes what a view shows of BGR pictures of one size."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._canvas: Picture = np.empty((size.height, size.width, 3), np.uint8)

    def __call__(self, picture: Picture, view: View, state: str | None, *, shielded: bool = False) -> Picture:
        """(H, W, 3) BGR in and out; ours until the next call.

        state     is written while there is no note
        shielded  nobody is seen, so nobody is numbered
        """
        if view.instead and (plane := view.instead()) is not None:
            cv2.merge([plane] * 3, dst=self._canvas)
            picture = self._canvas
        if view.mirrored or view.upside_down:
            code = 1 if not view.upside_down else 0 if not view.mirrored else -1
            cv2.flip(picture, code, dst=self._canvas)
            picture = self._canvas
        if view.marks and not shielded:
            crop = view.crop()
            marks = [mark._replace(centroid=crop.shown(*mark.centroid)) for mark in view.marks()]
            draw_marks(picture, marks, self._size, flipped=view.mirrored, upside_down=view.upside_down)
        self._write(picture, view, state)
        return picture

    def _write(self, picture: Picture, view: View, state: str | None) -> None:
        height = self._size.height
        line, left = height / 24, height // 30
        for i, text in enumerate(view.lines):
            write(picture, text, left, round(1.2 * line * (i + 1)), size=0.7)
        if text := view.note or state or "":
            write(picture, text, left, height - left)


def write(picture: Picture, text: str, x: int, y: int, *, size: float = 1.0) -> None:
    """White on a darkened strip, so that it reads on any picture; from the foot of its first letter on."""
    scale = size * picture.shape[0] / 720
    thickness = max(1, round(scale))
    (wide, high), below = cv2.getTextSize(text, FONT, scale, thickness)
    rim = high // 3
    strip = picture[max(0, y - high - rim) : y + below + rim, max(0, x - rim) : x + wide + rim]
    cv2.convertScaleAbs(strip, dst=strip, alpha=DARKENED)
    cv2.putText(picture, text, (x, y), FONT, scale, WHITE, thickness, cv2.LINE_AA)
