"""`softfocus bench fps`: how fast the frame path is, and where the time goes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any, Literal

from ..realtime.frame import Size
from ..realtime.matting.effort import Quality
from ..realtime.settings import Refine
from .clip import Packing, clip_file
from .machine import Machine, this_machine, versions
from .ours import DEFAULTS, Case, start
from .rounds import Contestant, Length, Round
from .spread import Spread, spread

Feed = Literal["mjpeg", "yuyv", "i420"]

HD = Size(1280, 720)
FORMAT = 1  # of the JSON: grows when a key changes its meaning or goes away
ROUNDS = 5
WARM_UP = Length(seconds=0.5, frames=30)


@dataclass(frozen=True, slots=True)
class FpsSettings:
    """What `softfocus bench fps` measures.

    input    a video file, "demo" or "still"
    feeds    how frames come in: webcams' packets (mjpeg, yuyv), or decoded planes in memory (i420)
    seconds  of measuring per feed; frames: and at least so many
    paced    frames per second to feed at through the live loop; None: as fast as they go
    sinks    how many take every frame
    refine   also with that refiner beside the paced loop, by turns
    quality  what is spent on a frame; auto can do less when paced only
    cache    where the rendered clips are kept; None: the user's cache folder
    """

    input: str = "demo"
    size: Size = HD
    feeds: tuple[Feed, ...] = ("mjpeg", "i420")
    seconds: float = 10.0
    frames: int = 0
    paced: float | None = None
    sinks: int = 1
    refine: Refine = "off"
    model: str = DEFAULTS.model
    quality: Quality = DEFAULTS.quality
    threads: int = DEFAULTS.threads
    model_dirs: tuple[Path, ...] = ()
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage's part of a frame, ms; cpu: the median of what its own thread computed.

    mean  over all frames; the others over those that did not go without the stage
    """

    p50: float
    p95: float
    p99: float
    mean: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one process.

    fps                frames per second of wall time
    wall_ms            per frame; when paced, from capture to the first sink
    cpu_ms_per_frame   all threads of the process; the median of the rounds
    core_percent       of one core, all threads
    stages             each stage's part of it
    dropped            frames lost on the way; shielded: gone out without a trusted mask
    rss_mb             at the end, without the frames held for measuring only
    rss_growth_mb      since the first round after the warm-up
    first_frame_s      from starting the process to its first composed frame
    """

    feed: str
    size: str
    frames: int
    fps: float
    wall_ms: Spread
    cpu_ms_per_frame: float
    core_percent: float
    stages: dict[str, Stage]
    dropped: int
    shielded: int
    rss_mb: float | None
    rss_growth_mb: float | None
    first_frame_s: float


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of each feed, the first feed's first, and what they were measured with."""

    settings: FpsSettings
    figures: tuple[Figures, ...]
    machine: Machine
    versions: dict[str, str]

    def json(self) -> dict[str, Any]:
        """The stable form, see docs/bench.md: the first feed's figures on top, the others under `also`."""
        first, *others = (asdict(each) for each in self.figures)
        settings = asdict(self.settings) | {
            "size": str(self.settings.size),
            "model_dirs": [str(folder) for folder in self.settings.model_dirs],
        }
        del settings["cache"]
        return {
            "format": FORMAT,
            **first,
            "also": others,
            "settings": settings,
            "machine": asdict(self.machine),
            "versions": self.versions,
        }

    def table(self) -> str:
        """For people."""
        return "\n\n".join([*(_paragraph(each) for each in self.figures), _where(self)])


def measure(settings: FpsSettings) -> Report:
    """A process per feed; they take turns."""
    machine = this_machine()
    with ExitStack() as opened:
        contestants = [opened.enter_context(start(*each)) for each in cases(settings).items()]
        rounds = interleave(contestants, ROUNDS, length(settings))
    figures = tuple(figures_of(each, each.name, settings.size, rounds[each.name]) for each in contestants)
    return Report(settings, figures, machine, versions())


def cases(settings: FpsSettings) -> dict[str, Case]:
    """One for each feed; where a refiner is asked for, one without and one with it."""
    plain = {str(feed): case(settings, feed) for feed in settings.feeds}
    if settings.refine == "off":
        return plain
    refined = {
        f"{name}, {settings.refine}": replace(each, refine=settings.refine) for name, each in plain.items()
    }
    return {**plain, **refined}


