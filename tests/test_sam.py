"""Segment Anything, asked in every way about real pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import frame, overlap, photo

from softfocus.models.errors import NotLive
from softfocus.models.host import Host
from softfocus.models.manifest import find_model
from softfocus.models.open import open_segmenter
from softfocus.models.sam import Point, Prompt, Region, Sam, like
from softfocus.models.segmenter import Mask

NAME = "mobile-sam"


@pytest.fixture(scope="module")
def sam(shared: Path) -> Sam:
    return Sam(find_model(NAME), Host([shared / "weights"]))


@pytest.fixture(scope="module")
def truth(shared: Path) -> Mask:
    """Who a human saw in the photo that `looking` looks at."""
    return photo(shared / "data/stills_mask/0100_mask.png")[..., 0].astype(np.float32) / 255


@pytest.fixture(scope="module")
def looking(shared: Path) -> Sam:
    """A second one, that only ever looks at that photo."""
    sam = Sam(find_model(NAME), Host([shared / "weights"]))
    sam.look(photo(shared / "data/stills_mask/0100.jpg"))
    return sam


def box(mask: Mask) -> Region:
    x, y, width, height = cv2.boundingRect((mask > 0.5).astype(np.uint8))
    return Region(x, y, x + width, y + height)


def middle(mask: Mask) -> Point:
    """The place farthest from the mask's edge."""
    distance = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    y, x = np.unravel_index(distance.argmax(), distance.shape)
    return Point(float(x), float(y))


@pytest.mark.shared
def test_a_box_finds_the_person_in_it(looking: Sam, truth: Mask) -> None:
    answer = looking.ask(Prompt(region=box(truth)))
    assert overlap(looking.enlarge(answer), truth) > 0.95
    assert answer.expected > 0.9


@pytest.mark.shared
def test_a_point_finds_the_person_under_it(looking: Sam, truth: Mask) -> None:
    answer = looking.ask(Prompt(points=(middle(truth),)))
    assert overlap(looking.enlarge(answer), truth) > 0.9


@pytest.mark.shared
def test_a_rough_mask_is_made_better(looking: Sam, truth: Mask) -> None:
    rough = np.asarray(cv2.blur(truth, (61, 61)) > 0.3, np.float32)
    answer = looking.ask(like(rough))
    better = overlap(looking.enlarge(answer), truth)
    assert better > 0.9
    assert better > overlap(rough, truth) + 0.02


@pytest.mark.shared
def test_a_point_outside_takes_away(looking: Sam, truth: Mask) -> None:
    person = middle(truth)
    whole = looking.ask(Prompt(points=(person,)))
    less = looking.ask(Prompt(points=(person, Point(person.x, person.y - 100, inside=False))))
    mask = looking.enlarge(less)
    assert mask[int(person.y) - 100, int(person.x)] < 0.5 < mask[int(person.y), int(person.x)]
    assert (less.logits > 0).sum() < (whole.logits > 0).sum()


@pytest.mark.shared
def test_several_prompts_on_one_picture_do_not_disturb_each_other(looking: Sam, truth: Mask) -> None:
    first = looking.ask(Prompt(region=box(truth)))
    kept = first.logits.copy()
    looking.ask(Prompt(points=(Point(5, 5), Point(20, 20), Point(40, 40, inside=False))))
    looking.ask(like(truth))
    np.testing.assert_array_equal(first.logits, kept)
    np.testing.assert_array_equal(looking.ask(Prompt(region=box(truth))).logits, kept)


@pytest.mark.shared
def test_each_of_two_people_is_found_by_a_box(sam: Sam, shared: Path) -> None:
    clip = shared / "data/video_alpha/d_two_people.mp4"
    picture, left = frame(clip, 40, "_left")
    _, right = frame(clip, 40, "_right")
    sam.look(picture)
    for one, other in ((left, right), (right, left)):
        mask = sam.enlarge(sam.ask(Prompt(region=box(one))))
        assert mask.shape == one.shape
        assert overlap(mask, one) > 0.9
        assert overlap(mask, other) < 0.1


@pytest.mark.shared
@pytest.mark.parametrize("turned", [False, True])
def test_upright_and_wide_pictures_are_told_in_their_own_pixels(
    sam: Sam, shared: Path, truth: Mask, turned: bool
) -> None:
    picture = photo(shared / "data/stills_mask/0100.jpg")
    if turned:
        picture, truth = np.ascontiguousarray(np.rot90(picture)), np.ascontiguousarray(np.rot90(truth))
    large = np.asarray(cv2.resize(picture, None, fx=3, fy=3), np.uint8)
    sam.look(large)
    x0, y0, x1, y1 = box(truth)
    mask = sam.enlarge(sam.ask(Prompt(region=Region(3 * x0, 3 * y0, 3 * x1, 3 * y1))))
    assert mask.shape == large.shape[:2]
    assert mask.min() >= 0
    assert mask.max() <= 1
    assert overlap(mask, truth) > 0.93


@pytest.mark.shared
def test_it_finds_nobody_by_itself(shared: Path) -> None:
    with pytest.raises(NotLive, match="rvm"):
        open_segmenter(NAME, model_dirs=[shared / "weights"])
