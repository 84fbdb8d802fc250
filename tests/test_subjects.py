"""Who is the subject, on a clip of two people who touch and part, with exact alphas of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from softfocus.bench.quality import frames_with_alpha
from softfocus.models.segmenter import Mask
from softfocus.realtime.backdrops.blur import Blur
from softfocus.realtime.colour import from_bgr
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.frame import I420, Colour, Frame, Plane, Planes, Size
from softfocus.realtime.gate.gate import Gate
from softfocus.realtime.matting.matting import Matting
from softfocus.realtime.matting.open import open_matting
from softfocus.realtime.pipeline import Pipeline
from softfocus.realtime.reason import Reason
from softfocus.realtime.subjects.errors import SubjectError
from softfocus.realtime.subjects.subjects import Subjects
from softfocus.realtime.witnesses.claims import Claim

Flags = npt.NDArray[np.bool_]
HD = Size(1280, 720)
SETTLING = 10  # frames at the start that are not judged


class Seen(NamedTuple):
    """What the subjects stage is given for one frame."""

    mask: Mask
    planes: Planes
    colour: Colour
    seconds: float
    claims: Sequence[Claim] | None = None


class Watched(Subjects):
    """Keeps what the stage was given."""

    def __init__(self, size: Size, phrase: str = "all") -> None:
        super().__init__(size, phrase)
        self.seen: list[Seen] = []

    def __call__(
        self,
        mask: Mask,
        planes: Planes,
        colour: Colour,
        seconds: float,
        claims: Sequence[Claim] | None = None,
    ) -> Mask:
        kept = Planes(*(np.array(plane) for plane in planes))
        self.seen.append(Seen(mask.copy(), kept, colour, seconds, [replace(claim) for claim in claims or ()]))
        return super().__call__(mask, planes, colour, seconds, claims)


def matting(subjects: Subjects) -> Matting:
    return open_matting(HD, subjects=subjects)


@pytest.fixture(scope="module")
def clip(shared: Path) -> Path:
    return shared / "data" / "video_alpha" / "d_two_people.mp4"


@pytest.fixture(scope="module")
def frames(clip: Path) -> list[Frame]:
    return [frame for frame, _ in frames_with_alpha(clip)]


@pytest.fixture(scope="module")
def seen(frames: list[Frame]) -> list[Seen]:
    return given_to_subjects(frames)


def given_to_subjects(frames: list[Frame]) -> list[Seen]:
    watched = Watched(HD)
    path = matting(watched)
    for frame in frames:
        path(frame)
    return watched.seen


def at(seen: Sequence[Seen]) -> list[int]:
    """Of which frames these are: where hardly anything changes, a mask serves two."""
    return [round(given.seconds * 30) for given in seen]


def share(mask: Mask, where: Flags) -> float:
    """Of the places that are flagged at the frame's size, how many are shown at least faintly."""
    small = cv2.resize(where.view(np.uint8), (mask.shape[1], mask.shape[0]), interpolation=cv2.INTER_AREA)
    return float(np.mean(mask[small > 0] > 0.25)) if small.any() else 0.0


def truth(clip: Path, side: str) -> list[Plane]:
    reader = cv2.VideoCapture(str(clip.with_name(f"{clip.stem}_alpha_{side}.mkv")))
    alphas: list[Plane] = []
    while True:
        there, picture = reader.read()
        if not there:
            return alphas
        alphas.append(np.asarray(picture[..., 0], np.uint8))


def play(
    subjects: Subjects, seen: list[Seen], act: Callable[[], object] = lambda: None, at: int = -1
) -> list[Mask]:
    """The masks that the stage gives; `act` is done before frame `at`."""
    made: list[Mask] = []
    for i, given in enumerate(seen):
        if i == at:
            act()
        made.append(subjects(*given).copy())
    return made


