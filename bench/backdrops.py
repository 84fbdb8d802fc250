"""`softfocus bench backdrops`: what each background, a change between two, and framing cost a frame."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np

from ..realtime.backdrops.backdrop import Backdrop
from ..realtime.backdrops.blur import LIGHT, STRONG
from ..realtime.backdrops.fade import Closing, Fading, let_go
from ..realtime.compose.open import open_backdrop
from ..realtime.errors import BadSetting
from ..realtime.frame import I420, Frame, Planes, Size
from ..realtime.framing.crop import Crop, crop_planes
from ..realtime.framing.framing import Framing
from ..realtime.matte import Matte
from ..realtime.runs.frame_path import FramePath
from ..realtime.runs.run import run
from ..realtime.settings import Paint, RunSettings
from ..realtime.sources.demo import Demo
from .fps import HD
from .machine import Machine, this_machine, versions
from .spread import Spread, spread

FORMAT = 1  # of the JSON: grows when a key changes its meaning or goes away
FRAMES = 30  # of the built-in clip, painted over and over
ROUNDS = 5  # in which the cases take turns
RATE = 30.0  # frames per second while the threads beside are measured

Shots = tuple[tuple[Frame, Matte], ...]


@dataclass(frozen=True, slots=True)
class BackdropsSettings:
    """What is measured.

    seconds  of each case that has a thread of its own, at 30 frames a second
    """

    size: Size = HD
    seconds: float = 3.0
    model_dirs: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU ms a frame: on the thread that works, and on those beside it (decoders, the depth model)."""

    name: str
    paint: Spread
    beside: float


@dataclass(frozen=True, slots=True)
class Report:
    """Every case, what could not be measured and why, and where."""

    size: str
    costs: tuple[Cost, ...]
    missing: dict[str, str]
    machine: Machine
    versions: dict[str, str]

    def json(self) -> dict[str, Any]:
        """The stable form, see docs/bench.md."""
        return {"format": FORMAT, **asdict(self)}

    def table(self) -> str:
        """For people."""
        lines = [f"{'CPU ms a frame at ' + self.size:32}{'p50':>8}{'p95':>8}{'beside':>8}"]
        lines += [
            f"{cost.name:32}{cost.paint.p50:8.2f}{cost.paint.p95:8.2f}{cost.beside:8.2f}"
            for cost in self.costs
        ]
        return "\n".join([*lines, *(f"{name}: {why}" for name, why in self.missing.items())])


def measure(settings: BackdropsSettings) -> Report:
    """Every case in turn, several times; then those with threads of their own, alone, at a camera's pace."""
    cv2.setNumThreads(1)
    machine = this_machine()
    shots = tuple(shots_of(settings.size))
    with TemporaryDirectory() as folder:
        wanted = wanted_in(Path(folder), settings)
        cases, missing = opened(wanted, settings.size)
        laps: dict[str, list[int]] = {name: [] for name in cases}
        for _ in range(ROUNDS):
            for name, backdrop in cases.items():
                laps[name] += timed(backdrop, shots)
        for backdrop in cases.values():
            let_go(backdrop)
        costs: list[Cost] = []
        for name, backdrop in cases.items():
            others = beside(wanted[name], shots, settings) if threaded(backdrop) else 0.0
            costs.append(Cost(name, spread(laps[name]), others))
    return Report(str(settings.size), tuple(costs), missing, machine, versions())


def shots_of(size: Size) -> Iterator[tuple[Frame, Matte]]:
    """Frames of the built-in clip, and copies of their mattes."""
    source, matting = Demo(size), FramePath(RunSettings(), size).matting()
    for _ in range(FRAMES):
        lent = source.read(0)
        assert lent
        planes = I420(size).planes
        for plane, target in zip(lent.planes, planes, strict=True):
            target[:] = plane
        frame = replace(lent, planes=planes)
        matte = matting(frame)
        yield frame, replace(matte, whole=matte.alpha.copy())


def opened(wanted: dict[str, RunSettings], size: Size) -> tuple[dict[str, Backdrop], dict[str, str]]:
    """What is timed, by name; and what is missing, with the reason."""
    cases: dict[str, Backdrop] = {}
    missing: dict[str, str] = {}
    for name, settings in wanted.items():
        try:
            cases[name] = open_backdrop(settings, size)
        except BadSetting as error:
            missing[name] = str(error)
    cases["from blur to bokeh, half way"] = half_way(size)
    cases["framing, close"] = Framed(size)
    return cases, missing


def threaded(backdrop: Backdrop) -> bool:
    """Whether it has a thread; Fading only passes on what those in it hold."""
    return isinstance(backdrop, Closing) and not isinstance(backdrop, Fading)


def wanted_in(folder: Path, settings: BackdropsSettings) -> dict[str, RunSettings]:
    """The settings of every kind."""
    film, pictures = folder / "film.mp4", folder / "pictures"
    run(RunSettings(input="demo", outputs=(str(film),), size=settings.size))
    pictures.mkdir()
    for number in range(2):
        still = np.full((settings.size.height, settings.size.width, 3), 60 * (1 + number), np.uint8)
        cv2.imwrite(str(pictures / f"{number}.jpg"), still)
    plain = RunSettings(model_dirs=settings.model_dirs)
    return {
        "blur light": replace(plain, blur=LIGHT),
        "blur strong": replace(plain, blur=STRONG),
        "grey": replace(plain, background="grey"),
        **{
            f"bokeh f/{aperture:g}": replace(plain, background="bokeh", aperture=aperture)
            for aperture in (1.2, 1.8, 4.0)
        },
        "depth": replace(plain, background="depth"),
        "colour": replace(plain, background=Paint(32, 48, 74)),
        "picture": replace(plain, background=pictures / "0.jpg"),
        "folder": replace(plain, background=pictures),
        f"film, {settings.size} H.264": replace(plain, background=film),
    }


def half_way(size: Size) -> Fading:
    """Every frame in the middle of a change."""
    fading = Fading(open_backdrop(RunSettings(), size), size, seconds=1e9)
    fading.change(open_backdrop(RunSettings(background="bokeh"), size))
    return fading


class Framed:
    """What framing adds: to choose a part of the picture, and to enlarge it."""

    def __init__(self, size: Size) -> None:
        self._framing = Framing(size, "close")

    def paint(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        self._framing(matte, frame.seconds)
        crop_planes(frame.planes, Crop(100.3, 20.7, 1.4), onto)


def timed(backdrop: Backdrop, shots: Shots) -> list[int]:
    """ns of this thread's CPU for each frame."""
    onto, laps = I420(shots[0][0].size).planes, list[int]()
    for frame, matte in shots:
        start = time.thread_time_ns()
        backdrop.paint(frame, matte, onto)
        laps.append(time.thread_time_ns() - start)
    return laps


def beside(wanted: RunSettings, shots: Shots, settings: BackdropsSettings) -> float:
    """CPU ms a frame of all other threads, while frames come at a camera's pace."""
    backdrop = open_backdrop(wanted, settings.size)
    onto, count = I420(settings.size).planes, round(settings.seconds * RATE)
    start, own, begin = time.process_time_ns(), time.thread_time_ns(), time.monotonic()
    for i in range(count):
        frame, matte = shots[i % len(shots)]
        backdrop.paint(replace(frame, captured_at=round(i * 1e9 / RATE)), matte, onto)
        time.sleep(max(0.0, begin + (i + 1) / RATE - time.monotonic()))
    others = (time.process_time_ns() - start) - (time.thread_time_ns() - own)
    let_go(backdrop)
    return round(max(0, others) / count / 1e6, 2)
