"""Mattes that look healthy and cannot be true."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn import SIZE, disc, frame, matte

from softfocus.realtime.frame import Frame, Plane, Size
from softfocus.realtime.gate.plausible import Flags, Plausibility, small
from softfocus.realtime.reason import MaskRefused, Reason


def room(index: int, seed: int = 0, person: Plane | None = None) -> Frame:
    """A person before a room of large patches, so that small versions of it keep their looks."""
    seen = frame(index, person if person is not None else disc(SIZE), SIZE)
    patches = np.random.default_rng(seed).integers(40, 180, (9, 16), np.uint8)
    outside = (person if person is not None else disc(SIZE)) == 0
    seen.planes.y[outside] = np.kron(patches, np.ones((20, 20), np.uint8))[outside]
    return seen


def settled(seconds: float = 1.5) -> tuple[Plausibility, int]:
    """One that has seen true mattes for a while, and the next frame's index."""
    plausible = Plausibility()
    frames = round(seconds * 30)
    for i in range(frames):
        plausible(room(i), matte(room(i), disc(SIZE)))
    return plausible, frames


def refusal(plausible: Plausibility, index: int, alpha: Plane, seen: Frame | None = None) -> Reason | None:
    """Why the matte is not believed as it is."""
    seen = seen or room(index)
    try:
        doubted = plausible(seen, matte(seen, alpha))
    except MaskRefused as refused:
        return refused.reason
    return None if doubted is None else Reason.ROOM_TURNED_PERSON


def doubted_size(doubted: Flags) -> Size:
    height, width = doubted.shape
    return Size(width, height)


def test_true_mattes_pass() -> None:
    settled()


def test_an_inverted_mask_is_refused_from_the_first_frame() -> None:
    assert refusal(Plausibility(), 0, 255 - disc(SIZE)) is Reason.FULL_MASK


def test_everything_a_person_is_refused() -> None:
    plausible, i = settled()
    assert refusal(plausible, i, np.full_like(disc(SIZE), 255)) is Reason.FULL_MASK


def test_a_large_part_of_the_room_never_becomes_a_person_while_it_stands_still() -> None:
    plausible, i = settled()
    wrong = disc(SIZE)
    wrong[:, :80] = 255
    reasons = {refusal(plausible, i + k, wrong) for k in range(300)}
    assert reasons == {Reason.ROOM_TURNED_PERSON}


def test_a_smaller_part_is_believed_only_if_it_lasts() -> None:
    """A model that finds a missed arm at last must not blur the user for ever."""
    plausible, i = settled()
    wrong = disc(SIZE)
    wrong[:80, :80] = 255  # 11 % of the picture
    reasons = [refusal(plausible, i + k, wrong) for k in range(350)]
    assert reasons[:300] == [Reason.ROOM_TURNED_PERSON] * 300
    assert reasons[330:] == [None] * 20


def test_a_small_piece_that_turns_at_once_is_refused_for_half_a_second() -> None:
    """It may be a person who happens to look like the room behind, and it may be a mask gone astray."""
    plausible, i = settled()
    piece = disc(SIZE)
    piece[:32, :40] = 255  # 2.2 % of the picture
    reasons = [refusal(plausible, i + k, piece) for k in range(40)]
    assert reasons[:14] == [Reason.ROOM_TURNED_PERSON] * 14
    assert reasons[25:] == [None] * 15


def test_a_piece_is_doubted_with_all_that_came_with_it() -> None:
    """The part of it where something moves looks like no still room, but is as wrong as the rest."""
    plausible, i = settled()
    claimed = disc(SIZE)
    claimed[:32, :36] = 255  # 2 % of the picture
    seen = room(i)
    seen.planes.y[:32, 24:36] = 255 - seen.planes.y[:32, 24:36]
    doubted = plausible(seen, matte(seen, claimed))
    assert doubted is not None
    assert doubted[:8, :9].all()
    assert not doubted[disc(doubted_size(doubted)) > 0].any()


def test_a_person_who_grows_into_the_room_step_by_step_is_noticed() -> None:
    plausible, i = settled()
    grown = [np.asarray(cv2.dilate(disc(SIZE), np.ones((3, 3), np.uint8), iterations=k)) for k in range(20)]
    reasons = [refusal(plausible, i + k, alpha) for k, alpha in enumerate(grown)]
    assert reasons[0] is None
    assert reasons[-5:] == [Reason.ROOM_TURNED_PERSON] * 5


def test_a_part_that_comes_and_goes_from_the_start_is_refused_each_time_it_comes() -> None:
    plausible = Plausibility()
    wrong = disc(SIZE)
    wrong[:80, :80] = 255
    reasons = [refusal(plausible, k, wrong if k % 2 else disc(SIZE)) for k in range(10)]
    assert reasons == [None, Reason.ROOM_TURNED_PERSON] * 5


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_room_that_shines_through_all_around_is_refused(share: float) -> None:
    veil = np.maximum(disc(SIZE), np.uint8(255 * share))
    assert refusal(Plausibility(), 0, veil) is Reason.FULL_MASK


def test_a_person_who_walks_in_is_believed() -> None:
    nobody = np.zeros_like(disc(SIZE))
    plausible = Plausibility()
    for i in range(45):
        assert refusal(plausible, i, nobody, room(i, person=nobody)) is None
    for i in range(45, 60):
        come = disc(SIZE, x=0.05 + 0.03 * (i - 45))
        assert refusal(plausible, i, come, room(i, person=come)) is None


def test_a_person_whom_the_model_lost_for_a_while_is_believed_again() -> None:
    plausible, i = settled()
    for k in range(60):
        assert refusal(plausible, i + k, np.zeros_like(disc(SIZE))) is None
    assert refusal(plausible, i + 60, disc(SIZE)) is None


def test_another_scene_is_noticed_at_once_and_judged_afresh() -> None:
    plausible, i = settled()
    other = room(i, seed=1)
    assert refusal(plausible, i, disc(SIZE), other) is Reason.SOURCE_CHANGED
    assert refusal(plausible, i + 1, disc(SIZE), room(i + 1, seed=1)) is None


def test_a_lens_that_is_covered_and_uncovered_begins_new_scenes() -> None:
    plausible, i = settled()
    nobody = np.zeros_like(disc(SIZE))
    black = room(i)
    black.planes.y[:] = 16
    assert refusal(plausible, i, nobody, black) is Reason.SOURCE_CHANGED
    assert refusal(plausible, i + 1, nobody, black) is None
    assert refusal(plausible, i + 2, disc(SIZE)) is Reason.SOURCE_CHANGED


@pytest.mark.parametrize("gain", [0.6, 1.4])
def test_a_step_in_exposure_is_no_other_scene_and_hides_nothing(gain: float) -> None:
    plausible, i = settled()
    lit = room(i)
    lit.planes.y[:] = np.clip(lit.planes.y * gain, 0, 255)
    wrong = disc(SIZE)
    wrong[:, :80] = 255
    assert refusal(plausible, i, wrong, lit) is Reason.ROOM_TURNED_PERSON
    assert refusal(plausible, i + 1, disc(SIZE), lit) is None


@pytest.mark.parametrize("height", [360, 720, 1080, 1440, 2160])
def test_frames_of_all_usual_sizes_are_judged_at_one(height: int) -> None:
    assert small(np.zeros((height, height * 16 // 9), np.uint8), {}).shape == (45, 80)
