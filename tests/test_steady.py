"""Mask over time: steady where nothing moves, and never late."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from softfocus.models.segmenter import Mask
from softfocus.realtime.frame import Plane, Planes
from softfocus.realtime.matting.denoised import Denoised
from softfocus.realtime.matting.steady import HALF_LIFE, Steadier
from softfocus.realtime.scale import half

SHAPE = (90, 160)


def steadied(smooth: Steadier, mask: Mask, luma: Plane, seconds: float) -> Mask:
    """As in the matte path: with the luma at half the mask's size, without its noise."""
    coarse, quarter = (Planes(plane, plane, plane) for plane in (luma, half(luma)))
    return smooth(mask, Denoised(coarse, quarter).half[0], seconds)


def picture(seed: int = 0) -> Plane:
    """Large patches."""
    return np.kron(
        np.random.default_rng(seed).integers(40, 200, (9, 16), np.uint8), np.ones((10, 10), np.uint8)
    )


def test_half_of_an_old_mask_is_gone_after_one_half_life_where_nothing_moves() -> None:
    smooth = Steadier()
    steadied(smooth, np.zeros(SHAPE, np.float32), picture(), 0.0)
    assert steadied(smooth, np.ones(SHAPE, np.float32), picture(), HALF_LIFE) == pytest.approx(0.5)


@pytest.mark.parametrize("rate", [15, 30, 60])
def test_it_forgets_as_fast_at_any_frame_rate(rate: int) -> None:
    smooth = Steadier()
    steadied(smooth, np.zeros(SHAPE, np.float32), picture(), 0.0)
    for i in range(rate // 5):
        steady = steadied(smooth, np.ones(SHAPE, np.float32), picture(), (i + 1) / rate)
    assert steady == pytest.approx(1 - 0.5 ** (0.2 / HALF_LIFE))


def test_it_follows_at_once_where_the_picture_moves() -> None:
    smooth = Steadier()
    steadied(smooth, np.zeros(SHAPE, np.float32), picture(), 0.0)
    moved = picture()
    moved[:, 80:] = picture(1)[:, 80:]
    steady = steadied(smooth, np.ones(SHAPE, np.float32), moved, 1 / 30)
    assert np.mean(steady[:, 100:] > 0.99) > 0.8  # chance finds some of it in what was there
    assert np.median(steady[:, :60]) < 0.25


def walked(step: int, level: float) -> tuple[Mask, Plane]:
    """A textured person who goes 3 px to the right with each step, and their mask, as unsure as `level`."""
    scene, person = picture(), np.random.default_rng(5).integers(40, 220, (60, 40), np.uint8)
    person = np.asarray(cv2.GaussianBlur(person, (0, 0), 2), np.uint8)
    left = 20 + 3 * step
    scene[20:80, left : left + 40] = cv2.normalize(person, None, 40, 220, cv2.NORM_MINMAX)
    mask = np.zeros(SHAPE, np.float32)
    mask[20:80, left : left + 40] = level
    return mask, scene


def test_a_mask_that_trembles_on_somebody_who_walks_is_steadied_without_delay() -> None:
    smooth = Steadier()
    levels = [(0.4, 1.0)[i % 2] for i in range(12)]
    inner: list[float] = []
    for i, level in enumerate(levels):
        mask, scene = walked(i, level)
        steady = steadied(smooth, mask, scene, i / 30)
        inner.append(float(steady[30:70, 30 + 3 * i : 50 + 3 * i].mean()))
        # Nothing stays behind, and what is in front is taken at once.
        assert steady[25:75, 12 + 3 * i].max(initial=0) < 0.2
        assert steady[25:75, 57 + 3 * i].min() > 0.35
    assert np.abs(np.diff(inner[4:])).mean() < 0.7 * 0.6


@pytest.mark.parametrize("gain", [0.8, 1.2])
def test_a_change_of_exposure_is_no_motion(gain: float) -> None:
    smooth = Steadier()
    steadied(smooth, np.zeros(SHAPE, np.float32), picture(), 0.0)
    brighter = np.rint(picture() * gain).astype(np.uint8)
    assert np.all(steadied(smooth, np.ones(SHAPE, np.float32), brighter, 1 / 30) < 0.25)


def test_after_a_reset_nothing_is_left() -> None:
    smooth = Steadier()
    steadied(smooth, np.zeros(SHAPE, np.float32), picture(), 0.0)
    smooth.reset()
    assert np.all(steadied(smooth, np.ones(SHAPE, np.float32), picture(), 1 / 30) == 1)


def test_even_a_picture_too_small_for_the_search_is_steadied() -> None:
    smooth = Steadier()
    steadied(smooth, np.zeros((18, 32), np.float32), picture()[:18, :32], 0.0)
    other = np.ascontiguousarray(picture(1)[:18, :32])
    assert steadied(smooth, np.ones((18, 32), np.float32), other, 1 / 30).mean() > 0.5


@pytest.mark.parametrize("size", [(275, 173), (274, 173), (275, 172)])
def test_masks_of_odd_sizes_are_steadied_too(size: tuple[int, int]) -> None:
    width, height = size
    steady = Steadier()
    for n in range(3):
        luma = np.full((height // 2, width // 2), 100 + n, np.uint8)
        mask = steady(np.full((height, width), 0.5 + n / 10, np.float32), luma, n / 30)
    assert mask.shape == (height, width)
    assert mask[:-1, :-1].max() < 0.7  # nothing moves: the mask before counts