@pytest.mark.shared
@pytest.mark.parametrize(("side", "other"), [("left", "right"), ("right", "left")])
def test_the_chosen_one_is_cut_out_and_the_other_is_not(
    clip: Path, frames: list[Frame], side: str, other: str
) -> None:
    """Over the whole clip, in which they touch, part and change their shapes; so nobody's number changes."""
    path = matting(Subjects(HD, side))
    overlaps: list[float] = []
    leaks: list[float] = []
    for i, (frame, own, foreign) in enumerate(
        zip(frames, truth(clip, side), truth(clip, other), strict=True)
    ):
        alpha = path(frame).alpha
        if i < SETTLING or i % 2:
            continue
        found, there = alpha > 127, own > 127
        overlaps.append(float(np.sum(found & there) / np.sum(found | there)))
        leaks.append(float(np.mean(alpha[foreign == 255] > 25)))
    assert np.mean(overlaps) >= 0.93
    assert np.mean(leaks) <= 0.01


@pytest.mark.shared
@pytest.mark.parametrize(("side", "number"), [("left", 1), ("right", 2)])
def test_key_click_and_phrase_choose_the_same_one(
    clip: Path, seen: list[Seen], side: str, number: int
) -> None:
    at = 20  # they touch in this frame
    own = cv2.erode((truth(clip, side)[at] > 127).view(np.uint8), np.ones((41, 41), np.uint8))
    rows, columns = np.nonzero(own)
    ways: list[Callable[[Subjects], object]] = [
        lambda subjects: subjects.choose(str(number)),
        lambda subjects: subjects.choose_at(int(columns[0]), int(rows[0])),
        lambda subjects: subjects.choose(f"the one on the {side}"),
    ]
    made: list[list[Mask]] = []
    for way in ways:
        subjects = Subjects(HD)
        subjects.marking = True
        made.append(play(subjects, seen[:40], partial(way, subjects), at))
        assert [mark.id for mark in subjects.marks if mark.chosen] == [number]
    assert np.array_equal(made[0], made[1])
    assert np.array_equal(made[0], made[2])
    assert np.array_equal(made[0][at - 1], seen[at - 1].mask)
    assert made[0][at].sum() < 0.8 * seen[at].mask.sum()


@pytest.mark.shared
def test_while_all_are_chosen_the_mask_is_given_back_as_it_is(seen: list[Seen]) -> None:
    subjects = Subjects(HD)
    assert subjects(*seen[0]) is seen[0].mask
    subjects.choose("left")
    assert subjects(*seen[1]) is seen[1].mask  # until it is clear who that is
    subjects.choose("everyone")
    assert subjects(*seen[2]) is seen[2].mask


@pytest.mark.shared
def test_until_the_first_choice_fits_somebody_nobody_is_shown(seen: list[Seen]) -> None:
    subjects = Subjects(HD, "the person in green")
    assert not any(mask.any() for mask in play(subjects, seen[:30]))
    assert "nobody is in green" in str(subjects.problem)


@pytest.mark.shared
def test_a_choice_that_fits_nobody_leaves_the_one_before(seen: list[Seen]) -> None:
    subjects = Subjects(HD, "left")
    play(subjects, seen[:20])
    with pytest.raises(SubjectError, match="number 7"):
        subjects.choose("7")
    with pytest.raises(SubjectError, match="not understood"):
        subjects.choose("the handsome one")
    with pytest.raises(SubjectError, match="nobody is there"):
        subjects.choose_at(1270, 10)
    assert subjects.current == "left"
    assert subjects(*seen[20]).any()


@pytest.mark.shared
def test_in_a_mirrored_preview_left_is_the_users_left(seen: list[Seen]) -> None:
    plain, flipped = Subjects(HD, "left"), Subjects(HD, "right", flipped=True)
    assert np.array_equal(play(plain, seen[:20])[-1], play(flipped, seen[:20])[-1])


@pytest.mark.shared
def test_numbers_stand_inside_of_the_people(clip: Path, seen: list[Seen]) -> None:
    subjects = Subjects(HD)
    subjects.marking = True
    play(subjects, seen[:21])
    for mark, side in zip(subjects.marks, ("left", "right"), strict=True):
        x, y = mark.centroid
        assert truth(clip, side)[20][y, x] == 255


