"""`softfocus bench refine`: what refiners gain on clips with exact alpha, and that wrong answers do no harm.

Each refiner is asked about every clip, in the clip's own time and as late as this machine makes it; then the
same clips are played with answers that are wrong on purpose. The light path runs in full each time; what a
refiner says of a frame is computed once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

from ..models.errors import SoftfocusError
from ..models.segmenter import Mask
from ..realtime.frame import Frame, Plane, Size
from ..realtime.matting.matting import Teaching
from ..realtime.matting.open import open_matting
from ..realtime.reason import MaskRefused
from ..realtime.refine.lessons import Lessons
from ..realtime.refine.refiners import MODELS, Kind, present, refiner_of, sized
from ..realtime.refine.snapshot import Refiner, Snapshot, Trust
from ..realtime.refine.tutor import Simulated
from .machine import Machine, this_machine, versions
from .metrics import Truth, leak, mad
from .quality import SKIPPED, clips_in, frames_with_alpha

RIGHT = "right"
ANSWERS = (RIGHT, "inverted", "empty", "full", "another frame's", "another clip's")
Say = Callable[[Snapshot], Mask]


class NoRefiners(SoftfocusError):
    """There is nothing to measure with."""

    def __init__(self) -> None:
        names = ", ".join(dict.fromkeys(name for names in MODELS.values() for name in names))
        super().__init__(f"no refiner's model is here ({names}); name their folder with --model-dir")


@dataclass(frozen=True, slots=True)
class Play:
    """One clip, played once.

    refiner   kind and model; empty: none at all
    answers   what it was made to say, one of ANSWERS
    mad, leak  means over the clip, see docs/quality.md
    ratio     of the mad to that without a refiner
    accepted  answers that were believed; refused: that were not
    """

    clip: str
    refiner: str
    answers: str
    mad: float
    leak: float
    ratio: float
    accepted: int
    refused: int


@dataclass(frozen=True, slots=True)
class Refinement:
    """What was measured, and where; latencies: s, of each refiner."""

    every: float
    latencies: Mapping[str, float]
    plays: list[Play]
    machine: Machine
    versions: Mapping[str, str]

    def json(self) -> dict[str, Any]:
        """Everything."""
        return asdict(self)

    def table(self) -> str:
        """Markdown, a line per refiner: the mad of each clip with right answers, and for each kind of answers
        the worst clip's ratio to the mad without a refiner, and how many were believed.
        """
        clips = list(dict.fromkeys(play.clip for play in self.plays))
        heads = ("refiner", "s", *clips, "mean", *ANSWERS)
        lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
        return "\n".join(lines + [self._line(name) for name in ("", *self.latencies)])

    def _line(self, refiner: str) -> str:
        plays = [play for play in self.plays if play.refiner == refiner]
        mads = [play.mad for play in plays if play.answers in ("", RIGHT)]
        late = f"{self.latencies[refiner]:.2f}" if refiner else ""
        cells = [refiner or "none", late, *(f"{each:.2f}" for each in (*mads, np.mean(mads)))]
        cells += [worst_of([play for play in plays if play.answers == answers]) for answers in ANSWERS]
        return f"| {' | '.join(cells)} |"


def worst_of(plays: Sequence[Play]) -> str:
    """The highest ratio, and how many answers were believed."""
    if not plays:
        return ""
    accepted, refused = sum(play.accepted for play in plays), sum(play.refused for play in plays)
    return f"{max(play.ratio for play in plays):.3f} ({accepted} of {accepted + refused})"


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip in memory, and what the light path alone makes of it.

    snapshots  what a refiner would be shown that answers in no time
    """

    name: str
    frames: Sequence[tuple[Frame, Plane]]
    snapshots: Sequence[Snapshot]
    mad: float
    leak: float


class Saying:
    """A refiner that says what a function makes of the snapshot."""

    def __init__(self, name: str, trust: Trust, say: Say) -> None:
        self.name = name
        self.trust = trust
        self._say = say

    def __call__(self, snapshot: Snapshot) -> Mask:
        return self._say(snapshot)


class Witness:
    """Keeps the snapshots that it is shown, and answers nothing that could be believed."""

    name, trust = "witness", Trust(1.0)

    def __init__(self) -> None:
        self.shown: list[Snapshot] = []

    def __call__(self, snapshot: Snapshot) -> Mask:
        self.shown.append(snapshot)
        return np.zeros_like(snapshot.mask)


