"""Known colours come out right on every way between planes and pictures."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from softfocus.realtime.colour import BgrPainter, Picture, from_bgr, from_rgb, recode, to_rgb
from softfocus.realtime.frame import I420, Colour, Matrix, Planes, Range, Size

RGB = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "grey": (128, 128, 128),
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
}

# Y, U, V as printed in tables of the standards' colour bars (100 % bars, 8 bit), not computed here.
CODES = {
    Colour(Range.LIMITED, Matrix.BT601): {
        "black": (16, 128, 128),
        "white": (235, 128, 128),
        "grey": (126, 128, 128),
        "red": (81, 90, 240),
        "green": (145, 54, 34),
        "blue": (41, 240, 110),
    },
    Colour(Range.LIMITED, Matrix.BT709): {
        "black": (16, 128, 128),
        "white": (235, 128, 128),
        "grey": (126, 128, 128),
        "red": (63, 102, 240),
        "green": (173, 42, 26),
        "blue": (32, 240, 118),
    },
    Colour(Range.FULL, Matrix.BT601): {
        "black": (0, 128, 128),
        "white": (255, 128, 128),
        "grey": (128, 128, 128),
        "red": (76, 85, 255),
        "green": (150, 44, 21),
        "blue": (29, 255, 107),
    },
    Colour(Range.FULL, Matrix.BT709): {
        "black": (0, 128, 128),
        "white": (255, 128, 128),
        "grey": (128, 128, 128),
        "red": (54, 99, 255),
        "green": (182, 30, 12),
        "blue": (18, 255, 116),
    },
}
COLOURS = pytest.mark.parametrize("colour", CODES, ids=lambda c: f"{c.range.value}-{c.matrix.value}")
NAMES = pytest.mark.parametrize("name", RGB)
SIZE = Size(8, 6)


def flat_picture(rgb: tuple[int, int, int]) -> Picture:
    return np.full((SIZE.height, SIZE.width, 3), rgb, np.uint8)


def flat_planes(codes: tuple[int, int, int]) -> Planes:
    planes = I420(SIZE).planes
    for plane, code in zip(planes, codes, strict=True):
        plane[:] = code
    return planes


@COLOURS
@NAMES
def test_a_known_colour_has_its_codes(name: str, colour: Colour) -> None:
    planes = from_rgb(flat_picture(RGB[name]), colour).planes
    for plane, code in zip(planes, CODES[colour][name], strict=True):
        np.testing.assert_allclose(plane, code, atol=1)


@COLOURS
@NAMES
def test_bgr_pictures_have_the_same_codes(name: str, colour: Colour) -> None:
    picture = flat_picture(RGB[name])
    mirrored = np.ascontiguousarray(picture[..., ::-1])
    np.testing.assert_array_equal(from_bgr(mirrored, colour).data, from_rgb(picture, colour).data)


@COLOURS
@NAMES
def test_codes_look_like_their_colour_to_the_model(name: str, colour: Colour) -> None:
    small = Planes(*(np.full((4, 6), code, np.uint8) for code in CODES[colour][name]))
    np.testing.assert_allclose(to_rgb(small, colour), np.broadcast_to(RGB[name], (4, 6, 3)), atol=3)


@COLOURS
@NAMES
def test_codes_look_like_their_colour_on_the_screen(name: str, colour: Colour) -> None:
    painted = BgrPainter(SIZE)(flat_planes(CODES[colour][name]), colour)
    np.testing.assert_allclose(painted[..., ::-1], flat_picture(RGB[name]), atol=3)


def test_the_screen_shows_what_the_model_sees() -> None:
    """The fast conversion of limited BT.601 and the exact one agree on every code, within its rounding."""
    rng = np.random.default_rng(1)
    planes = Planes(*(np.repeat(np.repeat(rng.integers(16, 235, (9, 12)), 8, 0), 8, 1) for _ in range(3)))
    big = Planes(*(plane.astype(np.uint8) for plane in planes))
    half = Planes(big.y, big.u[::2, ::2].copy(), big.v[::2, ::2].copy())
    exact, fast = to_rgb(big, Colour()), BgrPainter(big.size)(half, Colour())[..., ::-1]
    np.testing.assert_allclose(fast, exact.astype(int), atol=2)


@pytest.mark.parametrize(
    ("have", "want"), list(product(CODES, CODES)), ids=lambda c: f"{c.range.value}-{c.matrix.value}"
)
@NAMES
def test_recoded_planes_have_the_other_colours_codes(name: str, have: Colour, want: Colour) -> None:
    planes, onto = flat_planes(CODES[have][name]), I420(SIZE).planes
    recode(planes, have, want, onto)
    for plane, code in zip(onto, CODES[want][name], strict=True):
        np.testing.assert_allclose(plane, code, atol=2)


def test_planes_are_recoded_in_place() -> None:
    full, limited = Colour(Range.FULL), Colour(Range.LIMITED)
    planes = flat_planes((255, 128, 128))
    recode(planes, full, limited, onto=planes)
    assert planes.y[0, 0] == 235


def test_codes_outside_the_limited_range_become_black_and_white() -> None:
    planes = flat_planes((0, 128, 128))
    planes.y[0] = 255
    recode(planes, Colour(Range.LIMITED), Colour(Range.FULL), onto=planes)
    assert planes.y[0].tolist() == [255] * SIZE.width
    assert not planes.y[1:].any()


def test_strided_planes_are_read_as_they_are() -> None:
    """Decoders pad rows: planes are often windows into wider memory."""
    wide = flat_planes((81, 90, 240))
    window = Planes(wide.y[:4, :6], wide.u[:2, :3], wide.v[:2, :3])
    np.testing.assert_allclose(
        BgrPainter(Size(6, 4))(window, Colour())[..., ::-1], np.broadcast_to(RGB["red"], (4, 6, 3)), atol=3
    )


def test_the_painter_reuses_its_buffer() -> None:
    paint = BgrPainter(SIZE)
    assert paint(flat_planes((16, 128, 128)), Colour()) is paint(flat_planes((235, 128, 128)), Colour())