def walked_in(shared: Path, frames: list[Frame]) -> tuple[list[Frame], list[Flags]]:
    """The clip with a third person who walks in from the right, in front of the second; where they are."""
    rgba = cv2.imread(str(shared / "data" / "person_rgba" / "p_07141906_rgba.png"), cv2.IMREAD_UNCHANGED)
    assert rgba is not None
    person = cv2.resize(rgba, (470, 470), interpolation=cv2.INTER_AREA)
    planes = from_bgr(np.ascontiguousarray(person[..., :3]), frames[0].colour).planes
    made: list[Frame] = []
    places: list[Flags] = []
    for i, frame in enumerate(frames):
        x = round(HD.width - 384 * min(max(i - 25, 0) / 40, 1)) & ~1
        wide = min(470, HD.width - x)
        canvas = I420(HD)
        where = np.zeros((HD.height, HD.width), np.uint8)
        where[250:, x:] = person[:, :wide, 3]
        for plane, given, own in zip(canvas.planes, frame.planes, planes, strict=True):
            height, width = plane.shape
            alpha = cv2.resize(where, (width, height), interpolation=cv2.INTER_AREA)
            drawn = np.zeros_like(plane)
            top, left = 250 * height // HD.height, x * width // HD.width
            drawn[top:, left:] = own[:, : width - left]
            np.copyto(plane, np.rint(drawn * (alpha / 255) + given * (1 - alpha / 255)).astype(np.uint8))
        made.append(Frame(canvas.planes, i, frame.captured_at, frame.colour))
        places.append(where > 250)
    return made, places


@pytest.mark.shared
def test_a_third_person_who_walks_in_stays_background(shared: Path, clip: Path, frames: list[Frame]) -> None:
    composed, places = walked_in(shared, frames[:90])
    seen = given_to_subjects(composed)
    owns = {side: [alpha > 127 for alpha in truth(clip, side)] for side in ("left", "right")}
    for side in owns:
        subjects = Subjects(HD, side)
        subjects.marking = True
        masks = play(subjects, seen)
        shown = [share(mask, places[i]) for i, mask in zip(at(seen), masks, strict=True) if i >= 30]
        assert np.mean(shown) <= 0.01
        alone = [own & ~where for own, where in zip(owns[side], places, strict=False)]
        assert (
            np.mean([share(mask, alone[i]) for i, mask in zip(at(seen), masks, strict=True) if i >= 20]) > 0.9
        )
        assert [mark.id for mark in subjects.marks if mark.chosen] == [1 if side == "left" else 2]


@pytest.mark.shared
def test_choosing_somebody_else_does_not_shield_the_frames(frames: list[Frame]) -> None:
    """The gate takes people who appear where nothing moves for a broken mask, unless the user wanted them."""
    subjects = Subjects(HD, "left")
    pipeline = Pipeline(matting(subjects), Gate(Compositor(Blur(HD), HD), HD))
    shut: list[Reason | None] = []
    for i, frame in enumerate(frames[:60]):
        if i == 40:
            subjects.choose("right")
        composed = pipeline(frame)
        shut.append(composed.shut)
        composed.release()
    assert not any(shut[15:])


def mug_at(x: int, y: int) -> Planes:
    """A yellow mug before a noisy room."""
    noise = np.random.default_rng(1).integers(90, 140, (180, 320)).astype(np.uint8)
    planes = Planes(noise, np.full_like(noise, 128), np.full_like(noise, 128))
    for plane, code in zip(planes, (170, 60, 150), strict=True):
        cv2.rectangle(plane, (x, y), (x + 24, y + 30), code, cv2.FILLED)
    return planes


