"""What a matte gives its readers: all of its alpha, or as small as they want it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from softfocus.realtime.frame import Plane, Size
from softfocus.realtime.matte import Box, Doubled, Matte, inside
from softfocus.realtime.scale import Halver

SIZE = Size(160, 90)
FIRST, SECOND, NOWHERE = Box(10, 4, 50, 40), Box(30, 20, 80, 45), Box(0, 0, 0, 0)


WHOLE = Box(0, 0, 80, 45)


def half(seed: int, box: Box = WHOLE) -> Plane:
    """Noise inside of the box."""
    alpha = np.zeros((45, 80), np.uint8)
    alpha[inside(box)] = np.random.default_rng(seed).integers(0, 256, (45, 80), np.uint8)[inside(box)]
    return alpha


def test_a_doubled_alpha_is_its_half_enlarged_inside_of_the_box_and_nothing_beside_it() -> None:
    doubled = Doubled(SIZE)
    for seed, box in enumerate((FIRST, SECOND, NOWHERE, FIRST)):
        doubled.put(half(seed, box), box)
        alpha = np.zeros((90, 160), np.uint8)
        there = Box(*(2 * edge for edge in box))
        if box != NOWHERE:
            size = (there.x1 - there.x0, there.y1 - there.y0)
            small = half(seed, box)[inside(box)]
            alpha[inside(there)] = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR_EXACT)
        assert np.array_equal(Matte(doubled, there, 0, 0).alpha, alpha)


def test_mattes_between_that_nobody_looked_at_leave_nothing_behind() -> None:
    doubled = Doubled(SIZE)
    doubled.put(np.full((45, 80), 255, np.uint8), WHOLE)
    assert doubled().all()
    doubled.put(half(1, FIRST), FIRST)
    doubled.put(half(2, NOWHERE), NOWHERE)
    assert not doubled().any()


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_halves_are_those_of_the_alpha_or_come_with_it(times: int) -> None:
    plane = np.random.default_rng(0).integers(0, 256, (90, 160), np.uint8)
    plain = Matte(plane, Box(0, 0, *SIZE), 0, 0)
    assert np.array_equal(plain.halved(times), Halver(times)(plane))
    doubled = Doubled(SIZE)
    doubled.put(half(0), WHOLE)
    made = Matte(doubled, Box(0, 0, *SIZE), 0, 0)
    assert made.size == plain.size == SIZE
    if times:
        assert np.array_equal(made.halved(times), Halver(times - 1)(half(0)))
        assert made.halved(times) is made.halved(times)
        assert made.once_more().halved(times) is made.halved(times)
