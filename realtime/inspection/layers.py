"""The overlays: one way of seeing a frame each, as BGR pictures of the frame's size."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...models.segmenter import Mask
from ..colour import Picture
from ..frame import Plane, Size
from ..matte import Head
from ..parts.heads import Flags, people
from ..parts.sight import face_of
from ..subjects.instance import Mark
from ..subjects.marks import draw_marks

FACE, HAIR, BODY = (80, 80, 240), (220, 160, 40), (90, 200, 90)  # BGR
TINT = 0.5  # of the picture is left under a colour
DIMMED = 0.35  # of what is no edge
NOISE = 1.4  # px: sigma before edges are looked for (Canny 1986)


def matte(alpha: Plane) -> Picture:
    """Who is a person, in white."""
    return np.asarray(cv2.merge([alpha] * 3), np.uint8)


def subjects(picture: Picture, marks: Sequence[Mark]) -> Picture:
    """Everybody numbered and framed, as the preview numbers them."""
    drawn = picture.copy()
    height, width = picture.shape[:2]
    for mark in marks:
        left, top, right, bottom = mark.box
        cv2.rectangle(drawn, (left, top), (right - 1, bottom - 1), (255, 255, 255), max(1, height // 360))
    draw_marks(drawn, marks, Size(width, height))
    return drawn


def edges(picture: Picture) -> Picture:
    """Canny's edges, white on the dimmed picture; thresholds follow the median light."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (0, 0), NOISE)
    middle = max(30.0, float(np.median(grey)))
    drawn = np.asarray(cv2.convertScaleAbs(picture, alpha=DIMMED), np.uint8)
    drawn[cv2.Canny(grey, middle / 3, middle * 2 / 3) > 0] = 255
    return drawn


def heat(values: Mask, size: Size, *, stretched: bool) -> Picture:
    """From dark to bright, smoothed to the frame's size.

    stretched  from the least to the greatest value, for numbers that have no scale; else from 0 to 1
    """
    low, high = (float(values.min()), float(values.max())) if stretched else (0.0, 1.0)
    codes = np.clip((values - low) / max(high - low, 1e-6), 0, 1) * 255
    grown = cv2.resize(np.asarray(codes, np.uint8), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.applyColorMap(grown, cv2.COLORMAP_INFERNO), np.uint8)


def tinted(picture: Picture, where: Flags, colour: tuple[int, int, int]) -> Picture:
    """The picture, in that colour where flagged."""
    drawn = picture.copy()
    drawn[where] = np.rint(TINT * picture[where] + (1 - TINT) * np.array(colour)).astype(np.uint8)
    return drawn


def hair(picture: Picture, mask: Mask) -> Picture:
    """Where the model sees hair, also of whoever is no subject."""
    height, width = picture.shape[:2]
    return tinted(picture, cv2.resize(mask, (width, height)) > 0.5, HAIR)


def parts(picture: Picture, mask: Mask | None, alpha: Plane, heads: Sequence[Head]) -> Picture:
    """Head, hair and body as `--blur-part` finds them; whose head is not found stays as they are.

    mask  where a model sees hair; None: there is no such model
    """
    height, width = picture.shape[:2]
    small = (width // 4, height // 4)
    there = cv2.resize(alpha, small, interpolation=cv2.INTER_AREA) > 127
    hair = None if mask is None else np.asarray(cv2.resize(mask, small, interpolation=cv2.INTER_AREA) > 0.5)
    found = people(np.asarray(there), [face_of(head, head.seconds) for head in heads], hair)
    drawn = picture
    for one in found:
        if one.head is None:
            continue
        inside = one.where & one.head
        for where, colour in ((one.where & ~inside, BODY), (inside & ~one.hair, FACE), (one.hair, HAIR)):
            drawn = tinted(drawn, enlarged(where, width, height), colour)
    return drawn


def enlarged(flags: Flags, width: int, height: int) -> Flags:
    """At the frame's size."""
    return np.asarray(cv2.resize(flags.view(np.uint8) * 255, (width, height)) > 127)