@pytest.mark.parametrize("kept", [True, False])
def test_a_thing_is_kept_or_hidden_wherever_it_is_carried(kept: bool) -> None:
    subjects = Subjects(HD)
    given = np.full((180, 320), 0.0 if kept else 1.0, np.float32)
    (subjects.keep_at if kept else subjects.hide_at)(4 * 112, 4 * 115)
    for step in range(20):
        x, y = 100 + 6 * step, 100 - 4 * step
        mask = subjects(given, mug_at(x, y), Colour(), step / 30)
        there = np.zeros(mask.shape, bool)
        there[y : y + 31, x : x + 25] = True
        assert overlap(mask, there, kept) > 0.75
    gone = subjects(given, mug_at(400, 400), Colour(), 1.0)
    assert np.array_equal(gone, given)  # carried away: nothing is shown in its place
    subjects.choose("all")
    assert subjects(given, mug_at(220, 20), Colour(), 1.1) is given


def overlap(mask: Mask, there: Flags, kept: bool) -> float:
    """IoU of what was kept, or taken out, with where the thing is."""
    shown = mask > 0.5 if kept else mask < 0.5
    return float(np.sum(shown & there) / np.sum(shown | there))


def test_a_click_on_what_has_no_border_is_told() -> None:
    subjects = Subjects(HD)
    plain = np.full((180, 320), 100, np.uint8)
    subjects.keep_at(100, 100)
    mask = np.zeros((180, 320), np.float32)
    assert np.array_equal(subjects(mask, Planes(plain, plain, plain), Colour(), 0.0), mask)
    assert "evenly coloured" in str(subjects.problem)


def discs(*people: tuple[int, int]) -> tuple[Mask, Planes, Colour]:
    """People drawn as discs at x, each of one chroma."""
    mask = np.zeros((180, 320), np.float32)
    planes = Planes(*(np.full((180, 320), code, np.uint8) for code in (60, 128, 128)))
    for x, code in people:
        cv2.circle(mask, (x, 100), 30, 1.0, cv2.FILLED)
        for plane, level in zip(planes, (150, code, 255 - code), strict=True):
            cv2.circle(plane, (x, 100), 30, level, cv2.FILLED)
    return mask, planes, Colour()


GREEN, RED, BLUE = 80, 40, 200


def last(subjects: Subjects, start: float, *people: tuple[int, int], frames: int = 15) -> Mask:
    """The mask of the last of some frames with these people."""
    given = discs(*people)
    made = given[0]
    for i in range(frames):
        made = subjects(*given, start + i / 30)
    return made


def test_who_was_chosen_is_known_again_and_nobody_takes_their_place() -> None:
    subjects = Subjects(HD, "left")
    assert last(subjects, 0.0, (80, GREEN), (240, BLUE))[100, 80] == 1
    assert not last(subjects, 1.0, (240, BLUE)).any()  # the chosen one has left
    assert not last(subjects, 2.0, (80, RED), (240, BLUE)).any()  # somebody else sits down there
    back = last(subjects, 3.0, (80, RED), (160, GREEN), (240, BLUE))
    assert [bool(back[100, x]) for x in (80, 160, 240)] == [False, True, False]


def test_people_keep_their_numbers_when_they_pass_before_each_other() -> None:
    subjects = Subjects(HD, "left")
    last(subjects, 0.0, (60, GREEN), (260, BLUE))
    for step in range(50):
        mask = subjects(*discs((60 + 4 * step, GREEN), (260 - 4 * step, BLUE)), 0.5 + step / 30)
    assert mask[100, 256] > 0.9
    assert mask[100, 64] == 0


@pytest.mark.parametrize(("phrase", "shown"), [("left", True), ("1", False)])
def test_a_new_scene_asks_a_phrase_anew_and_forgets_numbers(phrase: str, shown: bool) -> None:
    subjects = Subjects(HD, phrase)
    assert last(subjects, 0.0, (80, GREEN), (240, BLUE))[100, 80] == 1
    subjects.reset()
    assert last(subjects, 60.0, (100, RED), (240, BLUE))[100, 100] == shown


def test_a_mask_that_was_refused_for_a_moment_changes_nothing() -> None:
    subjects = Subjects(HD, "left")
    last(subjects, 0.0, (80, GREEN), (240, BLUE))
    subjects.reset()
    back = last(subjects, 0.6, (80, GREEN), (240, BLUE), frames=1)
    assert (back[100, 80], back[100, 240]) == (1, 0)


