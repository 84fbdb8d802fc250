"""Whether a model's answer is a mask at all: one bad value is enough to refuse it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from softfocus.models.segmenter import InputSize, Mask
from softfocus.realtime.matting.health import check
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
