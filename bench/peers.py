"""`softfocus bench fps --peers`: softfocus beside others, on the same clip, in turns, and over the floor."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

from ..realtime.frame import Size
from ..realtime.matting.effort import Quality
from . import floor, ours
from .clip import clip_file
from .fps import FORMAT, HD, ROUNDS, Feed, Figures, FpsSettings, case, figures_of, interleave, length
from .machine import Machine, this_machine, versions
from .rounds import BenchFailed, Contestant, Round

FULL_HD = Size(1920, 1080)
OURS: dict[str, tuple[Feed, Quality]] = {
    "softfocus i420": ("i420", "auto"),
    "softfocus mjpeg": ("mjpeg", "auto"),
    "softfocus yuyv": ("yuyv", "auto"),
    "softfocus low i420": ("i420", "low"),
    "softfocus low mjpeg": ("mjpeg", "low"),
}
REFERENCE = "softfocus i420"  # what ratios refer to: planes in memory, as the others get pictures in memory
WITH_MEDIAPIPE = ("mediapipe", "mediapipe-tasks", "fake-background-webcam")
GUIDE = "MediaPipe needs an environment of its own, see docs/bench.md, and --peers-python"


@dataclass(frozen=True, slots=True)
class PeersSettings:
    """What is compared.

    seconds       of measuring per contestant and size
    peers_python  an interpreter that has softfocus and mediapipe 0.10.21; None: this one
    model_dirs    searched for rvm_mobilenetv3_*.onnx too
    """

    input: str = "demo"
    sizes: tuple[Size, ...] = (HD, FULL_HD)
    seconds: float = 10.0
    model: str = ours.DEFAULTS.model
    threads: int = ours.DEFAULTS.threads
    model_dirs: tuple[Path, ...] = ()
    peers_python: Path | None = None
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One contestant's figures, and its time a frame as multiples of softfocus's and of the floor.

    Ratios are medians over rounds, each against the reference's own turn in the same round.
    """

    figures: Figures
    cpu_ratio: float
    wall_ratio: float
    floor_ratio: float


@dataclass(frozen=True, slots=True)
class Contest:
    """All contestants at one size, and who could not take part, with the reason."""

    size: Size
    floor: floor.Floor
    standings: dict[str, Standing]
    missing: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class PeersReport:
    """A contest per size, and what it was measured with."""

    contests: tuple[Contest, ...]
    machine: Machine
    versions: dict[str, str]
    peers_versions: dict[str, str]

    def json(self) -> dict[str, Any]:
        """The stable form, see docs/bench.md."""
        return {
            "format": FORMAT,
            "sizes": {str(each.size): _contest_json(each) for each in self.contests},
            "machine": asdict(self.machine),
            "versions": self.versions,
            "peers_versions": self.peers_versions,
        }

    def table(self) -> str:
        """For people."""
        return "\n\n".join(_contest_table(each) for each in self.contests)


def compare(settings: PeersSettings) -> PeersReport:
    """Size by size: everybody starts, warms up, and takes turns."""
    machine = this_machine()
    python = str(settings.peers_python or sys.executable)
    there = _versions_of(python)
    contests = tuple(_contest(settings, size, python, there) for size in settings.sizes)
    return PeersReport(contests, machine, versions(), there)


def _versions_of(python: str) -> dict[str, str]:
    """What the peers' interpreter has; empty when it lacks softfocus."""
    packages = ("softfocus", "mediapipe", "numpy", "opencv-python", "opencv-contrib-python")
    code = (
        f"import json; from softfocus.bench.machine import versions; print(json.dumps(versions({packages})))"
    )
    try:
        answer = subprocess.run([python, "-c", code], capture_output=True, text=True)
    except OSError as error:
        raise BenchFailed("peers", f"{python}: {error.strerror}") from None
    return json.loads(answer.stdout) if answer.returncode == 0 else {}


