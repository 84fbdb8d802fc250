"""What heavy models teach the light one, and what they may not: on the demo's portrait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest
from drawn import PERIOD

from softfocus.bench.metrics import Truth, mad
from softfocus.bench.quality import frames_with_alpha
from softfocus.models.errors import ModelMissing
from softfocus.models.open import open_segmenter
from softfocus.models.segmenter import Mask
from softfocus.realtime.frame import Frame, Plane, Planes, Size
from softfocus.realtime.matting.matting import Matting
from softfocus.realtime.refine.lessons import Lessons
from softfocus.realtime.refine.open import tutor_for
from softfocus.realtime.refine.places import Places
from softfocus.realtime.refine.refiners import open_refiner
from softfocus.realtime.refine.snapshot import Refiner, Snapshot, Trust
from softfocus.realtime.refine.tutor import Beside, Simulated
from softfocus.realtime.refine.verdict import why_refused, without_strangers
from softfocus.realtime.settings import RunSettings
from softfocus.realtime.sources.demo import Demo

SIZE = Size(640, 360)


class Saying:
    """A refiner that says what a function makes of the snapshot."""

    name = "a test's"
    trust = Trust(0.7)

    def __init__(self, say: Callable[[Snapshot], Mask]) -> None:
        self._say = say
        self.asked: list[float] = []

    def __call__(self, snapshot: Snapshot) -> Mask:
        self.asked.append(snapshot.seconds)
        return np.asarray(self._say(snapshot), np.float32)


def matting(lessons: Lessons | None = None) -> Matting:
    return Matting(open_segmenter(), SIZE, close=open_segmenter("selfie-square"), lessons=lessons)


@cache
def frames(count: int) -> list[Frame]:
    demo = Demo(SIZE)
    return [cast(Frame, demo.read(0)) for _ in range(count)]


def endless() -> Iterator[Frame]:
    """The demo's first frames over and over, while time goes on."""
    for index, frame in enumerate(cycle(frames(8))):
        yield replace(frame, index=index, captured_at=index * PERIOD)


def taught(say: Callable[[Snapshot], Mask], count: int, latency: float = 0.0) -> tuple[Lessons, list[Plane]]:
    """The mattes of the demo's first frames with a refiner that says that."""
    lessons = Lessons(Simulated(Saying(say), every=2.0, latency=latency))
    path = matting(lessons)
    return lessons, [path(frame).alpha.copy() for frame in frames(count)]


@cache
def portrait() -> Mask:
    """A light mask."""
    alpha = matting()(frames(1)[0]).alpha
    return np.asarray(cv2.resize(alpha, (320, 180)), np.float32) / 255


def without_white(snapshot: Snapshot) -> Mask:
    """The light mask, but what is brightest in it is none of the person."""
    y, mask = snapshot.coarse.y, snapshot.mask
    return np.where(y > np.percentile(y[mask > 0.5], 85), np.float32(0), mask)


def notched(mask: Mask) -> Mask:
    """A mask without a place in the middle of its person."""
    y, x = (int(np.mean(places)) for places in np.nonzero(mask > 0.5))
    mask = mask.copy()
    mask[y - 10 : y + 10, x - 10 : x + 10] = 0
    return mask


def test_without_an_answer_nothing_changes() -> None:
    _, mattes = taught(without_white, count=5, latency=10.0)
    plain = matting()
    for frame, matte in zip(frames(5), mattes, strict=True):
        assert np.array_equal(plain(frame).alpha, matte)


def test_an_answer_lands_when_it_is_due_and_not_before() -> None:
    lessons = Lessons(Simulated(Saying(without_white), every=2.0, latency=0.1))
    path, accepted = matting(lessons), []
    for frame in frames(6):
        path(frame)
        accepted.append(lessons.tutor.standing.accepted)
    assert accepted == [0, 0, 0, 1, 1, 1]


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
    assert why_refused(np.asarray(wrong(portrait()), np.float32), portrait(), Trust(0.7, denied=0.5))


def test_a_refused_answer_teaches_nothing() -> None:
    lessons, mattes = taught(lambda snapshot: 1 - snapshot.mask, count=4)
    plain = matting()
    for frame, matte in zip(frames(4), mattes, strict=True):
        assert np.array_equal(plain(frame).alpha, matte)
    assert (lessons.tutor.standing.accepted, lessons.tutor.standing.refused) == (0, 1)


def test_a_right_answer_is_believed() -> None:
    mask = portrait()
    assert why_refused(cv2.GaussianBlur(mask, (0, 0), 2), mask, Trust(0.9)) is None


def test_a_large_thing_that_a_refiner_knows_nothing_of_is_believed_only_of_one_that_knows_people() -> None:
    answer = np.zeros((180, 320), np.float32)
    answer[60:, 40:120] = 1

    def light(width: int) -> Mask:
        """With a thing beside the person, as high and so wide."""
        mask = answer.copy()
        mask[60:, 140 : 140 + width] = 1
        return mask

    assert why_refused(answer, light(70), Trust(0.7, denied=0.5)) is None
    assert why_refused(answer, light(70), Trust(0.7))
    assert why_refused(answer, light(90), Trust(0.7, denied=0.5)), "it may as well be of something else"


def test_a_piece_of_the_room_is_not_opened_by_a_lesson() -> None:
    mask = portrait()
    stranger = np.maximum(mask, 0)
    stranger[:40, :30] = 1
    kept = without_strangers(np.asarray(stranger, np.float32), mask)
    assert not kept[:40, :30].any()
    assert np.array_equal(kept[mask > 0.5], mask[mask > 0.5])


