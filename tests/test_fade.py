"""From one backdrop to the next, in the middle of a call."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn import SIZE, detail, disc, frame, matte
from played import Camera, Disc, gate, until
from test_loop import Call, running

from softfocus.realtime.backdrops.blur import Blur
from softfocus.realtime.backdrops.fade import Fading
from softfocus.realtime.backdrops.still import Still, plain
from softfocus.realtime.control.applied import Applied
from softfocus.realtime.control.running import Running
from softfocus.realtime.control.status import Report, report
from softfocus.realtime.errors import BadSetting
from softfocus.realtime.frame import I420, Plane, Size
from softfocus.realtime.live.delivery import Counts
from softfocus.realtime.matte import cut, place
from softfocus.realtime.pipeline import Pipeline
from softfocus.realtime.preview.scenery import Scenery
from softfocus.realtime.settings import Paint, RunSettings
from softfocus.realtime.subjects.subjects import Subjects

ROOM = disc() == 0


class Held(Still):
    """A backdrop that holds something."""

    closed = False

    def close(self) -> None:
        self.closed = True


def painted(fading: Fading, index: int) -> Plane:
    onto, shot = I420(SIZE), frame(index)
    fading.paint(shot, matte(shot), onto.planes)
    return onto.planes.y


def paint(level: int) -> Held:
    return Held(plain((level, level, level), SIZE))


def test_a_change_goes_steadily_from_one_to_the_other_in_half_a_second() -> None:
    fading = Fading(paint(0), SIZE)
    painted(fading, 0)
    fading.change(paint(255))
    levels = [int(painted(fading, i)[0, 0]) for i in range(1, 20)]
    assert levels[0] == 16
    assert levels == sorted(levels)
    assert max(np.diff(levels)) <= 16
    assert levels.index(235) == 15  # frames of a thirtieth of a second


def test_nothing_sharp_is_seen_between_two_blurs() -> None:
    fading = Fading(Blur(SIZE, 20), SIZE)
    painted(fading, 0)
    fading.change(Blur(SIZE, 8))
    assert max(detail(painted(fading, i)) for i in range(1, 20)) < 2


@pytest.mark.parametrize("size", [SIZE, Size(482, 270), Size(1920, 1080)])
def test_the_person_comes_before_it_in_one_pass_as_in_two(size: Size) -> None:
    """Before the change, where one pass does it, while two blurs are mixed, and with nobody there."""
    alpha = disc(size)
    one, two = (Fading(Blur(size), size) for _ in range(2))
    for i, there in enumerate([alpha, alpha, alpha, np.zeros_like(alpha)]):
        joined, painted_first = I420(size), I420(size)
        shot = frame(i, there, size)
        made = matte(shot, there)
        person = cut(shot.planes, made.box)
        one.join(shot, made, person, joined.planes)
        two.paint(shot, made, painted_first.planes)
        place(person, made, painted_first.planes)
        assert np.array_equal(joined.data, painted_first.data)
        if i == 1:
            for fading in (one, two):
                fading.change(Blur(size, 5.0))


def test_what_is_faded_out_lets_go_of_what_it_holds_once_it_is_not_seen_any_more() -> None:
    old, new = paint(0), paint(255)
    fading = Fading(old, SIZE)
    fading.change(new)
    painted(fading, 0)
    assert not old.closed
    painted(fading, 16)
    assert (old.closed, new.closed) == (True, False)
    fading.close()
    assert new.closed


def test_of_changes_during_a_change_the_newest_comes_next_and_there_is_no_jump() -> None:
    fading = Fading(paint(0), SIZE)
    passed_over = paint(0)
    fading.change(paint(100))
    levels = [int(painted(fading, i)[0, 0]) for i in range(5)]
    fading.change(passed_over)
    fading.change(paint(255))
    levels += [int(painted(fading, i)[0, 0]) for i in range(5, 40)]
    assert passed_over.closed
    assert max(np.diff(levels)) <= 16
    assert min(np.diff(levels)) >= 0
    assert levels[-1] == 235


def test_another_backdrop_comes_live_and_the_gate_stays_open() -> None:
    call = Call(Camera(), Pipeline(Disc(), gate()))
    with running(call):
        until(call.shows_the_person)
        changed = len(call.sink.got)
        call.live.change_backdrop(RunSettings(background=Paint(0, 0, 0)))
        until(lambda: call.sink.got[-1].luma[0, 0] == 16)
    assert set(call.states[changed:]) == {None}
    assert not any(got.raw for got in call.sink.got)


def test_another_background_by_a_key_or_by_name_brings_no_shield() -> None:
    call = Call(Camera(), Pipeline(Disc(), gate()))
    before = RunSettings()
    applied = Applied(before, call.live, SIZE, Subjects(SIZE))
    with running(call):
        until(call.shows_the_person)
        changed = len(call.sink.got)
        applied.change(replace(before, background=Paint(0, 0, 0)))
        until(lambda: call.sink.got[-1].luma[0, 0] == 16)
    assert set(call.states[changed:]) == {None}


def test_a_picture_that_is_not_there_is_refused_and_nothing_changes() -> None:
    call = Call(Camera(), Pipeline(Disc(), gate()))
    with running(call):
        until(call.shows_the_person)
        with pytest.raises(BadSetting, match=r"gone\.jpg is not there"):
            call.live.change_backdrop(RunSettings(background=Path("gone.jpg")))
        changed = len(call.sink.got)
        until(lambda: len(call.sink.got) > changed + 5)
    assert set(call.states[changed:]) == {None}


class Noted:
    """Settings that are in effect once they are asked for."""

    size = SIZE

    def __init__(self, settings: RunSettings) -> None:
        self.settings = settings

    def change(self, now: RunSettings) -> None:
        self.settings = now


def test_keys_go_round_the_backgrounds_and_to_other_strengths() -> None:
    def look() -> Report:
        return report("drawn", Counts(), gate(), [])

    noted = Noted(RunSettings(background=Paint(1, 2, 3), blur=20))
    reached = Running(noted, Subjects(SIZE), look=look, watch=lambda sink: lambda: None, stop=lambda: None)
    scenery = Scenery(reached)
    assert scenery.next() == "background: blur"
    until(lambda: reached.settings.background == "blur")
    assert scenery.strengthen(1.25) == "blur: 25"
    until(lambda: reached.settings == RunSettings(background="blur", blur=25))
    assert scenery.next() == "background: bokeh"
    until(lambda: reached.settings.background == "bokeh")
    assert scenery.strengthen(1.2) == "aperture: f/1.5"
    while scenery.next() != "background: #010203":
        pass
    until(lambda: reached.settings.background == Paint(1, 2, 3))
    assert [scenery.strengthen(100), scenery.strengthen(1e-9)] == ["blur: 200", "blur: 0.5"]
