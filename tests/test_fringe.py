"""Before another room the edge shows the person's own colours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from softfocus.realtime.backdrops.blur import Blur
from softfocus.realtime.backdrops.still import Still, plain
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.compose.fringe import Fringe
from softfocus.realtime.frame import I420, Colour, Frame, Plane, Planes, Size
from softfocus.realtime.matte import Box, Matte

SIZE = Size(640, 360)
OLD, NEW = (200, 90, 150), (60, 150, 110)


def soft() -> Plane:
    """An alpha with an edge as soft as hair."""
    drawn = np.zeros((SIZE.height, SIZE.width), np.uint8)
    cv2.circle(drawn, (320, 200), 110, 255, cv2.FILLED)
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), 5), np.uint8)


def halved(plane: Plane) -> Plane:
    return np.asarray(cv2.resize(plane, (SIZE.width // 2, SIZE.height // 2)), np.uint8)


def painted(codes: tuple[int, int, int]) -> Planes:
    planes = I420(SIZE).planes
    for plane, code in zip(planes, codes, strict=True):
        plane[:] = code
    return planes


def person() -> Planes:
    """Somebody whose colours change slowly from left to right."""
    planes = painted((90, 110, 160))
    planes.y[:] = np.linspace(50, 130, SIZE.width).astype(np.uint8)
    return planes


def mixed(over: Planes, under: Planes, alpha: Plane) -> Planes:
    out = painted((0, 0, 0))
    for plane, a, b, share in zip(out, over, under, (alpha, halved(alpha), halved(alpha)), strict=True):
        plane[:] = np.rint(a * (share / 255) + b * (1 - share / 255))
    return out


def box_of(alpha: Plane) -> Box:
    x, y, w, h = cv2.boundingRect(alpha)
    return Box(x & ~1, y & ~1, min(SIZE.width, (x + w + 1) & ~1), min(SIZE.height, (y + h + 1) & ~1))


def astray(planes: Planes) -> float:
    """Mean difference to the person's own colours where the person is half transparent."""
    alpha = soft()
    edge = (alpha > 40) & (alpha < 215)
    return float(np.mean(np.abs(planes.y.astype(int) - person().y)[edge]))


def cleaned(seen: Planes, alpha: Plane) -> Planes:
    """The whole frame without the old room."""
    return Fringe(SIZE)(Frame(seen, 0, 0, Colour()), Matte(alpha, Box(0, 0, *SIZE), 0, 0))


def test_most_of_the_old_room_is_taken_out_of_the_edge() -> None:
    seen = mixed(person(), painted(OLD), soft())
    assert astray(cleaned(seen, soft())) < 0.35 * astray(seen)


def test_where_the_person_is_solid_the_frame_stays_bit_exact() -> None:
    seen = mixed(person(), painted(OLD), soft())
    solid = soft() == 255
    assert solid.any()
    assert np.array_equal(cleaned(seen, soft()).y[solid], seen.y[solid])


def test_where_no_person_is_sure_the_frame_stays_as_it_is() -> None:
    faint = np.full((SIZE.height, SIZE.width), 20, np.uint8)
    clean = cleaned(painted(OLD), faint)
    for plane, code in zip(clean, OLD, strict=True):
        assert np.abs(plane.astype(int) - code).max() <= 2


@pytest.mark.parametrize("size", [Size(642, 362), Size(98, 202), Size(16, 16)])
def test_sizes_that_do_not_halve_evenly_are_cleaned_too(size: Size) -> None:
    """Everything half transparent and of one colour: each pixel shows whether it was reached."""
    out, seen = I420(size), I420(size).planes
    for plane in seen:
        plane[:] = 90
    alpha = np.full((size.height, size.width), 128, np.uint8)
    whole = Matte(alpha, Box(0, 0, *size), 0, 0)
    Compositor(Still(plain((255, 255, 255), size)), size)(Frame(seen, 0, 0, Colour()), whole, out.planes)
    assert np.ptp(out.planes.y) == 0
    assert 90 < out.planes.y[0, 0] < 235


def test_a_person_in_the_last_rows_alone_is_cleaned_too() -> None:
    size = Size(162, 90)
    alpha, corner = np.zeros((90, 162), np.uint8), Box(160, 88, 162, 90)
    alpha[88:, 160:] = 255
    seen = I420(size).planes
    for plane in seen:
        plane[:] = 90
    person = Fringe(size)(Frame(seen, 0, 0, Colour()), Matte(alpha, corner, 0, 0))
    assert np.all(person.y == 90)


def composed(backdrop: Blur | Still) -> Planes:
    seen = mixed(person(), painted(OLD), soft())
    out = I420(SIZE)
    alpha = soft()
    Compositor(backdrop, SIZE)(Frame(seen, 0, 0, Colour()), Matte(alpha, box_of(alpha), 0, 0), out.planes)
    return out.planes


def behind(backdrop: Blur | Still) -> Planes:
    """What the backdrop paints, without the person."""
    alpha, out = soft(), I420(SIZE).planes
    seen = Frame(mixed(person(), painted(OLD), alpha), 0, 0, Colour())
    backdrop.paint(seen, Matte(alpha, box_of(alpha), 0, 0), out)
    return out


def test_before_another_room_the_edge_comes_nearer_to_the_truth() -> None:
    alpha, green = soft(), Still(plain((20, 160, 60), SIZE))
    ideal = mixed(person(), behind(green), alpha)
    naive = mixed(mixed(person(), painted(OLD), alpha), behind(green), alpha)
    edge = (alpha > 40) & (alpha < 215)
    error, before = (
        float(np.mean(np.abs(each.y.astype(int) - ideal.y)[edge])) for each in (composed(green), naive)
    )
    assert error < 0.5 * before


def test_before_the_persons_own_room_the_frame_is_blended_as_it_is() -> None:
    wanted = mixed(mixed(person(), painted(OLD), soft()), behind(Blur(SIZE)), soft())
    assert np.abs(composed(Blur(SIZE)).y.astype(int) - wanted.y).max() <= 1


def test_after_a_change_from_blur_to_a_colour_the_edge_is_clean() -> None:
    alpha, out = soft(), I420(SIZE)
    seen = mixed(person(), painted(OLD), alpha)
    compose = Compositor(Blur(SIZE), SIZE)
    compose.backdrop.change(Still(plain((20, 160, 60), SIZE)))
    for seconds in (0, 1):
        now = seconds * 1_000_000_000
        compose(Frame(seen, seconds, now, Colour()), Matte(alpha, box_of(alpha), 0, now), out.planes)
    assert np.array_equal(out.planes.y, composed(Still(plain((20, 160, 60), SIZE))).y)
