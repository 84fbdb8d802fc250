"""The preview's keys, and what they do to a real window and a real run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn import SIZE, disc, frame, matte
from played import gate

from softfocus.realtime.colour import Picture
from softfocus.realtime.matting.effort import LADDER
from softfocus.realtime.pipeline import Pipeline
from softfocus.realtime.preview.controls import Controls
from softfocus.realtime.preview.matte import MatteCopy
from softfocus.realtime.preview.open import reach_plate
from softfocus.realtime.preview.pointing import Pointing
from softfocus.realtime.preview.preview import Preview
from softfocus.realtime.runs.frame_path import FramePath
from softfocus.realtime.settings import RunSettings
from softfocus.realtime.sinks.view import Click, Painter, View
from softfocus.realtime.subjects.instance import Mark
from softfocus.realtime.subjects.subjects import Subjects


class Desk:
    """A preview without a window, and what was asked of the run."""

    def __init__(self, controls: Controls | None = None) -> None:
        self.view = View()
        self.asked: list[object] = []
        self.controls = controls or Controls(
            pass_through=self.asked.append,
            next_background=lambda: self.told("next"),
            strengthen=lambda factor: self.told(factor),
            refine=lambda: self.told("refine"),
            capture_plate=lambda: self.told("plate"),
            choose=lambda number: self.told(number),
            click=lambda click: self.told(click),
        )
        self.preview = Preview(
            self.view, self.controls, matte=lambda: disc(), overlay=lambda: ["30 a second"]
        )

    def told(self, what: object) -> str:
        self.asked.append(what)
        return f"did {what}"

    def press(self, keys: str) -> bool:
        return [self.preview.press(key) for key in keys][-1]


@pytest.mark.parametrize(
    ("key", "asked"), [("b", "next"), ("+", 1.25), ("-", 0.8), ("r", "refine"), ("p", "plate"), ("3", 3)]
)
def test_each_key_reaches_its_part_and_its_answer_is_shown(key: str, asked: object) -> None:
    desk = Desk()
    assert desk.press(key)
    assert desk.asked == [asked]
    assert desk.view.note == f"did {asked}"


@pytest.mark.parametrize("key", "b+-rp0")
def test_a_key_whose_part_is_missing_says_so_and_the_run_goes_on(key: str) -> None:
    desk = Desk(Controls())
    assert desk.press(key)
    assert desk.view.note == "there is no such thing in this run"


def test_q_and_escape_quit_and_nothing_else_does() -> None:
    keys = "".join(map(chr, range(127)))
    assert [key for key in keys if not Desk().press(key)] == ["\x1b", "q"]


def test_the_room_is_shown_only_after_a_yes_and_the_answer_does_nothing_else() -> None:
    desk = Desk()
    desk.press(" ")
    assert desk.view.note == "show the room as it is? y / n"
    desk.press("b")  # a no, and no new background
    assert desk.asked == []
    desk.press(" y")
    assert desk.asked == [True]


def test_the_question_mark_shows_every_key_of_the_table() -> None:
    desk = Desk()
    desk.press("?")
    text = "\n".join(desk.view.lines)
    for label in ("?", "q Esc", "Space", "b", "+", "-", "0-9", "r", "p", "m", "f", "h", "v"):
        assert f"\n{label} " in f"\n{text}"
    desk.press("?")
    assert not desk.view.lines


def test_figures_come_and_go_with_f() -> None:
    desk = Desk()
    desk.press("f")
    assert desk.view.lines == ["30 a second"]
    desk.press("f")
    assert not desk.view.lines


def test_m_shows_the_matte_in_the_pictures_place() -> None:
    desk = Desk()
    desk.press("m")
    shown = Painter(SIZE)(grey(90), desk.view, None)
    assert np.array_equal(shown[..., 0], disc())
    desk.press("m")
    assert np.array_equal(Painter(SIZE)(grey(90), desk.view, None), grey(90))


def grey(level: int) -> Picture:
    return np.full((SIZE.height, SIZE.width, 3), level, np.uint8)


@pytest.mark.parametrize(("keys", "flipped"), [("", np.s_[:]), ("h", np.s_[:, ::-1]), ("v", np.s_[::-1])])
def test_the_picture_turns_and_its_clicks_and_marks_with_it(keys: str, flipped: object) -> None:
    desk = Desk()
    for key in keys:
        desk.press(key)
    picture = grey(0)
    picture[20:24, 30:34] = 255
    shown = Painter(SIZE)(picture, desk.view, None)
    y, x = np.argwhere(shown[..., 0])[0]
    assert np.array_equal(shown, picture[flipped])
    assert desk.view.turned(int(x), int(y), SIZE) in {(30, 20), (33, 20), (30, 23)}


def test_numbers_stand_in_their_place_and_are_legible_in_a_mirror() -> None:
    desk = Desk()
    desk.controls.marks = lambda: [Mark(7, (40, 60, 80, 120), (60, 90), chosen=True)]
    upright = Painter(SIZE)(grey(128), desk.view, None).copy()
    desk.press("h")
    mirrored = Painter(SIZE)(grey(128), desk.view, None)
    there, here = (np.argwhere(each[..., 0] != 128) for each in (upright, mirrored))
    assert there.mean(axis=0) == pytest.approx((90, 60), abs=3)
    assert here.mean(axis=0) == pytest.approx((90, SIZE.width - 1 - 60), abs=3)
    badge = np.s_[80:100, 50:70], np.s_[80:100, SIZE.width - 1 - 60 - 10 : SIZE.width - 1 - 60 + 10]
    assert np.array_equal(upright[badge[0]], mirrored[badge[1]])
    assert np.array_equal(Painter(SIZE)(grey(128), desk.view, None, shielded=True), grey(128))


def test_clicks_reach_the_run_with_the_keys_that_were_held() -> None:
    desk = Desk()
    desk.preview.click(Click(3, 4, shift=True, alt=False))
    assert desk.asked == [Click(3, 4, shift=True, alt=False)]


def test_the_matte_is_copied_only_while_somebody_looks() -> None:
    copy, shot = MatteCopy(SIZE), frame()
    copy(matte(shot))
    assert not copy.newest().any()  # nobody had asked for it
    copy(matte(shot))
    assert np.array_equal(copy.newest(), disc())


def test_left_and_right_are_those_of_the_window_also_after_h() -> None:
    subjects = Subjects(SIZE, flipped=True)
    desk = Desk(Controls(mirror=Pointing(subjects).mirror))
    desk.view.mirrored = True
    desk.press("h")
    assert not subjects.flipped
    desk.press("h")
    assert subjects.flipped


def test_p_reaches_the_matte_path_that_took_over_from_one_that_hung() -> None:
    first, other = (FramePath(RunSettings(), SIZE).matting() for _ in range(2))
    pipeline = Pipeline(first, gate(), spare=lambda: other)
    controls = Controls()
    reach_plate(controls, pipeline, at_once=False)
    heir = pipeline.successor()
    heir(frame()).release()
    assert controls.capture_plate
    controls.capture_plate()
    assert other.capture.going_on
    assert not first.capture.going_on
    pipeline.spend(replace(LADDER[0].effort, plate=False))
    heir(frame()).release()
    assert controls.capture_plate() == "the room is not learnt while quality is low"
