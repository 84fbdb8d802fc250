"""How a picture is to be turned, by its EXIF (CIPA DC-008, tag 0x0112).

JPEG keeps it in APP1, PNG in eXIf, WebP in the chunk EXIF; TIFF is such a directory itself.
"""

from __future__ import annotations

import re

import numpy as np

from ..colour import Picture
from .dimensions import tiff_tags

ORIENTATION = 0x0112
PLACES = re.compile(rb"Exif\0\0(?=II|MM)|eXIf(?=II|MM)|EXIF.{4}(?:Exif\0\0)?(?=II|MM)", re.DOTALL)
# By their numbers, 1 to 8: whether rows become columns, then left and right, top and bottom change places.
TURNS = (
    (False, False, False), (False, True, False), (False, True, True), (False, False, True),
    (True, False, False), (True, True, False), (True, True, True), (True, False, True),
)  # fmt: skip


def upright(picture: Picture, packed: bytes) -> Picture:
    """The picture that was decoded of that file, turned as it says."""
    transposed, across, down = TURNS[orientation(packed) - 1]
    turned = picture.transpose(1, 0, 2) if transposed else picture
    turned = turned[:: -1 if down else 1, :: -1 if across else 1]
    return np.ascontiguousarray(turned)


def orientation(packed: bytes) -> int:
    """1 to 8; 1, upright, where nothing is said."""
    found = PLACES.search(packed)
    if not found and not packed.startswith((b"II*\0", b"MM\0*")):
        return 1
    value = tiff_tags(packed[found.end() if found else 0 :]).get(ORIENTATION, 1)
    return value if 1 <= value <= 8 else 1
