"""What can be read through the backdrops: the promise of each strength, and that the reader is no fool."""

from __future__ import annotations

import json
import logging

import cv2
import numpy as np
import pytest
from drawn import SIZE as SMALL
from drawn import frame, matte

from softfocus.bench.privacy import SIZE, Case, Hidden, Report, flat_depth, judged
from softfocus.bench.reading import Judge, named
from softfocus.bench.undo import kernel, lucy, wiener
from softfocus.bench.writing import WORDS
from softfocus.realtime.backdrops.backdrop import Backdrop
from softfocus.realtime.backdrops.blur import LIGHT, STRONG, Blur
from softfocus.realtime.backdrops.bokeh import SOFT, Bokeh, confusion
from softfocus.realtime.backdrops.fade import let_go
from softfocus.realtime.backdrops.grey import Grey
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.gate.gate import Gate
from softfocus.realtime.settings.settings import APERTURES
from softfocus.realtime.sinks.window import _state

SCRIPTS = list(WORDS)


def hidden(case: Case, backdrop: Backdrop, script: str, height: int) -> Hidden:
    """What is read of one size of writing."""
    try:
        return judged(case, backdrop, script, WORDS[script], [height], None, None)
    finally:
        let_go(backdrop)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize(("strength", "height"), [(LIGHT, 60), (STRONG, 140)])
def test_the_named_strengths_hide_what_they_promise_also_after_undoing_them(
    strength: float, height: int, script: str
) -> None:
    case = Case("blur", strength)
    assert hidden(case, Blur(SIZE, strength), script, height).undone is None
    assert hidden(case, Grey(Blur(SIZE, strength)), script, height).undone is None
    assert hidden(case, flat_depth(strength), script, height).undone is None


@pytest.mark.parametrize("aperture", [*APERTURES, 1.8, 4.0])
def test_no_aperture_shows_more_than_the_light_blur(aperture: float) -> None:
    case = Case("bokeh", SOFT, confusion(aperture) * SIZE.width)
    assert hidden(case, Bokeh(SIZE, aperture), "latin", 60).undone is None


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize(
    ("strength", "height", "seen"), [(3.0, 24, True), (8.0, 60, False), (20.0, 140, False)]
)
def test_what_people_read_is_read(strength: float, height: int, seen: bool, script: str) -> None:
    found = hidden(Case("blur", strength), Blur(SIZE, strength), script, height)
    assert found.undone == height
    assert found.seen == (height if seen else found.seen)


def test_both_ways_of_undoing_bring_a_bar_back_that_was_blurred() -> None:
    known = kernel(2.0, 0.0)
    sharp = np.full((80, 80), 20, np.float32)
    sharp[30:50, 36:44] = 200
    blurred = np.asarray(cv2.filter2D(sharp, -1, known), np.float32)
    before = np.abs(blurred - sharp).mean()
    assert np.abs(wiener(blurred, known, 1e-5) - sharp).mean() < 0.7 * before
    assert np.abs(lucy(blurred.copy(), known, 100) - sharp).mean() < 0.7 * before


def test_a_word_is_not_read_where_another_stands() -> None:
    words = WORDS["latin"]
    judge, other = Judge(words, 60, SIZE, None), Judge(words[::-1], 60, SIZE, None)
    assert judge.reads(judge.page.cut(judge.page.luma))
    assert not judge.reads(judge.page.cut(other.page.luma))
    assert named("Park4728", "Park4728")
    assert not named("HUN9ET8", "Park4728")


def test_the_table_is_for_people_and_the_json_for_programs() -> None:
    report = Report(
        (Hidden("blur 3", "latin", 24, 16), Hidden("blur 3", "japanese", None, 200)), False, None, {}
    )  # type: ignore[arg-type]
    assert "blur 3 " in report.table()
    assert "> 200" in report.table()
    assert json.loads(json.dumps(report.json()))["hidden"][0]["undone"] == 16


@pytest.mark.parametrize(("strength", "weak"), [(LIGHT - 1, True), (LIGHT, False), (STRONG, False)])
def test_a_blur_that_may_be_read_through_is_marked_wherever_it_is_seen(
    strength: float, weak: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        gate = Gate(Compositor(Blur(SMALL, strength), SMALL), SMALL, good_masks_to_open=1)
    assert gate.weak == weak
    assert ("WEAK BLUR" in caplog.text) == weak
    shot = frame()
    composed = gate(shot, matte(shot))
    assert composed.weak == weak
    assert _state(composed) == ("WEAK BLUR" if weak else None)
    composed.release()
    gate.change_backdrop(Grey(Blur(SMALL, LIGHT - 1)))
    assert caplog.text.count("WEAK BLUR") == weak + 1
