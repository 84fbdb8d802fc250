"""Pictures side by side, with their names."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ..colour import Picture
from ..sinks.view import write

COLUMNS = 3
WIDTH = 640  # px of each


def sheet(pictures: Mapping[str, Picture]) -> Picture:
    """All of one size, BGR; rows of three, and black where the last row ends early."""
    tiles = [tile(name, picture) for name, picture in pictures.items()]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % COLUMNS)
    rows = [np.hstack(tiles[start : start + COLUMNS]) for start in range(0, len(tiles), COLUMNS)]
    return np.asarray(np.vstack(rows), np.uint8)


def tile(name: str, picture: Picture) -> Picture:
    """One, smaller, with its name at the top."""
    height, width = picture.shape[:2]
    size = (WIDTH, max(2, round(WIDTH * height / width)))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    write(small, name, 10, 34, size=1.4)
    return small
