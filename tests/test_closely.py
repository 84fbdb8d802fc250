"""Clicks that Segment Anything answers beside the call, on real clips."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import overlap, pictures, truths

from softfocus.bench.quality import frames_with_alpha
from softfocus.models.open import open_prompted, open_segmenter, prompted_here
from softfocus.models.sam import Point, Prompt, Prompted
from softfocus.models.segmenter import Mask, Rgb
from softfocus.realtime.colour import from_rgb, to_rgb
from softfocus.realtime.frame import Colour, Planes, Size
from softfocus.realtime.matting.matting import Matting
from softfocus.realtime.runs.frame_path import subjects_for
from softfocus.realtime.scale import half
from softfocus.realtime.settings import RunSettings
from softfocus.realtime.subjects.closely import FRAMED, LARGEST, Closely, Question, piece_of
from softfocus.realtime.subjects.errors import SubjectError
from softfocus.realtime.subjects.split import Flags
from softfocus.realtime.subjects.subjects import Subjects

pytestmark = pytest.mark.shared
HD, FINE, COARSE = Size(1280, 720), Size(640, 360), Size(320, 180)
MUG, KETTLE, TABLE = (876, 533), (571, 457), (340, 700)
LATE = 45  # frames until the answer comes


@pytest.fixture(scope="module")
def weights(shared: Path) -> Path:
    return shared / "weights"


@pytest.fixture(scope="module")
def sam(weights: Path) -> Prompted:
    return open_prompted("mobile-sam", model_dirs=[weights])


def coarse(rgb: Rgb) -> Planes:
    """A picture as the stage is given it."""
    fine = np.asarray(cv2.resize(rgb, FINE, interpolation=cv2.INTER_AREA), np.uint8)
    planes = from_rgb(fine, Colour()).planes
    return planes._replace(y=half(planes.y))


@pytest.fixture(scope="module")
def coffee(shared: Path) -> list[Planes]:
    """A mug is pushed and lifted, a kettle turns."""
    clip = shared / "data" / "video_plain" / "sam2_coffee_hands.mp4"
    return [coarse(picture) for picture in pictures(clip, count=120)]


NOBODY = np.zeros((COARSE.height, COARSE.width), np.float32)


class Played:
    """Some frames, with a click before the first; the model is opened when the test says so."""

    def __init__(
        self, frames: list[Planes], sam: Callable[[], Prompted] | None, given: Mask = NOBODY
    ) -> None:
        self._gate = threading.Event()
        self._frames = iter(enumerate(frames))
        self._given = given
        self.subjects = Subjects(HD, closely=Closely(partial(self._opened, sam)) if sam else None)

    def _opened(self, sam: Callable[[], Prompted]) -> Prompted:
        self._gate.wait()
        return sam()

    def play(self, count: int) -> list[Mask]:
        return [
            self.subjects(self._given, planes, Colour(), i / 30).copy()
            for i, planes in islice(self._frames, count)
        ]

    def answered(self) -> None:
        self._gate.set()
        wait(self.subjects)


def wait(subjects: Subjects) -> None:
    """Until an answer waits for the next frame."""
    for _ in range(2400):
        if subjects.outdated:
            return
        time.sleep(0.05)
    pytest.fail("there was no answer in two minutes")


def seen(sam: Prompted, planes: Planes, where: Flags) -> Mask:
    """What Segment Anything sees in the middle of a place."""
    rows, columns = np.nonzero(where)
    sam.look(to_rgb(planes, Colour()))
    return sam.enlarge(sam.ask(Prompt(points=(Point(float(columns.mean()), float(rows.mean())),))))


@pytest.mark.parametrize("kept", [True, False])
def test_a_moving_thing_is_found_better_than_by_its_colour(
    coffee: list[Planes], sam: Prompted, kept: bool
) -> None:
    given = NOBODY if kept else NOBODY + 1
    closely, plain = Played(coffee, lambda: sam, given), Played(coffee, None, given)
    for played in (closely, plain):
        (played.subjects.keep_at if kept else played.subjects.hide_at)(*MUG)
    waiting = closely.play(LATE)
    # Until the answer is there, what is shown is what its colour tells, and nothing else.
    assert all(np.array_equal(*pair) for pair in zip(waiting, plain.play(LATE), strict=True))
    closely.answered()
    revision = closely.subjects.revision
    found, by_colour = (np.abs(played.play(4)[-1] - given) for played in (closely, plain))
    assert closely.subjects.revision == revision + 1
    truth = seen(sam, coffee[LATE + 3], by_colour > 0.5)
    assert overlap(found, truth) > 0.84
    assert overlap(found, truth) > overlap(by_colour, truth) + 0.05


def test_a_thing_of_many_colours_is_followed_once_it_is_known(coffee: list[Planes], sam: Prompted) -> None:
    """A metal kettle that stands still, of which its colours tell a stripe."""
    still = [coffee[0]] * 12
    played, plain = Played(still, lambda: sam), Played(still, None)
    for each in (played, plain):
        each.subjects.keep_at(*KETTLE)
    played.play(3)
    played.answered()
    truth = seen(sam, coffee[0], played.play(2)[-1] > 0.5)
    assert overlap(played.play(1)[-1], truth) > 0.9
    assert overlap(plain.play(6)[-1], truth) < 0.5


def test_what_has_changed_too_much_stays_what_its_colour_tells(coffee: list[Planes], sam: Prompted) -> None:
    """The kettle was lifted and turned meanwhile: its old outline would show the room beside it."""
    played, plain = Played(coffee, lambda: sam), Played(coffee, None)
    for each in (played, plain):
        each.subjects.keep_at(*KETTLE)
    played.play(LATE)
    plain.play(LATE)
    played.answered()
    assert all(np.array_equal(*pair) for pair in zip(played.play(40), plain.play(40), strict=True))


def test_the_room_is_not_kept(coffee: list[Planes], sam: Prompted) -> None:
    """The table takes a quarter of the picture and most of its lower border."""
    played, plain = Played(coffee, lambda: sam), Played(coffee, None)
    for each in (played, plain):
        each.subjects.keep_at(*TABLE)
    played.play(2)
    plain.play(2)
    played.answered()
    assert all(np.array_equal(*pair) for pair in zip(played.play(10), plain.play(10), strict=True))


def test_letting_go_of_all_lets_go_of_what_was_not_answered_yet(coffee: list[Planes], sam: Prompted) -> None:
    played = Played(coffee, lambda: sam)
    played.subjects.keep_at(*MUG)
    assert played.play(3)[-1].any()
    played.subjects.choose("all")
    played.answered()
    assert not any(mask.any() for mask in played.play(20))


def test_where_the_model_cannot_be_opened_things_are_found_by_their_colour(
    coffee: list[Planes], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken, plain = Played(coffee, lambda: open_prompted(model_dirs=[tmp_path])), Played(coffee, None)
    for each in (broken, plain):
        each.subjects.keep_at(*MUG)
    broken.play(2)
    plain.play(2)
    broken.answered()
    assert all(np.array_equal(*pair) for pair in zip(broken.play(10), plain.play(10), strict=True))
    assert "by their colour only" in caplog.text


def flags(*boxes: tuple[int, int, int, int]) -> Flags:
    """Rectangles x, y, width, height."""
    where = np.zeros((180, 320), bool)
    for x, y, width, height in boxes:
        where[y : y + height, x : x + width] = True
    return where


@pytest.mark.parametrize(
    ("answer", "believed"),
    [
        (flags((80, 60, 50, 60)), True),
        (flags((80, 60, 50, 60), (200, 20, 6, 6)), True),  # the crumb is left out
        (flags((0, 0, 320, 180)), False),  # all
        (flags((0, 40, 320, 140)), False),  # the room
        (flags((99, 89, 3, 3)), False),  # a crumb
        (flags((80, 60, 50, 60), (200, 20, 40, 60)), False),  # torn
        (flags((200, 20, 40, 60)), False),  # somewhere else
        (flags(), False),
    ],
)
def test_answers_that_can_be_none_are_not_believed(answer: Flags, believed: bool) -> None:
    question = Question(np.zeros((180, 320, 3), np.uint8), 100, 90, LARGEST, FRAMED)
    piece = piece_of(answer, question)
    assert (piece is not None) == believed
    if piece is not None:
        assert np.array_equal(piece, flags((80, 60, 50, 60)))


@pytest.mark.parametrize("here", [True, False])
def test_a_click_on_what_the_mask_lacks_of_somebody_chooses_them(
    shared: Path, sam: Prompted, here: bool
) -> None:
    """An arm at the foot of the picture; where there is nobody to ask, nobody is there."""
    clip = shared / "data" / "video_alpha" / "d_two_people.mp4"
    frames = [frame for frame, _ in frames_with_alpha(clip)][:112]
    *_, left = truths(clip, 107, "_left")
    subjects = Subjects(HD, closely=Closely(lambda: sam) if here else None)
    subjects.marking = True
    path = Matting(open_segmenter(), HD, close=open_segmenter("selfie-square"), subjects=subjects)
    *_, alpha = (path(frame).alpha for frame in frames[:107])
    missed = (left > 0.99) & (alpha == 0)
    depth = cv2.distanceTransform(missed.view(np.uint8), cv2.DIST_L2, 5)
    y, x = np.unravel_index(depth.argmax(), depth.shape)
    if not here:
        with pytest.raises(SubjectError, match="nobody is there"):
            subjects.choose_at(int(x), int(y))
        return
    assert subjects.choose_at(int(x), int(y)) == "looking closely who is there"
    path(frames[107])
    wait(subjects)
    path(frames[108])
    assert [mark.id for mark in subjects.marks if mark.chosen] == [1]
    subjects.choose_at(1270, 10)  # the wall
    path(frames[109])
    wait(subjects)
    path(frames[110])
    assert "nobody is there" in str(subjects.problem)
    assert [mark.id for mark in subjects.marks if mark.chosen] == [1]


def test_a_run_asks_the_model_that_is_here(weights: Path, tmp_path: Path) -> None:
    assert prompted_here([weights]) == "mobile-sam"
    assert prompted_here([tmp_path]) is None
    settings = RunSettings(model_dirs=(weights,))
    subjects = subjects_for(settings, HD, live=True)
    planes = Planes(*(np.full((COARSE.height, COARSE.width), 128, np.uint8) for _ in range(3)))
    subjects.keep_at(600, 300)
    subjects(NOBODY, planes, Colour(), 0.0)
    assert subjects.problem is None  # it is looked at closely, though it has no border
    wait(subjects)
    subjects(NOBODY, planes, Colour(), 0.1)
    assert "evenly coloured" in str(subjects.problem)
    subjects.close()
