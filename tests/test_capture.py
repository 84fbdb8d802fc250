"""The user steps aside, and the room is learnt; who stays is never learnt for the room."""

from __future__ import annotations

import numpy as np
import pytest

from softfocus.models.open import open_segmenter
from softfocus.models.segmenter import Mask
from softfocus.realtime.frame import I420, Colour, Frame, Size
from softfocus.realtime.matting.capture import LEARNING, PATIENCE, Capture
from softfocus.realtime.matting.matting import Matting

SHAPE = (90, 160)


def mask(somebody: bool) -> Mask:
    drawn = np.zeros(SHAPE, np.float32)
    if somebody:
        drawn[30:, 60:100] = 1
    return drawn


def told(capture: Capture, somebody: bool, start: float, seconds: float) -> tuple[list[float], list[str]]:
    """When learning began, and all that the user was told, one after the other."""
    begun: list[float] = []
    notices: list[str] = []
    for i in range(round(seconds * 30)):
        if capture(mask(somebody), start + i / 30):
            begun.append(start + i / 30)
        if capture.notice and capture.notice not in notices[-1:]:
            notices.append(capture.notice)
    return begun, notices


def test_unasked_it_does_nothing() -> None:
    assert told(Capture(), False, 0.0, 1.0) == ([], [])


def test_learning_begins_once_the_user_is_gone_and_the_user_is_told_when_to_come_back() -> None:
    capture = Capture()
    capture.ask()
    begun, notices = told(capture, True, 0.0, 3.0)
    assert not begun
    assert notices[0] == f"step out of the picture: {PATIENCE:.0f}"
    begun, notices = told(capture, False, 3.0, LEARNING + 1)
    assert len(begun) == 1
    assert begun[0] == pytest.approx(3.3, abs=0.05)
    assert notices[-3:] == [
        "stay away, the room is learnt: 2",
        "stay away, the room is learnt: 1",
        "the room is known: come back",
    ]
    assert told(capture, True, 10.0, 1.0) == ([], [])
    assert capture.notice is None


def test_who_comes_back_too_early_is_sent_away_again() -> None:
    capture = Capture()
    capture.ask()
    assert len(told(capture, False, 0.0, 1.0)[0]) == 1
    assert told(capture, True, 1.0, 0.5)[1][0].startswith("step out of the picture")
    assert len(told(capture, False, 1.5, 1.0)[0]) == 1


def test_it_gives_up_on_who_stays() -> None:
    capture = Capture()
    capture.ask()
    begun, notices = told(capture, True, 0.0, PATIENCE + 1)
    assert not begun
    assert "not learnt" in notices[-1]


def test_in_a_run_the_whole_room_is_known_afterwards() -> None:
    size = Size(320, 180)
    rng = np.random.default_rng(1)
    room = np.kron(rng.integers(60, 180, (9, 16)), np.ones((20, 20)))
    path = Matting(open_segmenter(), size, close=open_segmenter("selfie-square"))
    path.capture.ask()
    for i in range(90):
        planes = I420(size).planes
        planes.y[:] = np.clip(room + rng.normal(0, 2, room.shape), 0, 255)
        planes.u[:] = planes.v[:] = 128
        assert not path(Frame(planes, i, i * 33_333_333, Colour())).alpha.any()
    assert path._plate.known == 1
