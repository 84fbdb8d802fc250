"""Things that look like somebody stay hidden, and what a detector may say wrong is what it is called."""

from __future__ import annotations

import threading
import time
import zlib
from dataclasses import replace

import numpy as np
import pytest
from faults.injected import Shot, Switch
from faults.room import LENGTH, RATE, RECOGNISABLE, Scene, recognisable
from faults.stepped import film_of, leaks, nowhere
from faults.strangers import CARRIED, KNOWN, strangers
from faults.testimonies import FaultyDetector, Said, face, wrong_testimonies

from softfocus.models.segmenter import Rgb
from softfocus.realtime.frame import Frame, Plane, Planes
from softfocus.realtime.matting.effort import LADDER, Rung

pytestmark = pytest.mark.faults
RUNGS = (LADDER[0], LADDER[-1])
# What the program shows, for want of a witness who would tell it from somebody.
SHOWN = (
    "the camera turns before a dummy alone",
    "a dummy is brought where nobody is",
    "a dummy comes and goes",
    # A witness who is fooled by a face, since nothing asks yet whether it ever moves against the room.
    "a poster hangs on the wall",
    "a poster is hung up",
    "the camera turns before a poster",
    "a face is on a mug",
    "a mug with a face is put down",
    "only a television is there",
)
RAISING = "the detector raises", "the detector finds no memory"
LATE = "the detector waits for a tenth of a second", "the detector hangs"  # no longer, once all is over
GONE = "a poster falls", "a dummy comes and goes", "the camera turns"  # or all differs from the room


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.name)
@pytest.mark.parametrize("name", [name for name in strangers() if name not in SHOWN])
def test_what_looks_like_somebody_is_not_shown(name: str, rung: Rung, scene: Scene) -> None:
    seed = zlib.crc32(f"{name}, {rung.name}".encode())
    assert leaks(strangers()[name], rung.effort, scene, seed) == [], f"seed {seed}"


def shots(name: str, scene: Scene) -> list[Shot]:
    """The first and the last that the fault spoils."""
    fault = strangers()[name]
    assert fault.shot
    made: list[Shot] = []
    for n, seconds in enumerate((0.0, fault.seconds - 1 / RATE)):
        index = round(seconds * RATE) % LENGTH
        frame = replace(film_of(scene.path)[index], captured_at=round(1e9 * seconds))
        spoilt = fault.shot(Switch(nowhere), Shot(frame, scene.truths[index]), n)
        assert spoilt
        made.append(spoilt)
    return made


@pytest.mark.parametrize("name", [name for name in strangers() if not name.startswith(GONE)])
def test_where_the_thing_is_shown_the_room_is_recognisable(name: str, scene: Scene) -> None:
    """Of the last picture only that is kept which differs from the room."""
    frame, truth = shots(name, scene)[-1]
    thing = changed(frame, film_of(scene.path)[frame.index]) & (truth.person == 0)
    y = np.where(thing, frame.planes.y, 128).astype(np.uint8)
    u, v = (np.full_like(plane, 128) for plane in frame.planes[1:])
    assert recognisable(Planes(y, u, v), truth, apart=True) > 2 * RECOGNISABLE


def changed(frame: Frame, before: Frame) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray(np.abs(frame.planes.y.astype(int) - before.planes.y) > 12)


@pytest.mark.parametrize("name", ["a poster hangs on the wall", "a coat stays when its owner leaves"])
def test_for_a_while_a_thing_may_be_taken_for_somebody(name: str, scene: Scene) -> None:
    """Nobody can know a poster at first sight; a coat may be its owner's who bends down."""
    first, last = shots(name, scene)
    assert strangers()[name].seconds > max(KNOWN, CARRIED)
    assert persons(first.truth.person) > 1.1 * persons(last.truth.person)


def persons(there: Plane) -> int:
    return int(np.count_nonzero(there))


class Walker:
    """A detector before which somebody walks; it keeps what it said."""

    def __init__(self) -> None:
        self.said: list[Said] = []

    def __call__(self, picture: Rgb) -> Said:
        self.said.append((face(0.3 + 0.05 * len(self.said), 0.4, 0.2),))
        return self.said[-1]


def told(name: str, *, on: bool) -> tuple[list[Said], list[Said]]:
    """What a spoilt detector says of three pictures, and what it would have said."""
    switch, walker = Switch(nowhere, on=on), Walker()
    switch.over.set()
    spoilt = FaultyDetector(walker, switch, wrong_testimonies()[name])
    return [spoilt(np.zeros((192, 192, 3), np.uint8)) for _ in range(3)], walker.said


@pytest.mark.parametrize("name", wrong_testimonies())
def test_a_detector_is_as_it_is_until_its_fault_is_on(name: str) -> None:
    said, true = told(name, on=False)
    assert said == true


@pytest.mark.parametrize("name", wrong_testimonies())
def test_a_faulty_detector_says_something_else_or_nothing(name: str) -> None:
    if name in LATE:
        said, true = told(name, on=True)
        assert said == true
    elif name in RAISING:
        with pytest.raises((ValueError, MemoryError)):
            told(name, on=True)
    else:
        said, true = told(name, on=True)
        assert said != true


def test_a_detector_that_hangs_does_until_all_is_over() -> None:
    switch = Switch(nowhere, on=True)
    spoilt = FaultyDetector(Walker(), switch, wrong_testimonies()["the detector hangs"])
    call = threading.Thread(target=spoilt, args=(np.zeros((192, 192, 3), np.uint8),))
    call.start()
    time.sleep(0.05)
    assert call.is_alive()
    switch.over.set()
    call.join(5.0)
    assert not call.is_alive()
