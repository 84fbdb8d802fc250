"""Planes at smaller sizes, made once for all stages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn import frame

from softfocus.realtime.frame import Halves, Plane, Planes
from softfocus.realtime.scale import Doubler, Halver, halved


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


def test_a_frame_with_other_planes_has_other_halves() -> None:
    dark = frame()
    halved(dark.planes.y, 1, dark.halves)
    bright = replace(dark, planes=Planes(np.full_like(dark.planes.y, 250), dark.planes.u, dark.planes.v))
    assert np.all(halved(bright.planes.y, 1, bright.halves) == 250)


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