def case(settings: FpsSettings, feed: Feed) -> Case:
    """How softfocus is run for one feed."""
    packing: Packing = "yuyv" if feed == "yuyv" else "mjpeg"
    return Case(
        clip=str(clip_file(settings.input, settings.size, packing, settings.cache)),
        memory=feed == "i420",
        paced=settings.paced,
        sinks=settings.sinks,
        model=settings.model,
        quality=settings.quality,
        threads=settings.threads,
        model_dirs=tuple(str(folder) for folder in settings.model_dirs),
    )


def length(settings: FpsSettings) -> Length:
    """Of one round."""
    return Length(settings.seconds / ROUNDS, max(1, math.ceil(settings.frames / ROUNDS)))


def interleave(contestants: Sequence[Contestant], rounds: int, length: Length) -> dict[str, list[Round]]:
    """Warm everybody up, then let them take turns; by name."""
    for each in contestants:
        each(WARM_UP)
    turns: dict[str, list[Round]] = {each.name: [] for each in contestants}
    for _ in range(rounds):
        for each in contestants:
            turns[each.name].append(each(length))
    return turns


def figures_of(contestant: Contestant, feed: str, size: Size, rounds: Sequence[Round]) -> Figures:
    """Everything one process did."""
    frames = sum(each.frames for each in rounds)
    elapsed = sum(each.elapsed for each in rounds)
    first, last = rounds[0].rss_mb, rounds[-1].rss_mb
    names = list(dict.fromkeys(chain.from_iterable(each.stages for each in rounds)))
    return Figures(
        feed=feed,
        size=str(size),
        frames=frames,
        fps=round(1000 * frames / elapsed, 2),
        wall_ms=spread(chain.from_iterable(each.wall for each in rounds)),
        cpu_ms_per_frame=round(median(each.cpu_per_frame for each in rounds), 3),
        core_percent=round(median(each.core_share for each in rounds), 1),
        stages={name: _stage(name, rounds) for name in names},
        dropped=sum(each.dropped for each in rounds),
        shielded=sum(each.shielded for each in rounds),
        rss_mb=None if last is None else round(last, 1),
        rss_growth_mb=None if first is None or last is None else round(last - first, 2),
        first_frame_s=round(contestant.first_frame_s, 3),
    )


def _stage(name: str, rounds: Sequence[Round]) -> Stage:
    laps = list(chain.from_iterable(each.stages.get(name, ()) for each in rounds))
    mean = sum(laps) / 1e6 / max(1, sum(each.frames for each in rounds))
    cpu = spread(chain.from_iterable(each.stage_cpu.get(name, ()) for each in rounds))
    return Stage(**asdict(spread(laps)) | {"mean": round(mean, 4)}, cpu=cpu.p50)


def _paragraph(figures: Figures) -> str:
    """One feed."""
    lines = [
        f"{figures.size} from {figures.feed}: {figures.frames} frames, {figures.fps:.1f} a second, "
        f"{figures.cpu_ms_per_frame:.2f} ms CPU a frame, {figures.core_percent:.0f} % of a core",
        f"{figures.dropped} dropped, {figures.shielded} shielded, first frame after "
        f"{figures.first_frame_s:.2f} s, {_megabytes(figures)}",
        f"{'ms':10}{'p50':>9}{'p95':>9}{'p99':>9}{'CPU':>9}",
    ]
    lines += [
        f"{name:10}{row.p50:9.2f}{row.p95:9.2f}{row.p99:9.2f}{row.cpu:9.2f}"
        for name, row in figures.stages.items()
    ]
    row = figures.wall_ms
    lines += [f"{'in all':10}{row.p50:9.2f}{row.p95:9.2f}{row.p99:9.2f}{figures.cpu_ms_per_frame:9.2f}"]
    return "\n".join(lines)


def _megabytes(figures: Figures) -> str:
    if figures.rss_mb is None or figures.rss_growth_mb is None:
        return "memory unknown"
    return f"{figures.rss_mb:.0f} MB resident, grown by {figures.rss_growth_mb:.1f}"


def _where(report: Report) -> str:
    machine = report.machine
    packages = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    load = "unknown" if machine.load is None else f"{machine.load:.2f}"
    return f"{machine.cpu}, {machine.cores} cores, {machine.system}, load {load}\n{packages}"
