"""`softfocus bench quality`: the live matte path on clips with exact alpha, variants side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import av
import cv2
import numpy as np

from ..models.errors import SoftfocusError
from ..models.manifest import DEFAULT_MODEL
from ..models.open import open_segmenter
from ..models.segmenter import InputSize, Mask, Recurrent, Rgb, Segmenter
from ..realtime.backdrops.blur import Blur
from ..realtime.colour import to_rgb
from ..realtime.compose.compositor import Compositor
from ..realtime.errors import EndOfSource
from ..realtime.frame import I420, Frame, Plane, Planes, Size
from ..realtime.matte import Box, Matte
from ..realtime.matting.effort import EVERY_FRAME, LADDER, Effort
from ..realtime.matting.matting import MatteSettings
from ..realtime.matting.open import open_matting
from ..realtime.reason import MaskRefused
from ..realtime.refine.lessons import Lessons
from ..realtime.refine.open import refiner_for
from ..realtime.refine.tutor import Simulated
from ..realtime.scale import resized
from ..realtime.sources.open import open_source
from .machine import Machine, this_machine, versions
from .metrics import Judge, Truth
from .pictures import PictureJudge, Scene, Studio

SKIPPED = 10  # frames at the start of each clip, which are not judged: every method needs to settle
PICTURE_EVERY = 5  # frames: pictures are judged that often, they cost more than all else
RAW = "raw"
COLUMNS = ("mad", "band_mad", "grad", "iou", "leak", "cut", "dtssd", "flicker", "lag")
PICTURE_COLUMNS = ("halo", "room_leak", "accumulated")


@dataclass(frozen=True, slots=True)
class Refining:
    """How often a refiner looks, s, and how late its answers land, s; None: as late as they take here."""

    kind: str
    every: float = 2.0
    latency: float | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to make mattes.

    closely   look at people through crops, with the second model
    refined   by which refiner, if any
    effort    that is spent on a frame
    settings  of the matte path; None: the model's mask stretched over the frame, and a blur that
              does not spare the person, as in most programs
    """

    closely: bool = True
    refined: Refining | None = None
    settings: MatteSettings | None = field(default_factory=MatteSettings)
    effort: Effort = LADDER[0].effort


VARIANTS: dict[str, Variant] = {
    RAW: Variant(closely=False, settings=None),
    "no closer look": Variant(closely=False),
    "no exposure": Variant(settings=MatteSettings(brighten=False)),
    "no plate": Variant(settings=MatteSettings(plate=False)),
    "no palette": Variant(settings=MatteSettings(palette=False)),
    "no gaps": Variant(settings=MatteSettings(gaps=False)),
    "no islands": Variant(settings=MatteSettings(islands=False)),
    "no steadying": Variant(settings=MatteSettings(steady=False)),
    "no edge": Variant(settings=MatteSettings(edge=False)),
    "only closer look": Variant(
        settings=MatteSettings(
            plate=False, palette=False, islands=False, steady=False, edge=False, low=0.0, high=1.0
        )
    ),
    "every frame": Variant(effort=EVERY_FRAME.effort),
    **{f"effort {i}": Variant(effort=rung.effort) for i, rung in enumerate(LADDER) if i},
    "default": Variant(),
}


class NoClips(SoftfocusError):
    """There is nothing to measure on."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"no clip with exact alpha in {folder}; it needs NAME.mp4 and NAME_alpha.mkv")
        self.folder = folder


@dataclass(frozen=True, slots=True)
class Row:
    """One variant on one clip.

    figures    means over the clip, see docs/quality.md
    own_ms     CPU of the matte path without its models, per frame, mean; model_ms: of the models
    looks      model calls per frame
    refined_ms of the refiner, per frame; accepted: its answers that were believed, and rejected
    refused    frames without a matte
    series     per figure, one number per judged frame
    """

    clip: str
    variant: str
    figures: Mapping[str, float]
    own_ms: float
    model_ms: float
    looks: float
    refused: int
    series: Mapping[str, Sequence[float]]
    refined_ms: float = 0.0
    accepted: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured, and where."""

    model: str
    machine: Machine
    versions: Mapping[str, str]
    rows: list[Row]

    def json(self) -> dict[str, Any]:
        """Everything; docs/quality.md says what the keys mean."""
        return asdict(self)

    def table(self) -> str:
        """Markdown: the mean over all clips, a line per variant."""
        names = list(dict.fromkeys(row.variant for row in self.rows))
        heads = ("variant", *COLUMNS, *PICTURE_COLUMNS, "own ms", "model ms", "looks")
        lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
        return "\n".join(lines + [self._line(name) for name in names])

    def _line(self, name: str) -> str:
        rows = [row for row in self.rows if row.variant == name]
        figures = [f"{self.mean(name, figure):.3g}" for figure in (*COLUMNS, *PICTURE_COLUMNS)]
        costs = [np.mean([(row.own_ms, row.model_ms, row.looks) for row in rows], axis=0)]
        return f"| {' | '.join([name, *figures, *(f'{cost:.2f}' for cost in costs[0])])} |"

    def mean(self, variant: str, figure: str) -> float:
        """Over all clips."""
        return float(np.mean([row.figures[figure] for row in self.rows if row.variant == variant]))


