"""A segmenter whose masks have nothing to do with the picture is found out; the real one is not."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from spoilt import Spoilt

from softfocus.models.open import open_segmenter
from softfocus.models.segmenter import Mask, Rgb
from softfocus.realtime.colour import to_rgb
from softfocus.realtime.frame import Planes, Size
from softfocus.realtime.matting.proof import EVERY, Move, Proven
from softfocus.realtime.reason import MaskRefused, Reason
from softfocus.realtime.sources.demo import Demo


def pictures(count: int) -> list[Rgb]:
    """The demo's portrait at the model's size."""
    source = Demo(Size(320, 180))
    frames = (source.read(0) for _ in range(count))
    seen = (
        to_rgb(Planes(*(np.array(plane) for plane in each.planes)), each.colour) for each in frames if each
    )
    return [np.asarray(cv2.resize(picture, (256, 144), interpolation=cv2.INTER_AREA)) for picture in seen]


def refusals(proven: Proven, seen: list[Rgb]) -> list[bool]:
    told: list[bool] = []
    for picture in seen:
        try:
            proven(picture)
            told.append(False)
        except MaskRefused as refused:
            told.append(refused.reason is Reason.BLIND)
    return told


def block(mask: Mask) -> Mask:
    mask[:72, -64:] = 1
    return mask


def test_the_real_model_is_proven_and_its_masks_are_its_own() -> None:
    seen, real = pictures(40), open_segmenter()
    proven = Proven(open_segmenter())
    for picture in seen:
        np.testing.assert_array_equal(proven(picture), real(picture))


def test_a_proof_costs_one_look_more_in_so_many() -> None:
    inner = Spoilt()
    assert not any(refusals(Proven(inner), pictures(2 * (EVERY + 1))))
    assert inner.calls == 2 * (EVERY + 1) + 2


def test_a_proof_waits_for_a_picture_that_needs_no_look_and_finds_a_fault_there() -> None:
    inner = Spoilt()
    proven = Proven(inner)
    looks: list[tuple[int, int]] = []

    def look_and_pass(seen: list[Rgb]) -> None:
        for picture in seen:
            before = inner.calls
            proven(picture)
            between = inner.calls
            proven.pass_over()
            looks.append((between - before, inner.calls - between))

    seen = pictures(60)
    look_and_pass(seen[:40])
    assert {looked for looked, _ in looks[1:]} == {1}
    assert 40 * 2 // (EVERY + 1) <= sum(proof for _, proof in looks) <= 40 * 2 // (EVERY - 3)
    inner.spoil = block
    with pytest.raises(MaskRefused):
        look_and_pass(seen[40 : 40 + EVERY // 2])
    assert refusals(proven, seen[50:52]) == [True, True]
    inner.spoil = lambda mask: mask
    assert not any(refusals(proven, seen[52:]))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda mask: mask[:, ::-1].copy(),
        lambda mask: mask[::-1].copy(),
        lambda mask: np.roll(mask, 85, axis=1),
        block,
    ],
    ids=["mirrored", "upside down", "shifted", "with a block"],
)
def test_masks_that_do_not_follow_the_picture_are_refused_from_the_first(
    spoil: Callable[[Mask], Mask],
) -> None:
    assert all(refusals(Proven(Spoilt(spoil)), pictures(5)))


def test_a_mask_that_is_doubted_is_proven_at_once() -> None:
    inner, seen = Spoilt(), pictures(60)
    proven = Proven(inner)
    assert not any(refusals(proven, seen[:20]))
    inner.spoil = block
    proven.doubt()
    assert all(refusals(proven, seen[20:40]))
    inner.spoil = lambda mask: mask
    assert not any(refusals(proven, seen[40:]))


def test_what_turns_into_a_person_slowly_is_found_within_half_a_second() -> None:
    inner, seen = Spoilt(), pictures(60)
    proven = Proven(inner)
    refusals(proven, seen[:20])

    def fading_in(mask: Mask) -> Mask:
        return np.maximum(mask, block(mask * 0) * np.float32(min(1.0, (inner.calls - 20) / 20)))

    inner.spoil = fading_in
    assert refusals(proven, seen[20:60]).index(True) <= 10 + EVERY  # half faded in, it counts as a person


def test_a_mask_that_stays_while_the_picture_changes_is_refused_at_once() -> None:
    inner, seen = Spoilt(), pictures(8)
    proven = Proven(inner)
    assert not any(refusals(proven, seen[:4]))
    last = inner(seen[3])
    inner.spoil = lambda mask: last
    assert refusals(proven, seen[4:])[0]


def test_the_same_picture_may_give_the_same_mask() -> None:
    assert not any(refusals(Proven(Spoilt()), pictures(1) * 5))


def test_nobody_in_the_picture_is_nothing_to_prove() -> None:
    empty = [np.full((144, 256, 3), 90 + n, np.uint8) for n in range(5)]
    assert not any(refusals(Proven(Spoilt(lambda mask: mask * 0)), empty))


@pytest.mark.parametrize("right", [40, -40])
def test_what_is_moved_comes_back_to_its_place(right: int) -> None:
    picture = pictures(1)[0]
    move = Move(Spoilt().input_size, right)
    returned = move.back(move(picture)[..., 0].astype(np.float32))
    below = move.sees & (np.indices(move.sees.shape)[0] < 144 - 144 // 8)
    np.testing.assert_array_equal(returned[below], picture[..., 0][below])
    assert not returned[~move.sees].any()
