"""`softfocus bench scale`: what more pixels, more model threads and more outputs cost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..realtime.frame import Size
from . import ours
from .fps import FORMAT, HD, ROUNDS, Feed, Figures, FpsSettings, case, figures_of, interleave, length
from .machine import Machine, this_machine, versions

SIZES = (Size(640, 360), Size(960, 540), HD, Size(1920, 1080), Size(2560, 1440), Size(3840, 2160))


@dataclass(frozen=True, slots=True)
class ScaleSettings:
    """What is swept; one thing at a time, all else as in a 720p call with one thread and one output.

    seconds  of measuring per case
    """

    input: str = "demo"
    feed: Feed = "i420"
    sizes: tuple[Size, ...] = SIZES
    threads: tuple[int, ...] = (1, 2)
    sinks: tuple[int, ...] = (1, 2, 3, 4)
    seconds: float = 3.0
    model: str = ours.DEFAULTS.model
    model_dirs: tuple[Path, ...] = ()
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One case of the sweep."""

    threads: int
    sinks: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Line:
    """CPU ms = fixed + per_megapixel · size, fitted to medians; residual: the largest distance from it."""

    fixed_ms: float
    ms_per_megapixel: float
    residual_ms: float


@dataclass(frozen=True, slots=True)
class ScaleReport:
    """Every case, how each stage grows with the frame, and what it was measured with."""

    steps: tuple[Step, ...]
    growth: dict[str, Line]
    machine: Machine
    versions: dict[str, str]

    def json(self) -> dict[str, Any]:
        """The stable form, see docs/bench.md."""
        steps = [
            {"threads": each.threads, "sinks": each.sinks, **asdict(each.figures)} for each in self.steps
        ]
        return {
            "format": FORMAT,
            "steps": steps,
            "growth": {stage: asdict(line) for stage, line in self.growth.items()},
            "machine": asdict(self.machine),
            "versions": self.versions,
        }

    def table(self) -> str:
        """For people."""
        lines = [
            f"{'size':12}{'threads':>8}{'sinks':>6}{'CPU ms':>8}{'wall p50':>10}{'p95':>8}{'fps':>8}{'MB':>6}"
        ]
        for each in self.steps:
            f = each.figures
            lines.append(
                f"{f.size:12}{each.threads:8}{each.sinks:6}{f.cpu_ms_per_frame:8.2f}{f.wall_ms.p50:10.2f}"
                f"{f.wall_ms.p95:8.2f}{f.fps:8.1f}{f.rss_mb or 0:6.0f}"
            )
        lines += ["", f"{'stage':12}{'fixed ms':>10}{'ms/Mpx':>10}{'off by':>10}"]
        lines += [
            f"{stage:12}{line.fixed_ms:10.2f}{line.ms_per_megapixel:10.2f}{line.residual_ms:10.2f}"
            for stage, line in self.growth.items()
        ]
        return "\n".join(lines)


def sweep(settings: ScaleSettings) -> ScaleReport:
    """A process per case; they take turns."""
    machine = this_machine()
    cases = cases_of(settings)
    with ExitStack() as opened:
        contestants = [
            opened.enter_context(ours.start(str(i), case(each, settings.feed)))
            for i, each in enumerate(cases)
        ]
        rounds = interleave(contestants, ROUNDS, length(cases[0]))
    steps = tuple(
        Step(each.threads, each.sinks, figures_of(process, settings.feed, each.size, rounds[process.name]))
        for each, process in zip(cases, contestants, strict=True)
    )
    return ScaleReport(steps, growth_of(steps[: len(settings.sizes)]), machine, versions())


def cases_of(settings: ScaleSettings) -> list[FpsSettings]:
    """The sizes first; then what was not among them yet."""
    usual = FpsSettings(
        input=settings.input,
        seconds=settings.seconds,
        model=settings.model,
        model_dirs=settings.model_dirs,
        cache=settings.cache,
    )
    return [
        *(replace(usual, size=size) for size in settings.sizes),
        *(replace(usual, threads=threads) for threads in settings.threads if threads != usual.threads),
        *(replace(usual, sinks=sinks) for sinks in settings.sinks if sinks != usual.sinks),
    ]


def growth_of(steps: Sequence[Step]) -> dict[str, Line]:
    """How each stage and the whole grow with the frame's size; nothing when there is but one size."""
    if len(steps) < 2:
        return {}
    sizes = [width * height / 1e6 for width, height in (map(int, s.figures.size.split("x")) for s in steps)]
    medians = {stage: [each.figures.stages[stage].cpu for each in steps] for stage in steps[0].figures.stages}
    medians["in all"] = [each.figures.cpu_ms_per_frame for each in steps]
    return {stage: _fit(sizes, times) for stage, times in medians.items()}


def _fit(megapixels: Sequence[float], times: Sequence[float]) -> Line:
    """Least squares."""
    columns = np.stack([np.ones(len(megapixels)), np.asarray(megapixels)], axis=1)
    (fixed, slope), *_ = np.linalg.lstsq(columns, np.asarray(times), rcond=None)
    residual = float(np.max(np.abs(columns @ np.array([fixed, slope]) - times)))
    return Line(round(float(fixed), 4), round(float(slope), 4), round(residual, 4))