class Matter(Protocol):
    """What makes mattes."""

    def __call__(self, frame: Frame) -> Matte: ...

    def reset(self) -> None: ...


class Timed:
    """A segmenter that counts its calls and their CPU time, s."""

    def __init__(self, inner: Segmenter) -> None:
        self.inner = inner
        self.name = inner.name
        self.input_size: InputSize = inner.input_size
        self.calls = 0
        self.seconds = 0.0

    def __call__(self, picture: Rgb) -> Mask:
        return self._timed(self.inner, picture)

    def glance(self, picture: Rgb) -> Mask:
        """A look for a proof."""
        return self._timed(self.inner.glance if isinstance(self.inner, Recurrent) else self.inner, picture)

    def reset(self) -> None:
        self.inner.reset()

    def _timed(self, look: Callable[[Rgb], Mask], picture: Rgb) -> Mask:
        start = time.thread_time()
        mask = look(picture)
        self.seconds += time.thread_time() - start
        self.calls += 1
        return mask


class Raw:
    """The model's mask of the whole frame, stretched over it bilinearly: where every program begins."""

    def __init__(self, segmenter: Segmenter, size: Size) -> None:
        self._segmenter = segmenter
        self._box = Box(0, 0, size.width, size.height)

    def __call__(self, frame: Frame) -> Matte:
        wanted = self._segmenter.input_size
        small = Planes(*(resized(p, wanted, interpolation=cv2.INTER_AREA) for p in frame.planes))
        mask = self._segmenter(to_rgb(small, frame.colour))
        levels = cv2.convertScaleAbs(cv2.resize(mask, frame.size), alpha=255)
        return Matte(np.asarray(levels, np.uint8), self._box, frame.index, frame.captured_at)

    def reset(self) -> None:
        self._segmenter.reset()


