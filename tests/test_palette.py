"""Colours settle what the shape leaves open, and claim nothing that they cannot tell."""

from __future__ import annotations

import cv2
import numpy as np

from softfocus.models.segmenter import Mask
from softfocus.realtime.frame import Size
from softfocus.realtime.kernel.evidence import Codes
from softfocus.realtime.matting.denoised import smoothed
from softfocus.realtime.matting.palette import Palette

SIZE = Size(160, 90)
PERSON, ROOM = (90.0, 110.0, 160.0), (140.0, 135.0, 120.0)
GAP = np.s_[40:50, 70:78]  # in the person, through which the room is seen


def mask(gap: float = 0.9) -> Mask:
    """A person in the middle; what the model says of the gap."""
    drawn = np.zeros((SIZE.height, SIZE.width), np.float32)
    drawn[20:, 50:110] = 1
    soft = np.asarray(cv2.GaussianBlur(drawn, (0, 0), 1.5), np.float32)
    soft[GAP] = gap
    return soft


def planes(room: tuple[float, float, float] = ROOM) -> Codes:
    """The frame, with sensor noise."""
    rng = np.random.default_rng(3)
    there = mask(0.0) > 0.5
    seen = [np.where(there, p, r) + rng.normal(0, 2, there.shape) for p, r in zip(PERSON, room, strict=True)]
    return smoothed(list(np.clip(np.rint(seen), 0, 255).astype(np.uint8)))


def test_a_gap_with_the_rooms_colours_is_doubted() -> None:
    corrected = Palette()(mask(0.8), planes(), 0.0)
    inner = corrected[42:48, 72:76]
    assert np.all(inner < 0.5)
    assert np.all(corrected[60:80, 60:100] > 0.99)


def test_a_doubted_part_with_the_persons_colours_is_believed_more() -> None:
    doubted = mask(1.0)
    doubted[60:70, 60:70] = 0.4
    assert np.all(Palette()(doubted, planes(), 0.0)[62:68, 62:68] > 0.6)


def test_where_the_mask_is_0_nobody_appears_however_much_a_place_looks_like_the_person() -> None:
    seen = planes()
    for plane, code in zip(seen, PERSON, strict=True):
        plane[30:50, 5:25] = code
    assert not Palette()(mask(1.0), seen, 0.0)[30:50, 5:25].any()


def test_a_person_of_the_rooms_colours_is_left_as_the_model_sees_them() -> None:
    seen = mask(0.8)
    corrected = Palette()(seen, planes(room=PERSON), 0.0)
    assert np.abs(corrected - seen).max() < 0.12


def test_without_anybody_nothing_is_claimed_and_a_newcomer_is_not_doubted() -> None:
    palette = Palette()
    for i in range(30):
        assert not palette(np.zeros_like(mask()), planes(), i / 30).any()
    assert np.allclose(palette(mask(0.8), planes(), 1.01), mask(0.8), atol=1e-5)


def test_new_colours_are_learnt_within_seconds_and_a_reset_forgets_them_at_once() -> None:
    palette = Palette()
    for i in range(60):
        palette(mask(0.8), planes(room=PERSON), i / 30)
    for i in range(60, 180):
        corrected = palette(mask(0.8), planes(), i / 30)
    assert np.all(corrected[42:48, 72:76] < 0.5)
    palette.reset()
    assert np.all(palette(mask(0.8), planes(room=(200.0, 60.0, 60.0)), 6.0)[42:48, 72:76] < 0.5)
