"""The person in the light of the picture behind them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clips import photo

from softfocus.realtime.backdrops.match import SHIFT
from softfocus.realtime.backdrops.still import Still, plain
from softfocus.realtime.colour import from_rgb
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.frame import I420, Colour, Frame, Planes, Size
from softfocus.realtime.matte import Box, Matte

Rgb = tuple[int, int, int]
DUSK, SNOW = (30, 40, 90), (240, 240, 245)


def seen(path: Path) -> tuple[Planes, np.ndarray, Size]:
    """A photo's planes, and who is in it, 0 or 255."""
    picture = photo(path)
    height, width = (side & ~15 for side in picture.shape[:2])
    alpha = photo(path.with_name(f"{path.stem}_mask.png"))[:height, :width, 0]
    return (
        from_rgb(picture[:height, :width], Colour()).planes,
        np.ascontiguousarray(alpha),
        Size(width, height),
    )


def composed(compose: Compositor, planes: Planes, alpha: np.ndarray, seconds: float, size: Size) -> Planes:
    out = I420(size).planes
    frame = Frame(planes, 0, round(seconds * 1e9), Colour())
    compose(frame, Matte(alpha, Box(0, 0, *size), 0, frame.captured_at), out)
    return out


@pytest.fixture
def path(shared: Path) -> Path:
    return shared / "data" / "stills_mask" / "0089.jpg"


@pytest.mark.shared
@pytest.mark.parametrize("room", [DUSK, SNOW])
def test_the_person_comes_nearer_to_the_light_behind_them_but_not_far(path: Path, room: Rgb) -> None:
    planes, alpha, size = seen(path)
    backdrop = Still(plain(room, size))
    own, lit = (
        composed(Compositor(backdrop, size, match=match), planes, alpha, 1.0, size) for match in (False, True)
    )
    behind = from_rgb(plain(room, Size(2, 2)), Colour()).planes
    half = alpha[::2, ::2] == 255
    for before, after, goal, where, most in zip(
        own, lit, behind, (alpha == 255, half, half), SHIFT, strict=True
    ):
        mean, moved, target = float(before[where].mean()), float(after[where].mean()), float(goal[0, 0])
        assert abs(target - moved) < abs(target - mean)
        assert abs(moved - mean) <= most + 1
    away = alpha == 0
    assert np.array_equal(own.y[away], lit.y[away])


@pytest.mark.shared
def test_light_changes_slowly_and_rests_where_nothing_changes(path: Path) -> None:
    planes, alpha, size = seen(path)
    compose = Compositor(Still(plain(DUSK, size)), size, match=True)
    person = alpha == 255
    dark = composed(compose, planes, alpha, 1.0, size).y.copy()
    assert np.array_equal(dark, composed(compose, planes, alpha, 1.3, size).y)
    compose.backdrop._now = Still(plain(SNOW, size))
    means = [float(composed(compose, planes, alpha, 1.4 + n / 30, size).y[person].mean()) for n in range(150)]
    steps = np.diff([float(dark[person].mean()), *means])
    assert steps.min() >= 0
    assert 0 < steps.max() < 1.5  # codes from frame to frame
    assert means[-1] - dark[person].mean() > 10


@pytest.mark.shared
def test_it_is_wanted_and_not_wanted_in_a_call_without_a_jump_and_costs_nothing_then(path: Path) -> None:
    planes, alpha, size = seen(path)
    compose = Compositor(Still(plain(DUSK, size)), size)
    person = alpha == 255
    own = composed(compose, planes, alpha, 1.0, size).y.copy()

    def means(begin: float, wanted: bool) -> list[float]:
        compose.match.wanted = wanted
        times = (begin + n / 30 for n in range(240))
        return [float(composed(compose, planes, alpha, at, size).y[person].mean()) for at in times]

    there, back = means(60.0, True), means(68.0, False)
    assert there[-1] < there[0] - 5
    assert 0 < np.abs(np.diff([float(own[person].mean()), *there, *back])).max() < 1.5  # codes a frame
    assert np.array_equal(own, composed(compose, planes, alpha, 77.0, size).y)
    assert not compose.match.on
