"""`softfocus bench governor`: does it hold the rate while a core is taken, and come back after?"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..realtime.frame import Size
from ..realtime.governor.power import Power
from ..realtime.governor.steering import Steering
from ..realtime.live.delivery import Counts, Delivery
from ..realtime.live.loop import Live
from ..realtime.live.outlet import Outlet
from ..realtime.matting.effort import LADDER
from ..realtime.runs.frame_path import FramePath
from ..realtime.settings import RunSettings
from ..realtime.stopwatch import Stopwatch
from ..realtime.witnesses.open import open_inquiry
from .clip import clip_file
from .feeds import Camera, Meter, Webcam
from .fps import FORMAT, HD
from .machine import Machine, this_machine, versions

SPINNERS = 4  # processes that share the taken core with us: what they leave is a fifth of it
CLOSE = 0.03  # of the rate: the most that may be lost under load
BACK = 5.0  # s after the load until all quality is back
SPIN = "while True: pass"

Changes = Sequence[tuple[float, int, str]]  # s since the start, the rung, why


@dataclass(frozen=True, slots=True)
class GovernorSettings:
    """What is played.

    before, under, after  s without load, with it, and without it again
    cores                 that softfocus may use (Linux); one of them is taken
    """

    input: str = "demo"
    size: Size = HD
    rate: float = 30.0
    before: float = 6.0
    under: float = 15.0
    after: float = 9.0
    cores: int = 2
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """What came out while the load was the same.

    fps       frames delivered per second; late_ms: p95 of their latency
    given_up  the most rungs that were given up
    """

    name: str
    fps: float
    late_ms: float
    given_up: int


@dataclass(frozen=True, slots=True)
class Change:
    """What the governor did: s since the beginning, what it went to, and why."""

    seconds: float
    step: str
    why: str


@dataclass(frozen=True, slots=True)
class Played:
    """One run through all phases. back_s: from the end of the load until all was given back; None: never."""

    quality: str
    phases: tuple[Phase, ...]
    changes: tuple[Change, ...]
    back_s: float | None
    shielded: int


@dataclass(frozen=True, slots=True)
class GovernorReport:
    """The same with the governor and without. holds: with it, within the limits."""

    settings: GovernorSettings
    holds: bool
    runs: tuple[Played, ...]
    machine: Machine
    versions: dict[str, str]

    def json(self) -> dict[str, Any]:
        """The stable form, see docs/bench.md."""
        settings = asdict(self.settings) | {"size": str(self.settings.size)}
        del settings["cache"]
        return {"format": FORMAT, **asdict(self), "settings": settings}

    def table(self) -> str:
        """For people."""
        verdict = "holds" if self.holds else "DOES NOT HOLD"
        lines = [f"{self.settings.size} at {self.settings.rate:g}: {verdict}"]
        for run in self.runs:
            lines.append(f"\nquality {run.quality}, {run.shielded} shielded")
            lines += [
                f"  {each.name:8}{each.fps:7.2f} fps, latency p95 {each.late_ms:6.1f} ms, "
                f"up to {each.given_up} given up"
                for each in run.phases
            ]
            lines += [f"  {each.seconds:5.1f} s: {each.step} ({each.why})" for each in run.changes]
            if run.changes:
                lines.append(f"  all was back {run.back_s} s after the load")
        return "\n".join(lines)


def measure(settings: GovernorSettings) -> GovernorReport:
    """Both runs, one after the other, in this process."""
    machine = this_machine()
    cv2.setNumThreads(1)
    cores = kept_cores(settings.cores)
    clip = str(clip_file(settings.input, settings.size, "mjpeg", settings.cache))
    runs = tuple(play(settings, clip, quality, cores) for quality in ("medium", "auto"))
    held = {phase.name: phase.fps for phase in runs[-1].phases}["under"] >= (1 - CLOSE) * settings.rate
    back = runs[-1].back_s
    return GovernorReport(settings, held and back is not None and back <= BACK, runs, machine, versions())


def play(settings: GovernorSettings, clip: str, quality: str, cores: Sequence[int]) -> Played:
    """One call, with load in the middle."""
    told = RunSettings(input=clip)
    feed, watch, counts = Webcam(clip), Stopwatch(), Counts()
    pipeline = FramePath(told, settings.size, watch, inquiry=open_inquiry(live=True)).pipeline()
    for _ in range(30):
        pipeline(feed.read()).release()
    pipeline.gate.closings.clear()
    bounds = np.cumsum([settings.before, settings.under, settings.after])
    camera = Camera(feed, settings.rate, round(bounds[-1] * settings.rate), watch)
    meter = Dated(settings.size)
    outlet = Outlet(meter)
    steering = None
    if quality == "auto":  # the battery and the heat of this machine are not what is measured
        steering = Steering(settings.rate, pipeline.spend, power=lambda: Power(False, False))
    live = Live(camera, pipeline, Delivery([outlet], None, counts), counts, steering=steering)
    start = time.monotonic()
    load = threading.Thread(target=take_a_core, args=[cores, settings.before, settings.under])
    load.start()
    live.run()
    load.join()
    outlet.close()
    changes = [(at - start, rung, why) for at, rung, why in steering.changes] if steering else []
    phases = tuple(
        phase(name, meter, start, (float(bounds[i] - length), float(bounds[i])), changes)
        for i, (name, length) in enumerate(
            (("before", settings.before), ("under", settings.under), ("after", settings.after))
        )
    )
    told_changes = tuple(Change(round(at, 2), LADDER[rung].name, why) for at, rung, why in changes)
    return Played(quality, phases, told_changes, back(changes, float(bounds[1])), counts.shielded)


class Dated(Meter):
    """Notes when each frame came, too: monotonic s."""

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.at: list[float] = []

    def send(self, composed: Any) -> None:
        super().send(composed)
        self.at.append(time.monotonic())


def phase(
    name: str,
    meter: Dated,
    start: float,
    span: tuple[float, float],
    changes: Sequence[tuple[float, int, str]],
) -> Phase:
    """What happened in that span of s since the start."""
    inside = [late for at, late in zip(meter.at, meter.late, strict=True) if span[0] <= at - start < span[1]]
    rungs = [0, *(rung for at, rung, _ in changes if at < span[1])]
    lasting = [rung for at, rung, _ in changes if span[0] <= at < span[1]]
    entered = [rung for at, rung, _ in changes if at < span[0]][-1:] or rungs[:1]
    late = float(np.percentile(inside, 95)) / 1e6 if inside else float("nan")
    return Phase(name, round(len(inside) / (span[1] - span[0]), 2), round(late, 2), max([*entered, *lasting]))


def back(changes: Sequence[tuple[float, int, str]], ended: float) -> float | None:
    """s from the load's end until everything was given back; 0 when nothing had been given up."""
    if not changes or (changes[-1][1] == 0 and changes[-1][0] <= ended):
        return 0.0
    return round(changes[-1][0] - ended, 2) if changes[-1][1] == 0 else None


def kept_cores(count: int) -> list[int]:
    """So many cores, which this process keeps to; where the system cannot, all there are."""
    if sys.platform != "linux":
        return []
    cores = sorted(os.sched_getaffinity(0))[:count]
    os.sched_setaffinity(0, cores)
    return cores


def take_a_core(cores: Sequence[int], after: float, seconds: float) -> None:
    """Begin after a while, and spin on the last core for so long."""
    time.sleep(after)
    spinning = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(SPINNERS)]
    try:
        for each in spinning:
            if sys.platform == "linux":
                with suppress(OSError):  # it may not be bound; then it spins anywhere
                    os.sched_setaffinity(each.pid, cores[-1:])
        time.sleep(seconds)
    finally:
        for each in spinning:
            each.kill()
            each.wait()
