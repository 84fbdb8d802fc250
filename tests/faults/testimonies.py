"""What a detector may say that is wrong, by name.

A detector is called with a small picture, (H, W, 3) uint8 RGB, and says who it sees. To plug these in, wrap
the real one in FaultyDetector where the witness opens it, as FaultySegmenter is put around models, and give
Fault a `testimony`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
from faults.injected import Switch

from softfocus.models.segmenter import Rgb


class Detection(NamedTuple):
    """Who is seen: box x0, y0, x1, y1 and keypoints x, y in parts of the picture; score 0..1; kind: face."""

    box: tuple[float, float, float, float]
    score: float
    keypoints: tuple[tuple[float, float], ...]
    kind: str


Said = tuple[Detection, ...]
SpoilTestimony = Callable[[Switch, Said, int], Any]  # the int counts what was spoilt before
POINTS = 6  # of a face: eyes, nose, mouth, ears


class Detector(Protocol):
    """Says who is in a picture."""

    def __call__(self, picture: Rgb) -> Said: ...


class FaultyDetector:
    """The real detector, whose testimony is spoilt while the switch is on."""

    def __init__(self, real: Detector, switch: Switch, spoil: SpoilTestimony) -> None:
        self._real = real
        self._switch = switch
        self._spoil = spoil
        self._spoilt = 0

    def __call__(self, picture: Rgb) -> Said:
        said = self._real(picture)
        if not self._switch.on:
            self._spoilt = 0
            return said
        self._spoilt += 1
        spoilt: Said = self._spoil(self._switch, said, self._spoilt - 1)
        return spoilt


def face(x: float, y: float, size: float, score: float = 0.95) -> Detection:
    """One whose middle is there, as large as that."""
    half = size / 2
    places = ((-0.2, -0.15), (0.2, -0.15), (0.0, 0.05), (0.0, 0.25), (-0.45, -0.1), (0.45, -0.1))
    points = tuple((x + size * dx, y + size * dy) for dx, dy in places)
    return Detection((x - half, y - half, x + half, y + half), score, points, "face")


def everywhere(side: int) -> Said:
    """So many by so many."""
    middles = (np.arange(side) + 0.5) / side
    return tuple(face(float(x), float(y), 1 / side) for y in middles for x in middles)


def always(*said: Detection) -> SpoilTestimony:
    return lambda switch, true, n: said


def each(change: Callable[[Detection], Detection]) -> SpoilTestimony:
    """Everybody, otherwise than they are; where nobody is seen, somebody in the middle."""
    return lambda switch, said, n: tuple(map(change, said or (face(0.5, 0.4, 0.3),)))


def moved(by: Callable[[float, float], tuple[float, float]]) -> SpoilTestimony:
    """All corners and points put elsewhere."""

    def change(one: Detection) -> Detection:
        box = (*by(*one.box[:2]), *by(*one.box[2:]))
        return one._replace(box=box, keypoints=tuple(by(*point) for point in one.keypoints))

    return each(change)


def raises(error: Exception) -> SpoilTestimony:
    def spoil(switch: Switch, said: Said, n: int) -> Said:
        raise error

    return spoil


def waits(seconds: float) -> SpoilTestimony:
    """Late, or never."""

    def spoil(switch: Switch, said: Said, n: int) -> Said:
        switch.over.wait(seconds)
        return said

    return spoil


def wanders(switch: Switch, said: Said, n: int) -> Said:
    """Somebody walks through the picture where nobody is."""
    return (*said, face(0.1 + 0.8 * (n / 10 % 1), 0.25, 0.2))


class Delayed:
    """Each testimony is the one of so many pictures before."""

    def __init__(self, pictures: int) -> None:
        self._pictures = pictures
        self._past: list[Said] = []

    def __call__(self, switch: Switch, said: Said, n: int) -> Said:
        if n == 0:
            self._past.clear()
        self._past.append(said)
        return self._past[max(0, n - self._pictures)]


def wrong_testimonies() -> dict[str, SpoilTestimony]:
    """All of them by name, made anew."""
    nan, inf = float("nan"), float("inf")
    corner = face(0.85, 0.2, 0.25)
    return {
        "the detector sees somebody everywhere": always(*everywhere(4)),
        "the detector sees one who fills the picture": always(face(0.5, 0.5, 1.0)),
        "the detector sees a thousand": always(*everywhere(32)),
        "the detector sees nobody": always(),
        "the detector sees everybody and nobody by turns": lambda switch, said, n: (
            everywhere(4) if n % 2 else ()
        ),
        "the detector sees somebody where nobody is": always(corner),
        "the detector sees somebody walk where nobody is": wanders,
        "the detector sees everybody twice": lambda switch, said, n: said + said,
        "the detector's first testimony is its last": Delayed(1000),
        "the detector is a second late": Delayed(5),
        "the detector waits for a tenth of a second": waits(0.1),
        "the detector hangs": waits(1000),
        "the detector raises": raises(ValueError("broken")),
        "the detector finds no memory": raises(MemoryError()),
        "the detector says nothing at all": lambda switch, said, n: None,
        "scores are NaN": each(lambda one: one._replace(score=nan)),
        "scores are infinite": each(lambda one: one._replace(score=inf)),
        "scores are negative": each(lambda one: one._replace(score=-1.0)),
        "boxes are NaN": each(lambda one: one._replace(box=(nan, nan, nan, nan))),
        "one edge of a box is infinite": each(lambda one: one._replace(box=(*one.box[:3], inf))),
        "boxes lie outside of the picture": moved(lambda x, y: (x + 3, y - 3)),
        "boxes reach out of the picture": always(face(0.0, 0.0, 2.0)),
        "boxes are empty": each(lambda one: one._replace(box=(*one.box[:2], *one.box[:2]))),
        "boxes are inside out": each(lambda one: one._replace(box=(*one.box[2:], *one.box[:2]))),
        "boxes are mirrored": moved(lambda x, y: (1 - x, y)),
        "boxes are in pixels": moved(lambda x, y: (192 * x, 192 * y)),
        "keypoints are NaN": each(lambda one: one._replace(keypoints=((nan, nan),) * POINTS)),
        "keypoints are missing": each(lambda one: one._replace(keypoints=())),
        "faces are called something else": each(lambda one: one._replace(kind="teapot")),
    }