def test_a_static_thing_taken_for_a_person_is_gone_after_two_answers_and_stays_gone() -> None:
    rng = np.random.default_rng(5)
    room = rng.integers(60, 200, (3, 180, 320)).astype(np.uint8)
    chair, inside = np.s_[100:160, 200:250], np.s_[102:158, 202:248]

    def scene(x: int | None) -> tuple[Planes, Mask, Mask]:
        """With somebody at x: picture, truth, and a light mask that keeps the chair."""
        picture, truth = room.copy(), np.zeros((180, 320), np.float32)
        if x is not None:
            picture[:, 60:, x : x + 50] = 225
            truth[60:, x : x + 50] = 1
        light = truth.copy()
        light[chair] = 1
        return Planes(*picture), truth, light

    places = Places()
    for answers in range(2):
        assert places.lesson() is None
        then, truth, light = scene(40 + 30 * answers)
        places.learn(truth, light, then)
    lesson = places.lesson()
    assert lesson
    for x in (20, 120, 190, 225, None, 100):
        now, truth, light = scene(x)
        made = lesson(light, now)
        inner = cv2.erode(truth, np.ones((9, 9)))
        assert np.all(made[inner > 0] == 1), "whoever moves before it is kept"
        rest = cv2.dilate(truth, np.ones((9, 9)))[inside] == 0
        assert not made[inside][rest].any()
        dimmed = now._replace(y=cv2.convertScaleAbs(now.y, alpha=0.9))
        assert not lesson(light, dimmed)[inside][rest].any(), "the camera's exposure changes nothing"
    for _ in range(2):  # it is a person after all
        then, _, light = scene(None)
        places.learn(light, light, then)
    assert places.lesson() is None
    assert not lesson(light, then)[inside].any(), "what was handed over stays as it was"


def test_after_a_reset_an_answer_about_the_old_scene_is_no_lesson() -> None:
    lessons = Lessons(Simulated(Saying(without_white), every=2.0, latency=0.1))
    path, plain = matting(lessons), matting()
    shown = frames(8)
    for frame in shown[:2]:
        path(frame)
    path.reset()
    for frame in shown[2:]:
        made, wanted = path(frame), plain(frame)
        assert np.array_equal(made.alpha, wanted.alpha)


def test_snapshots_come_every_so_often_and_when_asked_for() -> None:
    refiner = Saying(lambda snapshot: snapshot.mask)
    tutor = Simulated(refiner, every=0.2, latency=0.0)
    path = matting(Lessons(tutor))
    for i, frame in enumerate(frames(14)):
        if i == 9:
            tutor.refine_now()
        path(frame)
    assert [round(seconds * 1e9 / PERIOD) for seconds in refiner.asked] == [0, 6, 9]


def test_a_refiner_beside_the_call_is_never_waited_for() -> None:
    asked, released = threading.Event(), threading.Event()

    def stuck(snapshot: Snapshot) -> Mask:
        asked.set()
        released.wait(60)
        return without_white(snapshot)

    tutor = Beside(lambda: Saying(stuck), every=0.0, share=1.0)
    lessons = Lessons(tutor)
    path = matting(lessons)
    try:
        seen = endless()
        while not asked.is_set():
            path(next(seen))
        for _ in range(3):  # which would never come back if they waited
            path(next(seen))
        assert lessons.tutor.standing.accepted == 0
        released.set()
        while not lessons.tutor.standing.accepted:
            path(next(seen))
    finally:
        released.set()
        tutor.close()


def test_a_refiner_that_fails_leaves_the_call_alone(caplog: pytest.LogCaptureFixture) -> None:
    def broken(snapshot: Snapshot) -> Mask:
        raise RuntimeError("out of memory")

    tutor = Beside(lambda: Saying(broken), every=0.0, share=1.0)
    path, plain = matting(Lessons(tutor)), matting()
    try:
        for frame in islice(endless(), 400):
            assert np.array_equal(path(frame).alpha, plain(frame).alpha)
            if "out of memory" in caplog.text:
                break
        assert "out of memory" in caplog.text
    finally:
        tutor.close()


@pytest.mark.shared
def test_a_talking_head_is_no_worse_with_a_refiner_and_the_same_with_wrong_answers(
    shared: Path,
) -> None:
    clip = shared / "data" / "video_alpha" / "d_talker_near.mp4"
    refiner = open_refiner("person", [shared / "weights"])

    def judged(refine: Refiner | None) -> float:
        """mad of half a second after the answer has come."""
        lessons = Lessons(Simulated(refine, every=2.0, latency=0.2)) if refine else None
        path, errors = matting(lessons), []
        for frame, alpha in islice(frames_with_alpha(clip), 22):
            made = path(frame).alpha
            if frame.index >= 8:
                errors.append(mad(made, Truth.of(alpha)))
        return float(np.mean(errors))

    plain = judged(None)
    assert judged(refiner) <= 1.03 * plain
    for wrong in (lambda s: 1 - refiner(s), lambda s: 0 * s.mask, lambda s: 0 * s.mask + 1):
        assert judged(Saying(wrong)) == plain
    other = next(iter(frames_with_alpha(clip.with_name("d_two_people.mp4"))))[1]
    foreign = np.asarray(cv2.resize(other, (320, 180)), np.float32) / 255
    assert judged(Saying(lambda _: foreign)) <= 1.03 * plain


def test_a_refiner_whose_model_is_not_here_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(ModelMissing, match="softfocus models"):
        tutor_for(RunSettings(refine="person"), live=False)
    assert tutor_for(RunSettings(), live=False) is None
