"""The figures that mattes are judged by: by hand on small cases, and against SciPy on large ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from softfocus.bench import metrics
from softfocus.bench.metrics import Judge, Truth
from softfocus.realtime.frame import Plane


def half(width: int = 100, edge: int = 50) -> Plane:
    """Room on the left, a person from column `edge` on."""
    alpha = np.zeros((80, width), np.uint8)
    alpha[:, edge:] = 255
    return alpha


def blobs(seed: int) -> Plane:
    """Soft random shapes."""
    noise = np.random.default_rng(seed).normal(size=(90, 120))
    return (255 / (1 + np.exp(-40 * ndimage.gaussian_filter(noise, 6)))).astype(np.uint8)


def test_a_perfect_matte_has_no_error() -> None:
    truth = Truth.of(blobs(0))
    assert metrics.mad(truth.alpha, truth) == metrics.mse(truth.alpha, truth) == 0
    assert metrics.grad(truth.alpha, truth) == pytest.approx(0, abs=1e-9)
    assert metrics.leak(truth.alpha, truth) == metrics.cut(truth.alpha, truth) == 0
    assert metrics.iou(truth.alpha, truth) == 1


def test_ten_columns_too_many_are_a_tenth_of_all_and_a_fifth_of_the_room() -> None:
    truth, wide = Truth.of(half()), half(edge=40)
    assert metrics.mad(wide, truth) == pytest.approx(100)
    assert metrics.mse(wide, truth) == pytest.approx(100)
    assert metrics.leak(wide, truth) == pytest.approx(20)
    assert metrics.cut(wide, truth) == 0
    assert metrics.iou(wide, truth) == pytest.approx(50 / 60)


def test_ten_columns_too_few_cut_a_fifth_of_the_person() -> None:
    truth, narrow = Truth.of(half()), half(edge=60)
    assert metrics.cut(narrow, truth) == pytest.approx(20)
    assert metrics.leak(narrow, truth) == 0


def test_the_band_reaches_20_px_to_both_sides_of_the_edge() -> None:
    columns = np.flatnonzero(metrics.edge_band(half())[40])
    assert (columns[0], columns[-1], len(columns)) == (30, 69, 40)


def test_the_band_counts_errors_near_the_edge_only() -> None:
    truth, far = Truth.of(half()), half()
    far[:, :20] = 255
    assert metrics.band_mad(far, truth) == 0
    assert metrics.band_mad(half(edge=40), truth) == pytest.approx(250)


def test_room_is_seen_from_a_tenth_of_alpha_on() -> None:
    truth = Truth.of(half())
    assert metrics.leak(np.full_like(truth.alpha, 25), truth) == 0
    assert metrics.leak(np.full_like(truth.alpha, 26), truth) == 100


def test_nobody_and_no_mask_agree() -> None:
    nobody = Truth.of(np.zeros((20, 20), np.uint8))
    assert metrics.iou(nobody.alpha, nobody) == 1
    assert metrics.cut(nobody.alpha, nobody) == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_gradients_are_those_of_an_independent_implementation(seed: int) -> None:
    """But for the tails of the Gaussian, which SciPy cuts elsewhere."""
    p, g = blobs(seed), blobs(seed + 10)
    lengths = [
        ndimage.gaussian_gradient_magnitude(a / 255, metrics.SIGMA, mode="nearest", truncate=5 / 1.4)
        for a in (p, g)
    ]
    assert metrics.grad(p, Truth.of(g)) == pytest.approx(
        np.sum((lengths[0] - lengths[1]) ** 2) / 1000, rel=0.01
    )


@pytest.mark.parametrize("seed", [4, 5])
def test_the_band_is_that_of_an_independent_implementation(seed: int) -> None:
    person = blobs(seed) > 127
    disc = metrics.BAND > 0
    dilated = ndimage.binary_dilation(person, disc)
    eroded = ndimage.binary_erosion(person, disc, border_value=1)
    assert np.array_equal(metrics.edge_band(blobs(seed)), dilated & ~eroded)


@pytest.mark.parametrize("seed", [6, 7])
def test_dtssd_is_that_of_an_independent_implementation(seed: int) -> None:
    p, g = [blobs(seed), blobs(seed + 1)], [blobs(seed + 2), blobs(seed + 3)]
    judge = Judge()
    for matte, alpha in zip(p, g, strict=True):
        judge(matte, Truth.of(alpha))
    by_hand = np.std(np.diff(np.stack(p).astype(float), axis=0) - np.diff(np.stack(g).astype(float), axis=0))
    mean = np.mean(np.diff(np.stack(p).astype(float), axis=0) - np.diff(np.stack(g).astype(float), axis=0))
    assert judge.means()["dtssd"] == pytest.approx(100 * np.hypot(by_hand, mean) / 255, rel=1e-4)


def test_flicker_is_what_changes_where_nothing_should() -> None:
    judge = Judge()
    dim = half()
    dim[:, :50] = 51
    for matte in (half(), dim):
        judge(matte, Truth.of(half()))
    assert judge.means()["flicker"] == pytest.approx(1000 * 0.2 / 2)


@pytest.mark.parametrize("late", [0, 1, 3])
def test_lag_is_the_delay_of_the_matte(late: int) -> None:
    judge = Judge()
    for t in range(20):
        judge(half(edge=60 - 2 * max(0, t - late)), Truth.of(half(edge=60 - 2 * t)))
    assert judge.lag == late