def cutout(shared: Path, name: str, height: int) -> npt.NDArray[np.uint8]:
    """(height, w, 4): a real person, cut out."""
    rgba = cv2.imread(str(shared / "data" / "person_rgba" / f"{name}_rgba.png"), cv2.IMREAD_UNCHANGED)
    assert rgba is not None
    width = round(rgba.shape[1] * height / rgba.shape[0])
    return np.asarray(cv2.resize(rgba, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def put(picture: npt.NDArray[np.float32], person: npt.NDArray[np.uint8], middle: float) -> Flags:
    """Draw somebody at x, standing on the lower border; where they are."""
    height, width = person.shape[:2]
    left = round(middle - width / 2)
    first, end = max(0, left), min(HD.width, left + width)
    where = np.zeros((HD.height, HD.width), bool)
    if first < end:
        part, there = person[:, first - left : end - left], np.s_[HD.height - height :, first:end]
        alpha = part[..., 3:] / np.float32(255)
        picture[there] += alpha * (part[..., :3] - picture[there])
        where[there] = part[..., 3] > 250
    return where


@pytest.mark.shared
def test_somebody_alike_who_comes_in_beside_the_chosen_one_stays_background(shared: Path) -> None:
    """The same curls twice: the second head touches the first from the frame's border on."""
    room = cv2.imread(str(shared / "data" / "backgrounds" / "simpl_room.jpg"))
    assert room is not None
    room = np.asarray(cv2.resize(room, HD), np.float32)
    person = cutout(shared, "p_015cd10e", 600)
    noise = np.random.default_rng(6)
    owns: list[Flags] = []
    made: list[Frame] = []
    places: list[Flags] = []
    for i in range(90):
        picture = room.copy()
        owns.append(put(picture, person, 980 + 25 * np.sin(2 * np.pi * i / 93)))
        places.append(put(picture, person, 1640 - 460 * min(max((i - 30) / 40, 0), 1)))
        picture += noise.normal(0, 2.5, picture.shape)
        planes = from_bgr(picture.clip(0, 255).astype(np.uint8), Colour()).planes
        made.append(Frame(planes, i, round(i / 30 * 1e9), Colour()))
    subjects = Subjects(HD, "largest")
    seen = given_to_subjects(made)
    masks = play(subjects, seen)
    shown = [share(mask, places[i]) for mask, i in zip(masks, at(seen), strict=True) if i >= 52]
    assert np.mean(shown) < 0.4  # by colours and shapes alone .99
    kept = [share(mask, owns[i] & ~places[i]) for mask, i in zip(masks, at(seen), strict=True) if i >= 20]
    assert np.mean(kept) > 0.9


@pytest.mark.shared
@pytest.mark.parametrize("way", ["nearer", "up", "aside"])
def test_nobody_is_parted_from_what_is_theirs_because_they_move(shared: Path, way: str) -> None:
    """Somebody leans in, rises or steps aside, in less than a second."""
    room = np.full((HD.height, HD.width, 3), 120, np.float32)
    person = cutout(shared, "p_07141906", 700)
    made: list[Frame] = []
    for i in range(75):
        far = min(max((i - 35) / 24, 0), 1)
        size = 420 if way == "aside" else round(420 * (1 + 0.35 * far)) if way == "nearer" else 700
        drawn = np.asarray(cv2.resize(person, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
        if way == "up":
            drawn = drawn[: 420 + round(150 * far)]
        picture = room.copy()
        put(picture, drawn, 500 + (160 * far if way == "aside" else 0))
        made.append(
            Frame(from_bgr(picture.astype(np.uint8), Colour()).planes, i, round(i / 30 * 1e9), Colour())
        )
    seen = given_to_subjects(made)
    masks = play(Subjects(HD, "largest"), seen)
    kept = [float(np.mean(mask[given.mask > 0.5] > 0.25)) for mask, given in zip(masks, seen, strict=True)]
    assert min(kept[len(kept) // 4 :]) > 0.9
