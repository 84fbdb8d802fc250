"""The picture follows the person: steadily, not too fast, and never beyond what the camera sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from drawn import SIZE, detail, disc, frame, matte

from softfocus.realtime.backdrops.blur import Blur
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.frame import I420, Plane, Size
from softfocus.realtime.framing.crop import WHOLE, Crop, crop_planes, held_inside
from softfocus.realtime.framing.framing import FASTEST, MANNERS, Framing, How, Spring
from softfocus.realtime.matte import Box, Head, Matte

RATE = 30
HOWS: tuple[How, ...] = ("gentle", "close")


def shot(alpha: Plane, index: int) -> Matte:
    height, width = alpha.shape
    return Matte(alpha, Box(0, 0, width, height), index, round(index * 1e9 / RATE))


def person(x: float, top: float, size: Size = SIZE) -> Plane:
    """From `top` to the picture's foot, a quarter of its width wide."""
    alpha = np.zeros((size.height, size.width), np.uint8)
    left = round((x - 0.125) * size.width)
    alpha[round(top * size.height) :, max(0, left) : left + size.width // 4] = 255
    return alpha


def inside(crop: Crop, size: Size) -> bool:
    right, bottom = crop.left + size.width / crop.zoom, crop.top + size.height / crop.zoom
    return min(crop.left, crop.top) >= 0 and right <= size.width + 1e-6 and bottom <= size.height + 1e-6


def test_it_is_off_unless_it_is_wanted_and_then_the_picture_is_whole() -> None:
    framing = Framing(SIZE)
    assert {framing(shot(person(0.2, 0.5), i), i / RATE) for i in range(60)} == {WHOLE}


@pytest.mark.parametrize("how", HOWS)
def test_the_person_comes_to_the_middle_as_large_as_was_asked_for(how: How) -> None:
    framing = Framing(SIZE, how)
    alpha = person(0.4, 0.5)
    for i in range(150):
        crop = framing(shot(alpha, i), i / RATE)
    _, top = crop.shown(0.4 * SIZE.width, 0.5 * SIZE.height)
    across, _ = crop.shown(0.4 * SIZE.width, 0)
    zoom = min(MANNERS[how].share / 0.5, MANNERS[how].zoom[1])
    assert crop.zoom == pytest.approx(zoom, rel=0.03)
    assert across == pytest.approx(SIZE.width / 2, abs=0.03 * SIZE.width)
    assert 0 < top < 0.4 * SIZE.height


@pytest.mark.parametrize("how", HOWS)
def test_a_leap_is_followed_at_no_more_than_the_bounded_speed_and_without_leaving_the_picture(
    how: How,
) -> None:
    framing = Framing(SIZE, how)
    middles: list[float] = []
    for i in range(300):
        crop = framing(shot(person(0.15 if i % 100 < 50 else 0.85, 0.4), i), i / RATE)
        assert inside(crop, SIZE)
        middles.append(crop.left + SIZE.width / crop.zoom / 2)
    assert np.abs(np.diff(middles)).max() * RATE <= (FASTEST + 1e-6) * SIZE.width * 1.5
    assert np.ptp(middles) > 0.1 * SIZE.width


def test_a_person_who_hardly_moves_does_not_move_the_picture() -> None:
    framing = Framing(SIZE, "gentle")
    crops = [framing(shot(person(0.4 + 0.001 * (i % 2), 0.5), i), i / RATE) for i in range(200)]
    lefts = [crop.left for crop in crops[150:]]
    assert np.ptp(lefts) < 0.05  # px


def test_a_hand_that_is_raised_above_a_known_head_does_not_move_the_picture() -> None:
    alpha = person(0.4, 0.5)
    raised = alpha.copy()
    raised[round(0.1 * SIZE.height) :, round(0.48 * SIZE.width) : round(0.52 * SIZE.width)] = 255
    face = [edge * length for edge, length in zip((0.37, 0.55, 0.43, 0.65), (*SIZE, *SIZE), strict=True)]
    crops: list[Crop] = []
    for each in (alpha, raised):
        framing = Framing(SIZE, "close")
        for i in range(150):
            crop = framing(replace(shot(each, i), heads=(Head(*face, i / RATE),)), i / RATE)
        crops.append(crop)
    assert crops[1].zoom == pytest.approx(crops[0].zoom, rel=0.02)
    assert crops[1].top == pytest.approx(crops[0].top, abs=0.02 * SIZE.height)
    stale = Framing(SIZE, "close")
    for i in range(150):
        crop = stale(replace(shot(raised, i), heads=(Head(*face, -2.0),)), i / RATE)
    assert crop.top < 0.1 * SIZE.height  # nobody knows any more where the head is


def test_once_nobody_is_there_the_whole_picture_comes_back() -> None:
    framing = Framing(SIZE, "close")
    for i in range(100):
        framing(shot(person(0.4, 0.5), i), i / RATE)
    nobody = np.zeros_like(disc())
    held = framing(shot(nobody, 101), 101 / RATE)
    assert held.zoom > 1.5
    for i in range(102, 400):
        crop = framing(shot(nobody, i), i / RATE)
    assert crop.zoom == pytest.approx(1, abs=0.01)


def test_after_a_pause_the_picture_goes_on_from_where_it_was() -> None:
    framing = Framing(SIZE, "close")
    for i in range(100):
        before = framing(shot(person(0.3, 0.5), i), i / RATE)
    after = framing(shot(person(0.6, 0.5), 3000), 100.0)
    assert abs(after.left - before.left) < 0.1 * FASTEST * SIZE.width + 1


def test_a_spring_arrives_and_does_not_swing_over() -> None:
    spring = Spring(0.0, fastest=10.0)
    path = [spring(1.0, 1 / RATE, 8.0) for _ in range(60)]
    assert path == sorted(path)
    assert path[-1] == pytest.approx(1.0, abs=1e-3)


def test_a_crop_shows_its_part_in_all_planes_to_a_fraction_of_a_pixel() -> None:
    size = Size(640, 360)
    whole, onto = I420(size), I420(size)
    for plane, part in zip(whole.planes, (1, 2, 2), strict=True):
        columns = np.arange(plane.shape[1]) * part + (part - 1) / 2
        plane[:] = np.clip(columns / 3, 0, 255)
    crop_planes(whole.planes, Crop(100.5, 60, 2.0), onto.planes)
    for plane, part in zip(onto.planes, (1, 2, 2), strict=True):
        columns = np.arange(plane.shape[1]) * part + part / 2
        wanted = (100.5 + columns / 2 - 0.5) / 3
        assert np.abs(plane[10] - wanted)[2:-2].max() < 1.2


def test_places_go_there_and_back() -> None:
    crop = held_inside((100.0, 80.0), 1.6, SIZE)
    assert crop.meant(*crop.shown(90, 70)) == (90, 70)


def test_a_framed_picture_shows_no_more_of_the_room_than_a_whole_one() -> None:
    compositor = Compositor(Blur(SIZE, 20), SIZE)
    compositor.framing.how = "close"
    onto = I420(SIZE)
    for i in range(60):
        now = frame(i)
        compositor(now, matte(now), onto.planes)
    assert compositor.framing.crop.zoom > 1.2
    assert detail(onto.planes.y) < 2
    assert onto.planes.y[SIZE.height // 2, SIZE.width // 2] == 200  # the person


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("clip", ["d_man_lowlight", "d_talker_near"])
def test_real_people_move_less_in_the_framed_picture(shared: Path, clip: str, how: How) -> None:
    before, after = [], []
    framing: Framing | None = None
    for i, alpha in enumerate(alphas(shared / "data" / "video_alpha" / f"{clip}_alpha.mkv")):
        size = Size(alpha.shape[1], alpha.shape[0])
        framing = framing or Framing(size, how)
        crop = framing(shot(alpha, i), i / RATE)
        if i >= 2 * RATE:
            before.append(measured(alpha, WHOLE))
            after.append(measured(alpha, crop))
    moved, framed = np.var(before, axis=0), np.var(after, axis=0)
    assert (framed <= 0.85 * moved).all(), (moved, framed)


def measured(alpha: Plane, crop: Crop) -> tuple[float, float, float, float]:
    """Of what is seen of the person: the box's middle and height, the head's middle; parts of the picture."""
    height, width = alpha.shape
    body = (alpha > 127).view(np.uint8)
    x, y, wide, high = cv2.boundingRect(body)
    columns = np.flatnonzero(body[y : y + round(0.35 * high)].sum(axis=0) > 1)
    left, right = (np.clip((at - crop.left) * crop.zoom, 0, width) for at in (x, x + wide))
    top, bottom = (np.clip((at - crop.top) * crop.zoom, 0, height) for at in (y, y + high))
    head = ((columns[0] + columns[-1] + 1) / 2 - crop.left) * crop.zoom
    return (left + right) / 2 / width, (top + bottom) / 2 / height, (bottom - top) / height, head / width


def alphas(path: Path) -> Iterator[Plane]:
    with av.open(str(path)) as film:
        for picture in film.decode(video=0):
            yield picture.to_ndarray(format="gray")
