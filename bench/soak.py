"""`softfocus bench soak`: does it grow or slow down when it runs for long?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from ..realtime.frame import Size
from . import ours
from .fps import FORMAT, HD, Feed, FpsSettings, case
from .machine import Machine, this_machine, versions
from .rounds import Length, Round
from .spread import spread

CALL_RATE = 30.0  # frames per second
MOST_GROWTH_MB = 2.0
MOST_SLOWDOWN = 1.5  # of p99 from the first third to the last; less is the machine's own unrest


@dataclass(frozen=True, slots=True)
class SoakSettings:
    """How long, and how.

    minutes      of a call; accelerated: as many frames as a call of that length has, flat out
    every        s of a call between two samples
    warm_up      samples that do not count
    """

    minutes: float = 60.0
    accelerated: bool = False
    every: float = 20.0
    warm_up: int = 3
    input: str = "demo"
    size: Size = HD
    feed: Feed = "mjpeg"
    model: str = ours.DEFAULTS.model
    threads: int = ours.DEFAULTS.threads
    model_dirs: tuple[Path, ...] = ()
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process took after so many frames. None where the system does not tell."""

    frames: int
    rss_mb: float | None
    threads: int | None
    descriptors: int | None
    p50_ms: float
    p99_ms: float
    cpu_ms_per_frame: float
    dropped: int
    shielded: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """From the first third of the counted samples to the last, medians of each.

    p99_ratio  last over first
    holds      memory, threads, descriptors and p99 stay within their limits
    """

    rss_growth_mb: float | None
    threads_growth: int | None
    descriptors_growth: int | None
    p99_ratio: float
    dropped: int
    shielded: int
    holds: bool


@dataclass(frozen=True, slots=True)
class SoakReport:
    """All samples and what they say."""

    minutes: float
    accelerated: bool
    verdict: Verdict
    samples: tuple[Sample, ...]
    machine: Machine
    versions: dict[str, str]

    def json(self) -> dict[str, Any]:
        """The stable form, see docs/bench.md."""
        return {"format": FORMAT, **asdict(self)}

    def table(self) -> str:
        """For people."""
        v, last = self.verdict, self.samples[-1]
        return "\n".join(
            [
                f"{last.frames} frames; {'holds' if v.holds else 'DOES NOT HOLD'}",
                f"memory grew by {v.rss_growth_mb} MB to {last.rss_mb}, threads by {v.threads_growth}, "
                f"descriptors by {v.descriptors_growth}",
                f"p99 is {last.p99_ms:.1f} ms, {v.p99_ratio:.2f} times what it was; "
                f"{v.dropped} dropped, {v.shielded} shielded",
            ]
        )


def soak(settings: SoakSettings, tell: Callable[[Sample], None] = lambda sample: None) -> SoakReport:
    """One process for the whole time; `tell` gets each sample as it comes."""
    machine = this_machine()
    per_sample = max(1, round(settings.every * CALL_RATE))
    count = settings.warm_up + max(3, round(settings.minutes * 60 * CALL_RATE / per_sample))
    samples: list[Sample] = []
    with ours.start("soak", case(_fps_settings(settings), settings.feed)) as process:
        for _ in range(count):
            frames = samples[-1].frames if samples else 0
            samples.append(_sample(process(Length(0.0, per_sample)), frames))
            tell(samples[-1])
    verdict = verdict_on(samples[settings.warm_up :])
    return SoakReport(settings.minutes, settings.accelerated, verdict, tuple(samples), machine, versions())


def _fps_settings(settings: SoakSettings) -> FpsSettings:
    return FpsSettings(
        input=settings.input,
        size=settings.size,
        paced=None if settings.accelerated else CALL_RATE,
        model=settings.model,
        threads=settings.threads,
        model_dirs=settings.model_dirs,
        cache=settings.cache,
    )


def _sample(turn: Round, before: int) -> Sample:
    wall = spread(turn.wall)
    return Sample(
        frames=before + turn.frames,
        rss_mb=None if turn.rss_mb is None else round(turn.rss_mb, 2),
        threads=turn.threads,
        descriptors=turn.descriptors,
        p50_ms=wall.p50,
        p99_ms=wall.p99,
        cpu_ms_per_frame=round(turn.cpu_per_frame, 3),
        dropped=turn.dropped,
        shielded=turn.shielded,
    )


def verdict_on(samples: Sequence[Sample]) -> Verdict:
    """At least three samples."""
    third = max(1, len(samples) // 3)
    first, last = samples[:third], samples[-third:]
    rss = _growth([each.rss_mb for each in first], [each.rss_mb for each in last])
    threads = _growth([each.threads for each in first], [each.threads for each in last])
    descriptors = _growth([each.descriptors for each in first], [each.descriptors for each in last])
    slowdown = median(each.p99_ms for each in last) / median(each.p99_ms for each in first)
    grows = (rss or 0) > MOST_GROWTH_MB or (threads or 0) > 0 or (descriptors or 0) > 0
    return Verdict(
        rss_growth_mb=None if rss is None else round(rss, 2),
        threads_growth=None if threads is None else round(threads),
        descriptors_growth=None if descriptors is None else round(descriptors),
        p99_ratio=round(slowdown, 3),
        dropped=sum(each.dropped for each in samples),
        shielded=sum(each.shielded for each in samples),
        holds=not grows and slowdown <= MOST_SLOWDOWN,
    )


def _growth(first: Sequence[float | None], last: Sequence[float | None]) -> float | None:
    """Between the medians; None where anything is unknown."""
    known_first = [each for each in first if each is not None]
    known_last = [each for each in last if each is not None]
    if len(known_first) < len(first) or len(known_last) < len(last):
        return None
    return float(np.median(known_last) - np.median(known_first))
