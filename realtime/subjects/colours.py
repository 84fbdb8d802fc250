"""What colours somebody wears, in words.

Hues are those of HSV in degrees; where one colour ends is a matter of language, and where a lamp stands
and how a camera meters moves all of them. So the words are few, and `choice` asks for a clear lead.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import numpy.typing as npt

from ..colour import to_rgb
from ..frame import Colour, Planes

Flags = npt.NDArray[np.bool_]  # (h, w)
Codes = npt.NDArray[np.uint8]  # (h, w, 3)

NAMES = ("black", "grey", "white", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
DARK, BRIGHT = 56, 175  # V, 0..255: below the one all is black, above the other grey is white
PALE = 48  # S, 0..255: greys have less
# Hues in OpenCV's half degrees at which one colour ends, and the colour that ends there.
ENDS = (
    (7, "red"),
    (17, "orange"),
    (34, "yellow"),
    (85, "green"),
    (128, "blue"),
    (148, "purple"),
    (167, "pink"),
    (180, "red"),
)
DULL = 150  # V: dark orange is brown
ROSY = 110  # S: bright, pale red is pink
HEAD = 0.25  # of somebody's height: hair and face are no clothes
BARE = 0.65  # of it above which skin is left out
SKIN = ((77, 127), (133, 173))  # U and V of skin, the usual bounds (Chai, Ngan 1999)


def worn(planes: Planes, colour: Colour, where: Flags, box: tuple[int, int, int, int]) -> Mapping[str, float]:
    """The share of each colour in somebody's clothes; planes of one size, `box` x, y, width, height in px."""
    x, y, width, height = box
    there = np.s_[y : y + height, x : x + width]
    part = Planes(*(np.ascontiguousarray(plane[there]) for plane in planes))
    clothes = where[there].copy()
    clothes[: round(HEAD * height)] = False
    upper = slice(0, round(BARE * height))
    (u0, u1), (v0, v1) = SKIN
    u, v = part.u[upper], part.v[upper]
    clothes[upper] &= ~((u >= u0) & (u <= u1) & (v >= v0) & (v <= v1))
    names = named(to_rgb(part, colour))[clothes]
    if not names.size:
        return {}
    counts = np.bincount(names, minlength=len(NAMES)) / names.size
    return {name: float(share) for name, share in zip(NAMES, counts, strict=True) if share > 0}


def named(rgb: Codes) -> npt.NDArray[np.uint8]:
    """(h, w): for each pixel of an RGB picture, which of NAMES it is."""
    hsv = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV), np.uint8)
    hue, saturation, value = hsv[..., 0], hsv[..., 1], hsv[..., 2]
    names = np.asarray(_HUES[hue], np.uint8)
    names[(names == _code("orange")) & (value < DULL)] = _code("brown")
    names[(names == _code("red")) & (value > DULL) & (saturation < ROSY)] = _code("pink")
    pale = saturation < PALE
    names[pale] = np.where(value[pale] > BRIGHT, _code("white"), _code("grey"))
    names[value < DARK] = _code("black")
    return names


def _code(name: str) -> int:
    return NAMES.index(name)


def _hues() -> npt.NDArray[np.uint8]:
    """(256,): the colour of each of OpenCV's hues."""
    table = np.zeros(256, np.uint8)
    for end, name in reversed(ENDS):
        table[:end] = _code(name)
    return table


_HUES = _hues()
