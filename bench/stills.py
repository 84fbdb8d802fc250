"""`softfocus bench quality --stills`: photos of people in the world, and of rooms without any, as clips.

Each photo plays for a second: a slow zoom that ends in the photo itself, with the noise of a sensor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np

from ..models.errors import SoftfocusError
from ..models.manifest import DEFAULT_MODEL
from ..realtime.colour import Picture
from ..realtime.errors import UnreadableInput
from ..realtime.frame import Frame
from ..realtime.sources.decoded import PlaneReader, even
from ..realtime.sources.still import read_picture
from .machine import Machine, this_machine, versions
from .quality import RAW, VARIANTS, Contender
from .shared_out import shared_out
from .verdict import Verdict

FRAMES, RATE = 30, 30.0
LONG = 960  # px: the most of a frame's longer side
ZOOM, SWAY, NOISE = 0.04, 0.006, 1.8  # of the frame, of its width, codes
SHOWN = 0.05  # % of a room: somebody is seen where nobody is


class NoStills(SoftfocusError):
    """There is nothing to measure on."""

    def __init__(self, folder: Path, only: Sequence[str] = ()) -> None:
        of = f" that begins with {' or '.join(only)}" if only else ""
        super().__init__(f"no photo with a mask{of} in {folder}; it needs NAME.jpg and NAME_mask.png")
        self.folder = folder


class Way(NamedTuple):
    """A model, and the variant of the matte path that it is played in."""

    name: str
    variant: str
    model: str


@dataclass(frozen=True, slots=True)
class StillRow:
    """One photo, made one way.

    figures  of people: iou, leak, cut and refused; of rooms: leak, worst and later; see docs/quality.md
    own_ms, model_ms, looks  as of clips
    """

    still: str
    way: str
    figures: Mapping[str, float]
    own_ms: float
    model_ms: float
    looks: float

    @property
    def room(self) -> bool:
        """Nobody is in it."""
        return "iou" not in self.figures


@dataclass(frozen=True, slots=True)
class Stills:
    """What was measured, and where."""

    machine: Machine
    versions: Mapping[str, str]
    rows: list[StillRow]

    def json(self) -> dict[str, Any]:
        """Everything."""
        return asdict(self)

    def table(self) -> str:
        """Markdown: the means, and a line per photo."""
        return f"{self.means()}\n\n{self.photos()}"

    def means(self) -> str:
        """A line per way; refused frames and rooms are counted."""
        heads = ("variant", "iou", "leak", "cut", "refused", "rooms shown", "after frame 5", "at worst")
        lines = [header(*heads, "own ms", "model ms", "looks")]
        return "\n".join(lines + [self._line(way) for way in self._ways])

    def photos(self) -> str:
        """Of people iou, leak and refused frames, of rooms what is seen at the end and at worst."""
        lines = [header("photo", *self._ways)]
        for still in dict.fromkeys(row.still for row in self.rows):
            cells = [cell(row) for row in self.rows if row.still == still]
            lines.append(f"| {' | '.join([still, *cells])} |")
        return "\n".join(lines)

    @property
    def _ways(self) -> list[str]:
        return list(dict.fromkeys(row.way for row in self.rows))

    def _line(self, way: str) -> str:
        rows = [row for row in self.rows if row.way == way]
        people, rooms = ([row.figures for row in rows if row.room is empty] for empty in (False, True))
        cells = [f"{mean(people, 'iou'):.3f}", f"{mean(people, 'leak'):.2f}", f"{mean(people, 'cut'):.1f}"]
        cells.append(f"{sum(row['refused'] for row in people):.0f} of {FRAMES * len(people)}")
        cells += [f"{sum(row[key] > SHOWN for row in rooms)} of {len(rooms)}" for key in ("leak", "later")]
        cells.append(f"{max((row['worst'] for row in rooms), default=0):.1f}")
        costs = np.mean([(row.own_ms, row.model_ms, row.looks) for row in rows], axis=0)
        return f"| {' | '.join([way, *cells, *(f'{cost:.2f}' for cost in costs)])} |"


def header(*heads: str) -> str:
    return f"| {' | '.join(heads)} |\n" + "|" + "---|" * len(heads)


def mean(figures: Sequence[Mapping[str, float]], key: str) -> float:
    """Over all photos; not a number where there are none."""
    return float(np.mean([row[key] for row in figures])) if figures else float("nan")


def cell(row: StillRow) -> str:
    """For people."""
    told = row.figures
    if row.room:
        return f"room {told['leak']:.2f} ({told['worst']:.2f})"
    refused = f", {told['refused']:.0f} refused" if told["refused"] else ""
    return f"{told['iou']:.3f} / {told['leak']:.2f}{refused}"


def filmed(photo: Picture) -> Iterator[Frame]:
    """The photo, (H, W, 3) BGR, as a slowly moving camera would see it, as decoded from a lossless file."""
    height, width = photo.shape[:2]
    scale = min(1.0, LONG / max(height, width))
    size = even(int(width * scale), int(height * scale))
    sharp = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    grain, read = np.random.default_rng(1), PlaneReader(size)
    for i in range(FRAMES):
        ahead = 1 - i / (FRAMES - 1)
        zoom, by = 1 + ZOOM * ahead, SWAY * size.width * np.sin(2 * np.pi * ahead)
        middle = (1 - zoom) * np.array(size) / 2
        where = np.array([[zoom, 0, middle[0] + by], [0, zoom, middle[1]]], np.float32)
        moved = cv2.warpAffine(sharp, where, size, borderMode=cv2.BORDER_REFLECT)
        seen = moved.astype(np.float32) + grain.normal(0, NOISE, (size.height, size.width, 1))
        levels = np.clip(seen, 0, 255).astype(np.uint8)
        packed = np.asarray(cv2.cvtColor(levels, cv2.COLOR_BGR2BGRA), np.uint8)
        planes, colour = read(av.VideoFrame.from_ndarray(packed, "bgra"))
        yield Frame(planes, i, round(1e9 * i / RATE), colour)


def stills_in(folder: Path, only: Sequence[str] = ()) -> list[Path]:
    """All NAME.jpg that have a NAME_mask.png, or those that begin so. Raises NoStills."""
    found = [path for path in sorted(folder.glob("*.jpg")) if mask_path(path).is_file()]
    wanted = [path for path in found if not only or path.stem.startswith(tuple(only))]
    if not wanted:
        raise NoStills(folder, only)
    return wanted


def mask_path(photo: Path) -> Path:
    return photo.with_name(f"{photo.stem}_mask.png")


def ways(model: str = DEFAULT_MODEL, variants: Sequence[str] = ()) -> list[Way]:
    """Those variants; by default the live path, and another model in it and without it beside the default."""
    if variants:
        return [Way(name, name, model) for name in variants]
    default = Way("default", "default", DEFAULT_MODEL)
    if model == DEFAULT_MODEL:
        return [default]
    return [default, Way(model, "default", model), Way(f"{model}, {RAW}", RAW, model)]


def measure_stills(
    folder: Path,
    compared: Sequence[Way],
    *,
    model_dirs: Sequence[Path] = (),
    only: Sequence[str] = (),
    jobs: int = 1,
) -> Stills:
    """All ways on all photos of the folder.

    only  photos whose names begin so; jobs: processes that share them
    """
    photos = stills_in(folder, only)
    play = partial(played, compared=compared, model_dirs=model_dirs)
    rows = [row for some in shared_out(play, photos, jobs) for row in some]
    return Stills(this_machine(), versions(), rows)


def played(photo: Path, compared: Sequence[Way], model_dirs: Sequence[Path]) -> list[StillRow]:
    """One photo, all ways by turns with every frame."""
    cv2.setNumThreads(1)
    mask = cv2.imread(str(mask_path(photo)), cv2.IMREAD_GRAYSCALE)
    if mask is None:
        raise UnreadableInput(str(mask_path(photo)), "not a picture")
    playing: list[tuple[Contender, Verdict]] = []
    for frame in filmed(read_picture(photo)):
        playing = playing or [
            (
                Contender(way.name, VARIANTS[way.variant], frame.size, way.model, model_dirs),
                Verdict(np.asarray(mask, np.uint8), frame.size),
            )
            for way in compared
        ]
        for contender, verdict in playing:
            verdict(contender.matte(frame).alpha)
    return [row_of(photo.stem, contender, verdict) for contender, verdict in playing]


def row_of(still: str, contender: Contender, verdict: Verdict) -> StillRow:
    """What was found out."""
    cost = contender.row(still)
    return StillRow(still, contender.name, verdict.figures(), cost.own_ms, cost.model_ms, cost.looks)
