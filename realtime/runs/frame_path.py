"""From settings to what stands between a frame and a composed one: matte path, gate, and a spare."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from ...models.device import open_on
from ...models.manifest import DEFAULT_MODEL
from ...models.open import open_prompted, prompted_here
from ..compose.compositor import Compositor
from ..compose.open import open_backdrop
from ..errors import UnreadableInput
from ..frame import Size
from ..gate.gate import Gate
from ..matting.effort import LEVELS
from ..matting.matting import MatteSettings, Matting
from ..matting.proof import Proven
from ..parts.open import veil_for
from ..pipeline import Pipeline
from ..refine.lessons import Lessons
from ..refine.tutor import Tutor
from ..settings import RunSettings
from ..stopwatch import Stopwatch
from ..subjects.closely import Closely
from ..subjects.subjects import Subjects

log = logging.getLogger(__name__)

LEAST = 16  # px of a side; below, nothing is left of a frame at the sizes that it is looked at
CLOSE_MODEL = "selfie-square"  # looks closely at the people whom the default model finds


def subjects_for(settings: RunSettings, size: Size, *, live: bool) -> Subjects:
    """Who of the people is shown; left and right are those of the window."""
    return Subjects(
        size,
        settings.subject,
        flipped=settings.mirror,
        asks=settings.subject_model,
        eager=not live,
        closely=closely_for(settings),
    )


def closely_for(settings: RunSettings) -> Closely | None:
    """Segment Anything, where its files are here."""
    dirs = settings.model_dirs
    name = prompted_here(dirs)
    return Closely(lambda: open_prompted(name, model_dirs=dirs)) if name else None


@dataclass(frozen=True, slots=True)
class FramePath:
    """Makes what the settings ask for, for frames of one size.

    watch     times its stages; None: nobody wants to know
    subjects  who is shown; None: everybody
    tutor     teaches the matte path; None: nobody does
    live      frames come whether a part is ready for them or not

    Raises UnreadableInput for frames in which nothing could be found.
    """

    settings: RunSettings
    size: Size
    watch: Stopwatch | None = None
    subjects: Subjects | None = None
    tutor: Tutor | None = None
    live: bool = False

    def __post_init__(self) -> None:
        if min(self.size) < LEAST:
            why = f"{self.size} is too small, frames need {LEAST} px each way"
            raise UnreadableInput(self.settings.input, why)

    def pipeline(self) -> Pipeline:
        """Everything between a frame and a composed one."""
        return Pipeline(self.matting(), self.gate(), watch=self.watch, spare=Spare(self))

    def matting(self) -> Matting:
        """The matte path."""
        settings = self.settings
        segmenter = open_on(
            settings.device, settings.model, threads=settings.threads, model_dirs=settings.model_dirs
        )
        close: Proven | None = None
        if settings.model == DEFAULT_MODEL:
            close = Proven(open_on(settings.device, CLOSE_MODEL, threads=settings.threads))
        return Matting(
            Proven(segmenter),
            self.size,
            close=close,
            lessons=Lessons(self.tutor) if self.tutor else None,
            settings=MatteSettings(grow=settings.grow, feather=settings.feather),
            subjects=self.subjects,
            effort=LEVELS[settings.quality].effort,
            watch=self.watch,
        )

    def gate(self) -> Gate:
        """The gate, with the backdrop and the veil."""
        settings, size = self.settings, self.size
        veil = veil_for(settings, size, waits=not self.live)
        backdrop = open_backdrop(settings, size, live=self.live)
        compositor = Compositor(backdrop, size, veil=veil, match=settings.match, watch=self.watch)
        gate = Gate(compositor, size)
        gate.pass_through(settings.background == "none")
        gate.frame(settings.frame)
        return gate


class Spare:
    """Makes another matte path for one that failed: once as it was asked for, then the bundled one."""

    def __init__(self, path: FramePath) -> None:
        self._path = path
        self._made = 0

    def __call__(self) -> Matting:
        self._made += 1
        settings = self._path.settings
        if self._made > 1 and settings.model != DEFAULT_MODEL:
            log.error("model %s keeps failing; going on with %s", settings.model, DEFAULT_MODEL)
            bundled = replace(settings, model=DEFAULT_MODEL, model_dirs=())
            self._path = replace(self._path, settings=bundled)
        return self._path.matting()
