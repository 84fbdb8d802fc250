"""Writing on a wall, as a webcam sees it: Latin and Japanese, in the font that OpenCV brings along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..models.errors import SoftfocusError
from ..realtime.frame import Plane, Size

WALL, INK = 225, 30  # codes: more contrast than a camera gives paper
BOLD = 500
# The first is written, the others might have been: as long, of letters as common.
WORDS = {
    "latin": ("Park4728", "Haus1935", "Mond6804", "Wein2561", "Gold9376", "Turm5082"),
    "japanese": ("会議予定", "東京都内", "山田花子", "新製品名", "電話番号", "本日休業"),
}


class NoFont(SoftfocusError):
    """OpenCV 4 has no letters but its own Latin ones, drawn with lines."""

    def __init__(self) -> None:
        super().__init__("writing is drawn by OpenCV 5; run: pip install 'opencv-python>=5'")


@dataclass(frozen=True, slots=True)
class Page:
    """A wall with a word on it, and where that is: x, y, width and height, px.

    luma  (H, W), limited range
    """

    luma: Plane
    place: tuple[int, int, int, int]

    def cut(self, plane: Plane) -> Plane:
        """The word's part of a plane of the page's size."""
        x, y, width, height = self.place
        return plane[y : y + height, x : x + width]


def page(word: str, height: int, size: Size) -> Page:
    """A word in letters of a font of that height, in the middle of the picture."""
    if not hasattr(cv2, "FontFace"):
        raise NoFont
    cv: Any = cv2  # the newest names have no types yet
    font = cv.FontFace("uni")
    picture = np.full((size.height, size.width, 3), WALL, np.uint8)
    *_, width, _ = cv.getTextSize(tuple(size), word, (0, 0), font, height, BOLD)
    x, base = (size.width - width) // 2, size.height // 2 + round(0.35 * height)
    cv.putText(picture, word, (x, base), (INK, INK, INK), font, height, BOLD)
    top = max(0, base - height)
    left, right = max(0, x), min(size.width, x + width)
    return Page(picture[..., 0].copy(), (left, top, right - left, round(1.25 * height)))
