"""Whether a model's answer is a mask at all: one bad value is enough to refuse it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from softfocus.models.segmenter import InputSize, Mask
from softfocus.realtime.matting.health import check
from softfocus.realtime.matting.proof import STRIDE, thinned
from softfocus.realtime.reason import MaskRefused, Reason

SIZE = InputSize(64, 48)


def soft_disc() -> Mask:
    disc = np.zeros((SIZE.height, SIZE.width), np.float32)
    cv2.circle(disc, (32, 24), 14, 1.0, cv2.FILLED)
    return np.asarray(cv2.blur(disc, (5, 5)), np.float32)


@pytest.mark.parametrize("place", [(0, 0), (24, 32), (47, 63)])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.01, 1.01])
def test_one_value_that_no_mask_holds_is_refused_wherever_it_is(value: float, place: tuple[int, int]) -> None:
    mask = soft_disc()
    check(mask, SIZE)
    mask[place] = value
    with pytest.raises(MaskRefused) as refused:
        check(mask, SIZE)
    assert refused.value.reason is Reason.BROKEN_MASK


@pytest.mark.parametrize("value", [-5e-4, 1.0005])
def test_what_rounding_does_to_a_mask_is_no_fault(value: float) -> None:
    mask = soft_disc()
    mask[24, 32] = value
    check(mask, SIZE)


@pytest.mark.parametrize(("width", "height"), [(256, 256), (256, 144), (512, 288)])
def test_a_thinned_picture_is_every_fourth_pixel_of_every_fourth_row(width: int, height: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    assert np.array_equal(thinned(picture), picture[::STRIDE, ::STRIDE])
