"""Numbers on the preview, one inside each person (after Set-of-Mark, Yang 2023, arXiv:2310.11441)."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..colour import Picture
from ..frame import Size
from .instance import Mark

FONT = cv2.FONT_HERSHEY_DUPLEX
CHOSEN, OTHER = (255, 255, 255), (40, 40, 40)  # of the disc, BGR; the number has the other one
RADIUS = 0.026  # of the picture's height


def draw_marks(
    picture: Picture,
    marks: Sequence[Mark],
    size: Size,
    *,
    flipped: bool = False,
    upside_down: bool = False,
) -> None:
    """Draw onto a BGR picture, which may be smaller than the frame (`size`, px), mirrored and turned.

    The chosen ones' discs are white, the others' dark; a ring in the other colour makes both readable on
    anything.
    """
    height, width = picture.shape[:2]
    for mark in marks:
        x, y = mark.centroid[0] * width / size.width, mark.centroid[1] * height / size.height
        place = (round(width - 1 - x if flipped else x), round(height - 1 - y if upside_down else y))
        disc, ink = (CHOSEN, OTHER) if mark.chosen else (OTHER, CHOSEN)
        badge(picture, str(mark.id), place, max(9, round(RADIUS * height)), disc, ink)


def badge(
    picture: Picture,
    text: str,
    place: tuple[int, int],
    radius: int,
    disc: tuple[int, int, int],
    ink: tuple[int, int, int],
) -> None:
    """A disc with a number in it, all of it inside the picture."""
    height, width = picture.shape[:2]
    x, y = (
        int(np.clip(at, radius + 1, end - radius - 2)) for at, end in zip(place, (width, height), strict=True)
    )
    cv2.circle(picture, (x, y), radius, disc, cv2.FILLED, cv2.LINE_AA)
    cv2.circle(picture, (x, y), radius, ink, max(1, radius // 8), cv2.LINE_AA)
    scale = radius / 18
    (wide, high), _ = cv2.getTextSize(text, FONT, scale, 1)
    at = (x - wide // 2, y + high // 2)
    cv2.putText(picture, text, at, FONT, scale, ink, max(1, round(scale * 1.5)), cv2.LINE_AA)