def _contest(settings: PeersSettings, size: Size, python: str, there: Mapping[str, str]) -> Contest:
    missing: dict[str, str] = {}
    with ExitStack() as opened:
        contestants = [opened.enter_context(floor.start(size))]
        fps = _fps_settings(settings, size)
        contestants += [
            opened.enter_context(ours.start(name, case(replace(fps, quality=quality), feed)))
            for name, (feed, quality) in OURS.items()
        ]
        for name, command in _rivals(settings, size, python, there, missing).items():
            try:
                contestants.append(opened.enter_context(Contestant(name, command)))
            except BenchFailed as failure:
                missing[name] = str(failure)
        rounds = interleave(contestants, ROUNDS, length(fps))
    bottom = floor.floor_of(rounds.pop("floor"), settings.model)
    standings = {
        each.name: _standing(each, size, rounds, bottom) for each in contestants if each.name in rounds
    }
    return Contest(size, bottom, standings, missing)


def _fps_settings(settings: PeersSettings, size: Size) -> FpsSettings:
    return FpsSettings(
        input=settings.input,
        size=size,
        seconds=settings.seconds,
        model=settings.model,
        threads=settings.threads,
        model_dirs=settings.model_dirs,
        cache=settings.cache,
    )


def _rivals(
    settings: PeersSettings, size: Size, python: str, there: Mapping[str, str], missing: dict[str, str]
) -> dict[str, list[str]]:
    """The command of each that can take part; `missing` gets the others."""
    clip = str(clip_file(settings.input, size, "mjpeg", settings.cache))
    rival = ["-m", "softfocus.bench.rivals"]
    commands = {"naive": [sys.executable, *rival, "naive", clip]}
    for name in WITH_MEDIAPIPE:
        if "mediapipe" in there:
            commands[name] = [python, *rival, name, clip]
        else:
            missing[name] = GUIDE
    weights = [
        path for folder in settings.model_dirs for path in sorted(folder.glob("rvm_mobilenetv3_*.onnx"))
    ]
    if not weights:
        missing["rvm"] = "no rvm_mobilenetv3_*.onnx in any --model-dir"
    for path in weights:
        commands[f"rvm {path.stem.rpartition('_')[2]}"] = [sys.executable, *rival, str(path), clip]
    return commands


def _standing(
    contestant: Contestant, size: Size, rounds: Mapping[str, Sequence[Round]], bottom: floor.Floor
) -> Standing:
    feed = OURS[contestant.name][0] if contestant.name in OURS else "bgr"
    own = rounds[contestant.name]
    pairs = list(zip(own, rounds[REFERENCE], strict=True))
    figures = figures_of(contestant, feed, size, own)
    return Standing(
        figures,
        cpu_ratio=round(median(each.cpu_per_frame / base.cpu_per_frame for each, base in pairs), 2),
        wall_ratio=round(median(median(each.wall) / median(base.wall) for each, base in pairs), 2),
        floor_ratio=round(figures.cpu_ms_per_frame / bottom.total_ms, 1),
    )


def _contest_json(contest: Contest) -> dict[str, Any]:
    contestants = {
        name: asdict(standing.figures)
        | {
            "cpu_ratio": standing.cpu_ratio,
            "wall_ratio": standing.wall_ratio,
            "floor_ratio": standing.floor_ratio,
        }
        for name, standing in contest.standings.items()
    }
    bottom = asdict(contest.floor) | {"total_ms": contest.floor.total_ms}
    return {"floor": bottom, "contestants": contestants, "missing": contest.missing}


def _contest_table(contest: Contest) -> str:
    bottom = contest.floor
    lines = [
        f"{contest.size}; floor {bottom.total_ms:.2f} ms: a copy {bottom.copy_ms:.2f}, "
        f"the model's arithmetic {bottom.arithmetic_ms or 0:.2f} at {bottom.gigaflops:.0f} GFLOP/s",
        f"{'':24}{'CPU ms':>8}{'times':>7}{'floors':>8}{'wall p50':>10}{'p95':>8}{'p99':>8}{'fps':>8}"
        f"{'MB':>6}{'start s':>9}",
    ]
    for name, standing in contest.standings.items():
        f = standing.figures
        lines.append(
            f"{name:24}{f.cpu_ms_per_frame:8.2f}{standing.cpu_ratio:7.1f}{standing.floor_ratio:8.1f}"
            f"{f.wall_ms.p50:10.2f}{f.wall_ms.p95:8.2f}{f.wall_ms.p99:8.2f}{f.fps:8.1f}"
            f"{f.rss_mb or 0:6.0f}{f.first_frame_s:9.2f}"
        )
    return "\n".join(lines + [f"{name}: not measured, {why}" for name, why in contest.missing.items()])
