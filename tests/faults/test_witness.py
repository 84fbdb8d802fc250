"""The witness sees the room wherever it can be seen: else what it does not see would mean nothing."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from faults.room import RECOGNISABLE, SIZE, Scene, Truth, recognisable

from softfocus.realtime.backdrops.backdrop import Backdrop
from softfocus.realtime.backdrops.blur import STRONG, Blur
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.frame import Frame, Plane, Planes
from softfocus.realtime.gate.gate import Gate
from softfocus.realtime.matte import Box, Matte
from softfocus.realtime.reason import Reason
from softfocus.realtime.sources.file import VideoFile

pytestmark = pytest.mark.faults


@pytest.fixture
def shot(scene: Scene) -> tuple[Frame, Truth]:
    source = VideoFile(str(scene.path))
    frame = source.read(1.0)
    assert frame
    return frame, scene.truths[0]


def out(frame: Frame, alpha: Plane, strength: float = STRONG) -> Planes:
    """What the gate makes of a frame with this alpha, and the blur of this strength behind it."""
    backdrop: Backdrop = Blur(SIZE, strength)
    gate = Gate(Compositor(backdrop, SIZE), SIZE, good_masks_to_open=1)
    return gate(frame, Matte(alpha, Box(0, 0, *SIZE), 0, 0)).planes


def nobody() -> Plane:
    return np.zeros((SIZE.height, SIZE.width), np.uint8)


def test_it_sees_the_raw_room_in_full(shot: tuple[Frame, Truth]) -> None:
    frame, truth = shot
    assert recognisable(frame.planes, truth, apart=True) == pytest.approx(1, abs=0.05)


def test_it_sees_nothing_behind_the_shield(shot: tuple[Frame, Truth]) -> None:
    frame, truth = shot
    gate = Gate(Compositor(Blur(SIZE), SIZE), SIZE)
    assert recognisable(gate.close(frame, Reason.START).planes, truth, apart=False) < 0.01


def test_it_sees_next_to_nothing_behind_the_strong_blur(shot: tuple[Frame, Truth]) -> None:
    frame, truth = shot
    assert recognisable(out(frame, nobody()), truth, apart=True) < RECOGNISABLE / 3


@pytest.mark.parametrize("strength", [2.0, 4.0, 8.0, 10.0])
def test_it_sees_the_room_through_a_weak_blur(strength: float, shot: tuple[Frame, Truth]) -> None:
    frame, truth = shot
    assert recognisable(out(frame, nobody(), strength), truth, apart=True) > RECOGNISABLE


@pytest.mark.parametrize("x", [0, 420, 555])
def test_it_sees_a_raw_patch_of_three_percent(x: int, shot: tuple[Frame, Truth]) -> None:
    frame, truth = shot
    patch = nobody()
    patch[5:95, x : x + 85] = 255
    assert recognisable(out(frame, patch), truth, apart=True) > 0.5


@pytest.mark.parametrize("by", [-160, -80, 80, 160])
def test_it_sees_the_room_through_a_hole_the_shape_of_the_person(by: int, shot: tuple[Frame, Truth]) -> None:
    frame, truth = shot
    hole = np.roll(cv2.erode(truth.person, np.ones((49, 49), np.uint8)), by, axis=1)
    assert recognisable(out(frame, np.asarray(hole, np.uint8)), truth, apart=True) > 2 * RECOGNISABLE


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_it_sees_the_room_shine_through(share: float, shot: tuple[Frame, Truth]) -> None:
    frame, truth = shot
    veil = np.full_like(nobody(), round(255 * share))
    assert recognisable(out(frame, veil), truth, apart=True) == pytest.approx(share, abs=0.1)


@pytest.mark.parametrize("light", [lambda y: y * 0.7, lambda y: y + 20], ids=["darker", "brighter"])
def test_light_does_not_hide_the_room(light: Callable[[Plane], Plane], shot: tuple[Frame, Truth]) -> None:
    frame, truth = shot
    lit = frame.planes._replace(y=np.clip(light(frame.planes.y.astype(np.float32)), 0, 255).astype(np.uint8))
    assert recognisable(lit, truth, apart=True) > 0.6
