"""The edge where the user wants it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from softfocus.realtime.frame import Plane
from softfocus.realtime.matting.contour import Contour


def bar(left: int = 100, right: int = 200) -> Plane:
    """A person with straight sides."""
    alpha = np.zeros((90, 320), np.uint8)
    alpha[:, left:right] = 255
    return alpha


def width(alpha: Plane) -> float:
    """px of person in the middle row."""
    return float(alpha[45].sum()) / 255


@pytest.mark.parametrize("px", [-6, -2.5, 1, 2.5, 8])
def test_the_edge_moves_by_pixels_of_a_720_line_frame(px: float) -> None:
    wanted = Contour(px, 0, 720)(bar())
    assert width(wanted) == pytest.approx(100 + 2 * px, abs=0.1)
    half_the_size = Contour(px, 0, 360)(bar())
    assert width(half_the_size) == pytest.approx(100 + px, abs=0.1)


@pytest.mark.parametrize("px", [3, 8, 20])
def test_a_feathered_edge_fades_inside_and_shows_no_more_of_the_room(px: float) -> None:
    wanted = Contour(0, px, 720)(bar())
    assert not np.any(wanted > bar())
    row = wanted[45, 100 : 100 + round(px) + 1].astype(int)
    assert np.all(np.diff(row) >= 0)
    assert row[0] < 40
    assert row[-1] > 225
    assert wanted[45, 150] == 255


def test_both_at_once_soften_the_moved_edge() -> None:
    both = Contour(4, 8, 720)(bar())
    assert not both[:, :95].any()
    assert both[45, 98] > 0
    assert np.array_equal(both, cv2.min(both, Contour(4, 0, 720)(bar())))
