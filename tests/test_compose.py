"""Compositor, backdrops and shield on drawn frames."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import SIZE, detail, disc, frame, matte

from softfocus.realtime.backdrops.blur import LIGHT, STRONG, Blur
from softfocus.realtime.backdrops.still import Still, picture, plain
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.errors import BadSetting
from softfocus.realtime.frame import I420, Size
from softfocus.realtime.gate.shield import Shield
from softfocus.realtime.matte import Box, Matte


def composed(strength: float = STRONG) -> I420:
    out = I420(SIZE)
    seen = frame()
    Compositor(Blur(SIZE, strength), SIZE)(seen, matte(seen), out.planes)
    return out


def test_the_person_stays_bit_exact() -> None:
    solid = disc() == 255
    assert np.array_equal(composed().planes.y[solid], frame().planes.y[solid])


def test_the_room_loses_its_detail() -> None:
    room = np.s_[:40, :40]
    assert detail(frame().planes.y[room]) == pytest.approx(60)
    assert detail(composed(LIGHT).planes.y[room]) < 0.5


@pytest.mark.parametrize("strength", [LIGHT, STRONG])
def test_the_person_does_not_glow_into_the_room(strength: float) -> None:
    """The drawn person is 80 brighter than the room's mean of 120, and warmer."""
    out = composed(strength).planes
    outside = cv2.dilate(disc(), np.ones((3, 3), np.uint8)) == 0
    assert np.abs(out.y[outside].astype(int) - 120).max() <= 2
    half = cv2.dilate(disc(), np.ones((5, 5), np.uint8))[::2, ::2] == 0
    assert np.abs(out.v[half].astype(int) - 128).max() <= 1


def test_behind_the_edge_lies_room_not_person() -> None:
    """Where alpha is one half, half of the backdrop shows: it must be the room's mean."""
    out, alpha = composed().planes.y, disc()
    edge = np.abs(alpha.astype(int) - 128) < 16
    share = alpha[edge] / 255
    wanted = share * frame().planes.y[edge] + (1 - share) * 120
    assert np.abs(out[edge] - wanted).max() <= 3


def test_a_frame_full_of_person_composes_without_a_room() -> None:
    everywhere = np.full((SIZE.height, SIZE.width), 255, np.uint8)
    seen, out = frame(alpha=everywhere), I420(SIZE)
    full = Matte(everywhere, Box(0, 0, SIZE.width, SIZE.height), 0, 0)
    Compositor(Blur(SIZE), SIZE)(seen, full, out.planes)
    assert np.array_equal(out.planes.y, seen.planes.y)


def test_without_a_person_all_is_backdrop() -> None:
    nobody = np.zeros((SIZE.height, SIZE.width), np.uint8)
    seen, out = frame(), I420(SIZE)
    Compositor(Blur(SIZE), SIZE)(seen, matte(seen, nobody), out.planes)
    assert detail(out.planes.y) < 0.5


def test_a_still_backdrop_stands_unchanged_around_the_person() -> None:
    seen, out = frame(), I420(SIZE)
    Compositor(Still(plain((255, 0, 0), SIZE)), SIZE)(seen, matte(seen), out.planes)
    red = (81, 90, 240)  # ITU-R BT.601, limited range
    for plane, code in zip(out.planes, red, strict=True):
        alpha = cv2.resize(disc(), plane.shape[::-1], interpolation=cv2.INTER_AREA)
        assert np.all(plane[alpha == 0] == code)


def test_a_picture_fills_the_frame_and_is_cut_evenly(tmp_path: Path) -> None:
    """Blue, green, blue side by side, four times as wide as high: only green is left in the middle."""
    strips = np.zeros((100, 400, 3), np.uint8)
    strips[:, :100, 0] = strips[:, 300:, 0] = strips[:, 100:300, 1] = 255
    cv2.imwrite(str(tmp_path / "strips.png"), strips)
    filled = picture(tmp_path / "strips.png", SIZE)
    assert filled.shape == (SIZE.height, SIZE.width, 3)
    assert np.all(filled == (0, 255, 0))


def test_a_background_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.png").write_text("no picture")
    with pytest.raises(BadSetting, match=r"no picture that can be read; give"):
        picture(tmp_path / "no.png", SIZE)
    with pytest.raises(BadSetting, match=r"is not there; give"):
        picture(tmp_path / "none.png", SIZE)


@pytest.mark.parametrize("size", [Size(642, 362), Size(1280, 720), Size(98, 202), Size(16, 16)])
def test_sizes_that_do_not_halve_evenly_compose_too(size: Size) -> None:
    seen, out = frame(size=size), I420(size)
    Compositor(Blur(size), size)(seen, matte(seen), out.planes)
    assert np.array_equal(out.planes.y[disc(size) == 255], seen.planes.y[disc(size) == 255])


def test_the_shield_leaves_nothing_to_recognise() -> None:
    """A coarse pattern, 40 px squares of black and white on 720p, must vanish as well."""
    size = Size(1280, 720)
    seen, out = frame(size=size), I420(size)
    rows, columns = np.indices(seen.planes.y.shape)
    seen.planes.y[:] = np.where((rows // 40 + columns // 40) % 2, 16, 235)
    Shield(size)(seen.planes, out.planes)
    assert out.planes.y.std() < 0.03 * seen.planes.y.std()


def test_the_shield_takes_frames_of_another_size() -> None:
    out = I420(SIZE)
    Shield(SIZE)(frame(size=Size(640, 480)).planes, out.planes)
    assert detail(out.planes.y) < 0.5


def test_a_strength_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        Blur(SIZE, 0)
