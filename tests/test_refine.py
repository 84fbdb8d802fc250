"""What heavy models teach the light one, and what they may not: on the demo's portrait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import cast

import cv2
import numpy as np
import pytest
from drawn import PERIOD

from softfocus.models.open import open_segmenter
from softfocus.models.segmenter import Mask
from softfocus.realtime.frame import Frame, Plane, Size
from softfocus.realtime.matting.matting import Matting
from softfocus.realtime.refine.lessons import Lessons
from softfocus.realtime.refine.residual import Residual
from softfocus.realtime.refine.snapshot import Snapshot
from softfocus.realtime.refine.tutor import Beside, Simulated
from softfocus.realtime.refine.verdict import why_refused, without_strangers
from softfocus.realtime.sources.demo import Demo

SIZE = Size(640, 360)


class Saying:
    """A refiner that says what a function makes of the light mask."""

    name = "a test's"
    likeness = 0.7

    def __init__(self, say: Callable[[Mask], Mask]) -> None:
        self._say = say
        self.asked: list[float] = []

    def __call__(self, snapshot: Snapshot) -> Mask:
        self.asked.append(snapshot.seconds)
        return np.asarray(self._say(snapshot.mask), np.float32)


def matting(lessons: Lessons | None = None) -> Matting:
    return Matting(open_segmenter(), SIZE, close=open_segmenter("selfie-square"), lessons=lessons)


@cache
def frames(count: int) -> list[Frame]:
    demo = Demo(SIZE)
    return [cast(Frame, demo.read(0)) for _ in range(count)]


def taught(say: Callable[[Mask], Mask], count: int, latency: float = 0.0) -> tuple[Lessons, list[Plane]]:
    """The mattes of the demo's first frames with a refiner that says that."""
    lessons = Lessons(Simulated(Saying(say), every=2.0, latency=latency))
    path = matting(lessons)
    return lessons, [path(frame).alpha.copy() for frame in frames(count)]


@cache
def portrait() -> Mask:
    """A light mask."""
    alpha = matting()(frames(1)[0]).alpha
    return np.asarray(cv2.resize(alpha, (320, 180)), np.float32) / 255


def notched(mask: Mask) -> Mask:
    """A mask without a place in the middle of its person."""
    y, x = (int(np.mean(places)) for places in np.nonzero(mask > 0.5))
    mask = mask.copy()
    mask[y - 10 : y + 10, x - 10 : x + 10] = 0
    return mask


def test_without_an_answer_nothing_changes() -> None:
    _, mattes = taught(notched, count=5, latency=10.0)
    plain = matting()
    for frame, matte in zip(frames(5), mattes, strict=True):
        assert np.array_equal(plain(frame).alpha, matte)


def test_a_lesson_enters_when_its_answer_lands_and_not_before() -> None:
    lessons, mattes = taught(notched, count=8, latency=0.1)
    plain = matting()
    apart = [np.count_nonzero(plain(f).alpha != m) for f, m in zip(frames(8), mattes, strict=True)]
    assert not any(apart[:3])
    assert all(differs > 300 for differs in apart[4:])
    assert lessons.accepted == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda mask: 1 - mask,
        np.zeros_like,
        np.ones_like,
        lambda mask: np.full_like(mask, 0.4),
        lambda mask: mask[::-1],
        lambda mask: np.roll(mask, 80, axis=1),
        lambda mask: np.random.default_rng(1).random(mask.shape),
        lambda mask: np.where(np.indices(mask.shape)[0] % 8 < 4, mask, 0),
        lambda mask: np.full_like(mask, np.nan),
        lambda mask: mask[:90],
    ],
    ids=["inverted", "empty", "full", "constant", "upside-down", "elsewhere", "noise", "torn", "nan", "half"],
)
def test_a_wrong_answer_is_refused(wrong: Callable[[Mask], Mask]) -> None:
    assert why_refused(np.asarray(wrong(portrait()), np.float32), portrait(), 0.7)


