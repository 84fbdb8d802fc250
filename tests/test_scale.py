"""Planes at smaller sizes, made once for all stages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn import frame

from softfocus.realtime.frame import Halves, Plane, Planes
from softfocus.realtime.scale import Doubler, Halver, halved, reduced, smaller


@pytest.mark.parametrize("times", [0, 1, 2, 4])
def test_shared_halves_are_what_a_stage_of_its_own_would_make(times: int) -> None:
    plane = np.random.default_rng(0).integers(0, 256, (91, 162), np.uint8)
    halves: Halves = {}
    halved(plane, 3, halves)
    assert np.array_equal(halved(plane, times, halves), Halver(times)(plane))


def test_each_half_is_made_once() -> None:
    plane: Plane = np.zeros((90, 160), np.uint8)
    halves: Halves = {}
    quarter = halved(plane, 2, halves)
    assert halved(plane, 2, halves) is quarter
    assert halved(plane, 0, halves) is plane


def test_a_third_is_the_mean_of_nine() -> None:
    plane = np.random.default_rng(0).integers(0, 256, (90, 162), np.uint8)
    halves: Halves = {}
    sixth = reduced(plane, 6, halves)
    nines = halved(plane, 1, halves).reshape(15, 3, 27, 3)
    assert np.array_equal(sixth, np.rint(nines.mean(axis=(1, 3))))
    assert reduced(lambda: pytest.fail("it is at hand"), 6, halves) is sixth


@pytest.mark.parametrize("times", [1, 3])
def test_all_planes_of_a_smaller_frame_are_as_large_as_its_luma(times: int) -> None:
    picture = frame()
    small = smaller(picture, 1 << times)
    for plane, of, n in zip(small, picture.planes, (times, times - 1, times - 1), strict=True):
        assert np.array_equal(plane, Halver(n)(of))
        assert plane.shape == small.y.shape
    assert all(one is other for one, other in zip(small, smaller(picture, 1 << times), strict=True))


def test_a_frame_with_other_planes_has_other_halves() -> None:
    dark = frame()
    smaller(dark, 4)
    bright = replace(dark, planes=Planes(np.full_like(dark.planes.y, 250), dark.planes.u, dark.planes.v))
    assert np.all(smaller(bright, 4).y == 250)


@pytest.mark.parametrize(
    ("small", "large"), [((45, 80), (720, 1280)), ((67, 120), (1080, 1920)), ((30, 53), (481, 855))]
)
def test_enlarging_shows_no_grid_and_moves_nothing(small: tuple[int, int], large: tuple[int, int]) -> None:
    (height, width), (tall, wide) = small, large
    slope = np.tile(np.linspace(20, 220, width), (height, 1)).astype(np.uint8)
    onto: Plane = np.zeros((tall, wide), np.uint8)
    Doubler(4)(slope, onto)
    assert np.all(np.abs(np.diff(onto.astype(int), axis=0)) == 0)
    steps = np.diff(onto[0].astype(int))
    assert steps.min() >= 0
    assert steps.max() <= 1
    ideal = 20 + 200 * ((np.arange(wide) + 0.5) * width / wide - 0.5) / (width - 1)
    assert np.abs(onto[0] - ideal)[wide // 20 : -wide // 20].max() < 2
