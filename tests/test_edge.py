"""The edge follows the picture's."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from softfocus.models.segmenter import Mask
from softfocus.realtime.frame import Plane, Planes, Size
from softfocus.realtime.kernel.guided import Step
from softfocus.realtime.matting.edge import Edge
from softfocus.realtime.matting.matting import curve

FINE = Size(320, 180)
COARSE = Size(160, 90)
HALF = Size(80, 45)
STEP = Step(0.25 * 255, 0.85 * 255)


def disc(size: Size, radius: float) -> Plane:
    """A disc in the middle; `radius` in parts of the height."""
    drawn = np.zeros((size.height, size.width), np.uint8)
    cv2.circle(drawn, (size.width // 2, size.height // 2), round(radius * size.height), 255, cv2.FILLED)
    return drawn


def coloured(size: Size) -> Planes:
    """A disc of 0.3 of the height that differs from the room in colour only, not in luma."""
    person = disc(size, 0.3) > 0
    grey = np.full(person.shape, 120, np.uint8)
    return Planes(
        grey, np.where(person, 100, 130).astype(np.uint8), np.where(person, 160, 120).astype(np.uint8)
    )


def blurred_mask() -> Mask:
    """Too large by a few pixels, and soft, as models' masks are."""
    return cv2.GaussianBlur(disc(COARSE, 0.33).astype(np.float32) / 255, (0, 0), 2.5)


def error(alpha: Plane) -> float:
    return float(np.mean(cv2.absdiff(alpha, disc(FINE, 0.3))))


def test_a_soft_mask_snaps_to_an_edge_that_only_colour_shows() -> None:
    edge = Edge(FINE, STEP)(blurred_mask(), coloured(HALF), coloured(FINE))
    bilinear = np.rint(255 * cv2.resize(blurred_mask(), FINE)).astype(np.uint8)
    assert error(edge) < 0.6 * error(curve(STEP)[bilinear])


def test_no_mask_gives_no_alpha_and_leaves_none_of_the_last() -> None:
    edge = Edge(FINE, STEP)
    edge(blurred_mask(), coloured(HALF), coloured(FINE))
    assert not edge(np.zeros((90, 160), np.float32), coloured(HALF), coloured(FINE)).any()


@pytest.mark.parametrize("across", [-60, -9, 9, 60])
@pytest.mark.parametrize("down", [-20, 0, 20])
def test_what_moves_leaves_nothing_where_it_was(across: int, down: int) -> None:
    edge, moved = Edge(FINE, STEP), np.roll(blurred_mask(), (down, across), axis=(0, 1))
    edge(blurred_mask(), coloured(HALF), coloured(FINE))
    again = edge(moved, coloured(HALF), coloured(FINE))
    assert np.array_equal(again, Edge(FINE, STEP)(moved, coloured(HALF), coloured(FINE)))


def test_its_buffer_is_used_again() -> None:
    edge = Edge(FINE, STEP)
    first = edge(blurred_mask(), coloured(HALF), coloured(FINE))
    assert edge(blurred_mask(), coloured(HALF), coloured(FINE)) is first
