"""`softfocus bench subjects`: is the chosen one shown, whole, and nobody else?

Measured on clips with exact alphas. A clip is NAME.mp4 with NAME_alpha_WHO.mkv for each of its people. WHO is
the phrase that chooses them, as in `--subject left`; whoever is called others is never chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np

from ..models.errors import SoftfocusError
from ..realtime.frame import Frame, Plane
from ..realtime.live.loop import frames_of
from ..realtime.runs.frame_path import FramePath, subjects_for
from ..realtime.runs.offline import alpha_of
from ..realtime.settings import RunSettings
from ..realtime.sources.open import open_source
from .machine import Machine, this_machine, versions
from .metrics import SEEN, SOLID, Truth, mean_over
from .metrics import cut as cut_of
from .metrics import iou as iou_of
from .quality import SKIPPED
from .shared_out import shared_out

OTHERS = "others"


class NoPeople(SoftfocusError):
    """There is nothing to measure on."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"no clip with people's alphas in {folder}; it needs NAME.mp4 and NAME_alpha_left.mkv"
        )
        self.folder = folder


class Part(NamedTuple):
    """A clip, and who of its people is chosen: a phrase."""

    clip: Path
    chosen: str


@dataclass(frozen=True, slots=True)
class PartRow:
    """One person of one clip.

    iou      of the chosen one at one half, mean over the clip; last: over its last third
    cut      % of the chosen one with alpha < .9
    others   % of the others with alpha > .1, mean over the frames in which there are any
    refused  frames without anybody
    problem  why nobody was chosen; empty: somebody was
    """

    clip: str
    chosen: str
    iou: float
    last: float
    cut: float
    others: float
    refused: int
    problem: str = ""

    @property
    def means(self) -> tuple[float, float, float, float]:
        """What can be averaged over clips."""
        return self.iou, self.last, self.cut, self.others


@dataclass(frozen=True, slots=True)
class Parts:
    """What was measured, and where."""

    model: str
    machine: Machine
    versions: Mapping[str, str]
    rows: list[PartRow]

    def json(self) -> dict[str, Any]:
        """Everything."""
        return asdict(self)

    def table(self) -> str:
        """Markdown, a line per chosen person, and the means."""
        heads = ("clip", "chosen", "iou", "last third", "cut", "others", "refused")
        lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads), *map(line, self.rows)]
        iou, last, cut, others = (float(each) for each in np.mean([row.means for row in self.rows], axis=0))
        refused = sum(row.refused for row in self.rows)
        whole = PartRow("mean", "", iou, last, cut, others, refused)
        return "\n".join([*lines, line(whole)])


def line(row: PartRow) -> str:
    figures = f"{row.iou:.3f} | {row.last:.3f} | {row.cut:.1f} | {row.others:.2f} | {row.refused}"
    return f"| {row.clip} | {row.chosen} | {row.problem or figures} |"


def parts_in(folder: Path, only: Sequence[str] = ()) -> list[Part]:
    """Every person of every clip whose name begins so. Raises NoPeople."""
    clips = [path for path in sorted(folder.glob("*.mp4")) if not only or path.stem.startswith(tuple(only))]
    parts = [Part(clip, who) for clip in clips for who in alphas_of(clip) if who != OTHERS]
    if not parts:
        raise NoPeople(folder)
    return parts


def alphas_of(clip: Path) -> dict[str, Path]:
    """By who they are of."""
    start = f"{clip.stem}_alpha_"
    return {path.stem.removeprefix(start): path for path in sorted(clip.parent.glob(f"{start}*.mkv"))}


def measure_subjects(
    folder: Path, settings: RunSettings, *, only: Sequence[str] = (), jobs: int = 1
) -> Parts:
    """Everybody who can be chosen, through the path of a recording.

    only  clips whose names begin so; jobs: processes that share them
    """
    rows = shared_out(partial(played, settings=settings), parts_in(folder, only), jobs)
    return Parts(settings.model, this_machine(), versions(), rows)


def played(part: Part, settings: RunSettings) -> PartRow:
    """One clip, one of its people chosen."""
    cv2.setNumThreads(1)
    settings = replace(settings, input=str(part.clip), subject=part.chosen)
    source = open_source(str(part.clip))
    figures: list[tuple[float, float, float | None]] = []
    refused = 0
    with closing(source):
        subjects = subjects_for(settings, source.size, live=False)
        matting = FramePath(settings, source.size, subjects=subjects).matting()
        for i, (frame, own, rest) in enumerate(shots(frames_of(source), part)):
            alpha = alpha_of(frame, matting)
            refused += not alpha.any()
            if subjects.problem:
                return PartRow(part.clip.stem, part.chosen, 0, 0, 100, 0, refused, str(subjects.problem))
            if i >= SKIPPED:
                figures.append(judged(alpha, own, rest))
    overlaps, cuts, seen = zip(*figures, strict=True)
    last = float(np.mean(overlaps[-len(overlaps) // 3 :]))
    strangers = [share for share in seen if share is not None]
    iou, cut, others = (float(np.mean(each)) for each in (overlaps, cuts, strangers or [0.0]))
    return PartRow(part.clip.stem, part.chosen, iou, last, cut, others, refused)


def shots(frames: Iterator[Frame], part: Part) -> Iterator[tuple[Frame, Plane, Plane]]:
    """Every frame with the exact alpha of the chosen one and that of all others."""
    alphas = alphas_of(part.clip)
    own = planes_of_film(alphas.pop(part.chosen))
    others = [planes_of_film(path) for path in alphas.values()]
    for frame, chosen in zip(frames, own, strict=False):
        nobody = np.zeros_like(chosen)
        seen = [next(film, nobody) for film in others]
        yield frame, chosen, np.asarray(np.max([nobody, *seen], axis=0), np.uint8)


def planes_of_film(path: Path) -> Iterator[Plane]:
    """A film of alphas, frame by frame."""
    with av.open(str(path)) as film:
        for picture in film.decode(video=0):
            yield np.asarray(picture.to_ndarray(format="gray"), np.uint8)


def judged(alpha: Plane, own: Plane, others: Plane) -> tuple[float, float, float | None]:
    """iou and cut of the chosen one, and how much of the others is seen; None: there are none."""
    nowhere = np.zeros(0, np.bool_)
    truth = Truth(own, band=nowhere, room=nowhere, person=own > SOLID)
    solid = others > SOLID
    seen = 100 * mean_over(alpha > SEEN, solid) if solid.any() else None
    return iou_of(alpha, truth), cut_of(alpha, truth), seen