class PlainBlur:
    """A blur of the whole frame, person and all: the colours of the person bleed out of it."""

    def __init__(self, size: Size) -> None:
        self._blur = Blur(size)
        self._nobody = np.zeros((size.height, size.width), np.uint8)

    def paint(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        nobody = Matte(self._nobody, Box(0, 0, 0, 0), matte.index, matte.captured_at)
        self._blur.paint(frame, nobody, onto)


class Contender:
    """One variant at work on one clip."""

    def __init__(
        self, name: str, variant: Variant, size: Size, model: str, model_dirs: Sequence[Path] = ()
    ) -> None:
        self.name = name
        self._models: list[Timed] = []
        self._tutor: Simulated | None = None
        backdrop: Blur | PlainBlur = Blur(size)
        if variant.settings is None:
            self._matting: Matter = Raw(self._timed(open_segmenter(model, model_dirs=model_dirs)), size)
            backdrop = PlainBlur(size)
        else:
            if how := variant.refined:
                refiner = refiner_for(how.kind, model_dirs)
                self._tutor = Simulated(refiner, every=how.every, latency=how.latency)
            self._matting = open_matting(
                size,
                model,
                model_dirs=model_dirs,
                closely=variant.closely,
                around=self._timed,
                lessons=Lessons(self._tutor) if self._tutor else None,
                settings=variant.settings,
                effort=variant.effort,
            )
        self._compose = Compositor(backdrop, size)
        self._output = I420(size)
        self._judge, self._pictures = Judge(), PictureJudge()
        self._seconds, self._frames, self._refused = 0.0, 0, 0

    def matte(self, frame: Frame) -> Matte:
        """The matte of the next frame; an empty one where a live run would shield the frame."""
        start = time.thread_time()
        try:
            made = self._matting(frame)
        except MaskRefused:
            self._matting.reset()
            self._refused += 1
            made = Matte(np.zeros_like(frame.planes.y), Box(0, 0, 0, 0), frame.index, frame.captured_at)
        self._seconds += time.thread_time() - start
        self._frames += 1
        return made

    def output(self, frame: Frame, matte: Matte) -> Planes:
        """The frame composed with the matte; ours until the next call."""
        self._compose(frame, matte, self._output.planes)
        return self._output.planes

    def judge(self, matte: Matte, truth: Truth) -> None:
        self._judge(matte.alpha, truth)

    def judge_picture(self, matte: Matte, scene: Scene) -> None:
        self._pictures(self.output(scene.frame, matte), scene)

    def _timed(self, segmenter: Segmenter) -> Timed:
        self._models.append(Timed(segmenter))
        return self._models[-1]

    def row(self, clip: str) -> Row:
        """What was found out."""
        models = sum(model.seconds for model in self._models)
        refiner = self._tutor.cpu if self._tutor else 0.0
        frames = max(1, self._frames)
        return Row(
            clip=clip,
            variant=self.name,
            figures={**self._judge.means(), **self._pictures.means()},
            own_ms=1000 * (self._seconds - models - refiner) / frames,
            model_ms=1000 * models / frames,
            looks=sum(model.calls for model in self._models) / frames,
            refused=self._refused,
            series=self._judge.series,
            refined_ms=1000 * refiner / frames,
            accepted=self._tutor.standing.accepted if self._tutor else 0,
            rejected=self._tutor.standing.refused if self._tutor else 0,
        )


class Witness(Protocol):
    """Is shown every judged frame; the report is one."""

    def __call__(self, clip: str, contender: Contender, frame: Frame, matte: Matte, truth: Truth) -> None: ...


def clips_in(folder: Path) -> list[Path]:
    """All NAME.mp4 that have a NAME_alpha.mkv. Raises NoClips."""
    found = [path for path in sorted(folder.glob("*.mp4")) if alpha_path(path).is_file()]
    if not found:
        raise NoClips(folder)
    return found


def alpha_path(clip: Path) -> Path:
    return clip.with_name(f"{clip.stem}_alpha.mkv")


def frames_with_alpha(clip: Path) -> Iterator[tuple[Frame, Plane]]:
    """Every frame with its exact alpha."""
    source = open_source(str(clip))
    with closing(source), av.open(str(alpha_path(clip))) as film:
        for picture in film.decode(video=0):
            try:
                frame = source.read(timeout=10.0)
            except EndOfSource:
                return
            if frame:
                yield frame, np.asarray(picture.to_ndarray(format="gray"), np.uint8)


def measure(
    folder: Path,
    *,
    model: str = DEFAULT_MODEL,
    model_dirs: Sequence[Path] = (),
    variants: Sequence[str] = tuple(VARIANTS),
    refined: Sequence[Refining] = (),
    witness: Witness | None = None,
) -> Quality:
    """All variants on all clips of the folder, by turns with every frame: none has a quieter machine.

    refined  more variants: the default one with each of these
    """
    all_of_them = {name: VARIANTS[name] for name in variants}
    all_of_them |= {f"refined: {how.kind}": Variant(refined=how) for how in refined}
    cv2.setNumThreads(1)
    rows: list[Row] = []
    for clip in clips_in(folder):
        frames = frames_with_alpha(clip)
        first = next(frames)
        size = first[0].size
        contenders = [Contender(name, each, size, model, model_dirs) for name, each in all_of_them.items()]
        judge_clip(clip.stem, chain([first], frames), contenders, witness)
        rows += [contender.row(clip.stem) for contender in contenders]
    return Quality(model, this_machine(), versions(), rows)


def judge_clip(
    name: str,
    frames: Iterable[tuple[Frame, Plane]],
    contenders: Sequence[Contender],
    witness: Witness | None = None,
) -> None:
    """All contenders on every frame of one clip."""
    studio: Studio | None = None
    for i, (frame, alpha) in enumerate(frames):
        mattes = [contender.matte(frame) for contender in contenders]
        if i < SKIPPED:
            continue
        truth = Truth.of(alpha)
        studio = studio or Studio(frame.size)
        scene = studio(frame, truth) if i % PICTURE_EVERY == 0 else None
        for contender, matte in zip(contenders, mattes, strict=True):
            contender.judge(matte, truth)
            if scene:
                contender.judge_picture(matte, scene)
            if witness:
                witness(name, contender, frame, matte, truth)