class Remembered:
    """A refiner that is asked once about each frame of each clip.

    took  s of CPU, each time: what its own thread would need on a machine with a core to spare
    """

    def __init__(self, refiner: Refiner) -> None:
        self._refiner = refiner
        self._known: dict[tuple[str, float], Mask] = {}
        self.name, self.trust = refiner.name, refiner.trust
        self.took: list[float] = []

    def __call__(self, clip: str, snapshot: Snapshot) -> Mask:
        key = clip, snapshot.seconds
        if key not in self._known:
            start = time.thread_time()
            self._known[key] = self._refiner(snapshot)
            self.took.append(time.thread_time() - start)
        return self._known[key].copy()


def measure(
    folder: Path,
    *,
    model_dirs: Sequence[Path] = (),
    every: float = 2.0,
    latency: float | None = None,
) -> Refinement:
    """All clips of the folder with every refiner whose model is here. Raises NoClips, NoRefiners.

    every    s between two snapshots
    latency  s from a snapshot to its answer; None: what the refiner takes on this machine
    """
    cv2.setNumThreads(1)
    kinds: dict[str, tuple[Kind, str]] = {
        f"{kind}: {name}": (kind, name) for kind in MODELS for name in present(kind, model_dirs)
    }
    if not kinds:
        raise NoRefiners
    clips = [clip_of(path, every) for path in clips_in(folder)]
    plays = [Play(clip.name, "", "", clip.mad, clip.leak, 1.0, 0, 0) for clip in clips]
    latencies: dict[str, float] = {}
    for title, (kind, name) in kinds.items():
        refiner = Remembered(refiner_of(kind, name, model_dirs))
        for clip in clips:
            for snapshot in clip.snapshots:
                refiner(clip.name, snapshot)
        latencies[title] = late = median(refiner.took) if latency is None else latency
        plays += played(title, refiner, clips, every, late)
    return Refinement(every, latencies, plays, this_machine(), versions())


def clip_of(path: Path, every: float) -> Clip:
    """The clip, as it is without a refiner."""
    frames = list(frames_with_alpha(path))
    witness = Witness()
    error, seen = judged(frames, Lessons(Simulated(witness, every=every, latency=0.0)))
    return Clip(path.stem, frames, witness.shown, error, seen)


def played(
    title: str, refiner: Remembered, clips: Sequence[Clip], every: float, latency: float
) -> list[Play]:
    """All clips with the refiner's answers, the right ones and the wrong ones."""
    plays: list[Play] = []
    for answers in ANSWERS:
        for clip, other in zip(clips, [*clips[1:], clips[0]], strict=True):
            say = saying(answers, refiner, clip, other)
            tutor = Simulated(Saying(refiner.name, refiner.trust, say), every=every, latency=latency)
            error, seen = judged(clip.frames, Lessons(tutor))
            counts = tutor.standing.accepted, tutor.standing.refused
            plays.append(Play(clip.name, title, answers, error, seen, error / clip.mad, *counts))
    return plays


def saying(answers: str, refiner: Remembered, clip: Clip, other: Clip) -> Say:
    """What the refiner says of a clip's frames, or what it is made to say."""
    match answers:
        case "inverted":
            return lambda shown: 1 - refiner(clip.name, shown)
        case "empty":
            return lambda shown: np.zeros_like(shown.mask)
        case "full":
            return lambda shown: np.ones_like(shown.mask)
        case "another frame's":
            return lambda shown: refiner(clip.name, farthest(clip.snapshots, shown))
        case "another clip's":
            return lambda shown: sized(refiner(other.name, farthest(other.snapshots, shown)), shown.mask)
        case _:
            return lambda shown: refiner(clip.name, shown)


def farthest(snapshots: Sequence[Snapshot], shown: Snapshot) -> Snapshot:
    """The one that is the longest before or after."""
    return max(snapshots, key=lambda each: abs(each.seconds - shown.seconds))


def judged(frames: Sequence[tuple[Frame, Plane]], lessons: Teaching | None) -> tuple[float, float]:
    """mad and leak of a live run's mattes."""
    height, width = frames[0][1].shape
    path = open_matting(Size(width, height), lessons=lessons)
    figures: list[tuple[float, float]] = []
    for i, (frame, exact) in enumerate(frames):
        try:
            alpha = path(frame).alpha
        except MaskRefused:
            path.reset()
            alpha = np.zeros_like(exact)
        if i >= SKIPPED:
            room = exact == 0
            truth = Truth(exact, band=room, room=room, person=room)  # of which only alpha and room are asked
            figures.append((mad(alpha, truth), leak(alpha, truth)))
    errors, seen = np.mean(figures, axis=0)
    return float(errors), float(seen)