def test_a_refused_answer_teaches_nothing() -> None:
    lessons, mattes = taught(lambda mask: 1 - mask, count=4)
    plain = matting()
    for frame, matte in zip(frames(4), mattes, strict=True):
        assert np.array_equal(plain(frame).alpha, matte)
    assert (lessons.accepted, lessons.refused) == (0, 1)


def test_a_right_answer_is_believed() -> None:
    mask = portrait()
    assert why_refused(cv2.GaussianBlur(mask, (0, 0), 2), mask, 0.9) is None


def test_a_piece_of_the_room_is_not_opened_by_a_lesson() -> None:
    mask = portrait()
    stranger = np.maximum(mask, 0)
    stranger[:40, :30] = 1
    kept = without_strangers(np.asarray(stranger, np.float32), mask)
    assert not kept[:40, :30].any()
    assert np.array_equal(kept[60:], mask[60:])


def test_a_correction_moves_with_the_picture_and_stays_where_it_stands_still() -> None:
    rng = np.random.default_rng(3)
    luma = cv2.GaussianBlur(rng.integers(0, 255, (180, 320)).astype(np.uint8), (0, 0), 3)
    luma = np.asarray(cv2.normalize(luma, None, 20, 220, cv2.NORM_MINMAX), np.uint8)
    difference = np.zeros((180, 320), np.float32)
    difference[60:100, 100:150] = -1
    mask = np.ones((180, 320), np.float32)
    residual = Residual()
    residual.learn(difference, luma, luma, 0.0)
    for i in range(1, 11):
        moved = residual(mask, np.roll(luma, 3 * i, axis=1), i / 30)
    assert np.mean(moved[65:95, 135:175]) < 0.5
    assert np.mean(moved[65:95, 95:120]) > 0.9
    still = Residual()
    still.learn(difference, luma, luma, 0.0)
    assert np.mean(still(mask, luma, 1.0)[65:95, 105:145]) < 0.2
    assert np.mean(still(mask, luma, 9.0)[65:95, 105:145]) > 0.6


def test_after_a_reset_an_answer_about_the_old_scene_is_no_lesson() -> None:
    lessons = Lessons(Simulated(Saying(notched), every=2.0, latency=0.1))
    path, plain = matting(lessons), matting()
    shown = frames(8)
    for frame in shown[:2]:
        path(frame)
    path.reset()
    for frame in shown[2:]:
        made, wanted = path(frame), plain(frame)
        assert np.array_equal(made.alpha, wanted.alpha)


def test_snapshots_come_every_so_often_and_when_asked_for() -> None:
    refiner = Saying(lambda mask: mask)
    tutor = Simulated(refiner, every=0.2, latency=0.0)
    path = matting(Lessons(tutor))
    for i, frame in enumerate(frames(14)):
        if i == 9:
            tutor.refine_now()
        path(frame)
    assert [round(seconds * 1e9 / PERIOD) for seconds in refiner.asked] == [0, 6, 9]


def test_a_refiner_beside_the_call_is_never_waited_for() -> None:
    asked, released = threading.Event(), threading.Event()

    def stuck(mask: Mask) -> Mask:
        asked.set()
        released.wait(60)
        return notched(mask)

    tutor = Beside(lambda: Saying(stuck), every=0.0, share=1.0)
    lessons = Lessons(tutor)
    path = matting(lessons)
    try:
        frame = frames(1)[0]
        while not asked.is_set():
            path(frame)
        for _ in range(3):  # which would never come back if they waited
            path(frame)
        assert lessons.accepted == 0
        released.set()
        while not lessons.accepted:
            path(frame)
    finally:
        released.set()
        tutor.close()


def test_a_refiner_that_fails_leaves_the_call_alone(caplog: pytest.LogCaptureFixture) -> None:
    def broken(mask: Mask) -> Mask:
        raise RuntimeError("out of memory")

    tutor = Beside(lambda: Saying(broken), every=0.0, share=1.0)
    path, plain = matting(Lessons(tutor)), matting()
    try:
        for _ in range(200):
            for frame in frames(2):
                assert np.array_equal(path(frame).alpha, plain(frame).alpha)
            if "out of memory" in caplog.text:
                break
            path.reset()
            plain.reset()
        assert "out of memory" in caplog.text
    finally:
        tutor.close()
