"""Where the closer look goes."""

from __future__ import annotations

import numpy as np
import pytest

from softfocus.models.segmenter import Mask
from softfocus.realtime.frame import Size
from softfocus.realtime.matte import Box
from softfocus.realtime.matting.region import LIMIT, Corners, Regions, around, people, side

SIZE = Size(320, 180)


def mask(*boxes: Box) -> Mask:
    made = np.zeros((SIZE.height, SIZE.width), np.float32)
    for box in boxes:
        made[box.y0 : box.y1, box.x0 : box.x1] = 1
    return made


def holds(crop: Corners, box: Box) -> bool:
    return bool(crop[0] <= box.x0 and crop[1] <= box.y0 and crop[2] >= box.x1 and crop[3] >= box.y1)


def followed(regions: Regions, boxes: list[Box], frames: int, start: float = 0.0) -> None:
    for i in range(frames):
        regions.follow(boxes, start + i / 30, 1 / 30)


LEFT, RIGHT = Box(20, 80, 80, 180), Box(220, 70, 290, 180)


def test_people_are_found_left_to_right_and_specks_are_not_people() -> None:
    assert people(mask(RIGHT, LEFT, Box(150, 10, 154, 14))) == [LEFT, RIGHT]


def test_an_empty_mask_holds_nobody() -> None:
    assert people(mask()) == []


@pytest.mark.parametrize("box", [LEFT, RIGHT, Box(0, 0, 40, 60), Box(150, 90, 156, 100)])
def test_a_crop_is_a_square_around_the_person_inside_the_picture(box: Box) -> None:
    crop = around([box], SIZE)
    assert crop[2] - crop[0] == pytest.approx(crop[3] - crop[1], abs=1e-3)
    assert holds(crop, box)
    assert crop[0] >= 0
    assert crop[1] >= 0
    assert crop[2] <= SIZE.width
    assert crop[3] <= SIZE.height


def test_who_fills_the_picture_is_seen_through_all_of_it() -> None:
    assert list(around([Box(0, 0, 320, 180)], SIZE)) == [0, 0, 320, 180]


def test_people_far_apart_get_a_crop_each() -> None:
    regions = Regions(SIZE)
    regions.jump([LEFT, RIGHT])
    assert [holds(crop, box) for crop, box in zip(regions.crops, (LEFT, RIGHT), strict=True)] == [True, True]


def test_people_side_by_side_share_one_crop() -> None:
    regions = Regions(SIZE)
    regions.jump([Box(100, 60, 150, 180), Box(155, 60, 210, 180)])
    assert len(regions.crops) == 1


def test_a_row_of_people_is_never_seen_through_more_crops_than_the_limit() -> None:
    regions = Regions(SIZE)
    row = [Box(x, 130, x + 20, 180) for x in range(0, 320, 40)]
    regions.jump(row)
    assert len(row) > LIMIT
    assert len(regions.crops) == LIMIT
    assert all(any(holds(crop, box) for crop in regions.crops) for box in row)


def test_a_crop_does_not_tremble_with_the_person() -> None:
    regions = Regions(SIZE)
    regions.jump([LEFT])
    before = regions.crops[0].copy()
    followed(regions, [Box(LEFT.x0 + 2, LEFT.y0 + 1, LEFT.x1 + 2, LEFT.y1)], 30)
    assert np.array_equal(regions.crops[0], before)


def test_a_crop_goes_half_of_its_way_in_one_half_life() -> None:
    regions = Regions(SIZE)
    regions.jump([Box(100, 60, 200, 160)])
    small = Box(140, 100, 170, 130)
    wanted = around([small], SIZE)
    before = side(regions.crops[0])
    regions.follow([small], 0.08, 0.08)
    assert side(regions.crops[0]) == pytest.approx((before + side(wanted)) / 2)


def test_a_crop_jumps_when_the_person_reaches_its_side() -> None:
    regions = Regions(SIZE)
    regions.jump([LEFT])
    reaching = Box(LEFT.x0, LEFT.y0, int(regions.crops[0][2]), LEFT.y1)
    regions.follow([reaching], 0.0, 1 / 30)
    assert np.array_equal(regions.crops[0], around([reaching], SIZE))


def test_people_who_part_get_their_own_crops_only_after_a_while() -> None:
    regions = Regions(SIZE)
    regions.jump([Box(100, 60, 210, 180)])
    followed(regions, [LEFT, RIGHT], 3)
    assert len(regions.crops) == 1
    assert all(holds(regions.crops[0], box) for box in (LEFT, RIGHT)), "and meanwhile nobody is lost"
    followed(regions, [LEFT, RIGHT], 6, start=0.1)
    assert len(regions.crops) == 2


def test_people_who_meet_share_a_crop_after_a_while() -> None:
    regions = Regions(SIZE)
    regions.jump([LEFT, RIGHT])
    met = [Box(100, 60, 150, 180), Box(155, 60, 210, 180)]
    followed(regions, met, 10)
    assert len(regions.crops) == 1


@pytest.mark.parametrize(("box", "covered"), [(LEFT, True), (RIGHT, False), (Box(80, 80, 180, 180), False)])
def test_whoever_is_mostly_outside_of_the_crops_is_not_covered(box: Box, covered: bool) -> None:
    regions = Regions(SIZE)
    regions.jump([LEFT])
    assert regions.covers(box) is covered
