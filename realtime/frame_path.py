"""From settings to what stands between a frame and a composed one: matte path, gate, and a spare."""

from __future__ import annotations

import logging
from dataclasses import replace

from ..models.device import open_on
from ..models.manifest import DEFAULT_MODEL
from .backdrops.match import Match
from .backdrops.open import open_backdrop
from .compose import Compositor
from .frame import Size
from .gate.gate import Gate
from .matting.effort import LADDER, LEVELS
from .matting.matting import MatteSettings, Matting
from .matting.proof import Proven
from .parts.open import veil_for
from .pipeline import Pipeline
from .refine.lessons import Lessons
from .refine.tutor import Tutor
from .settings import RunSettings
from .stopwatch import Stopwatch
from .subjects.subjects import Subjects

log = logging.getLogger(__name__)

CLOSE_MODEL = "selfie-square"  # looks closely at the people whom the default model finds


def subjects_for(settings: RunSettings, size: Size, *, live: bool) -> Subjects:
    """Who of the people is shown; left and right are those of the window."""
    return Subjects(
        size, settings.subject, flipped=settings.mirror, asks=settings.subject_model, eager=not live
    )


def pipeline_for(
    settings: RunSettings,
    size: Size,
    watch: Stopwatch | None = None,
    subjects: Subjects | None = None,
    tutor: Tutor | None = None,
    *,
    live: bool = False,
) -> Pipeline:
    """Everything between a frame and a composed one."""
    return Pipeline(
        matting_for(settings, size, watch, subjects, tutor),
        gate_for(settings, size, watch, live=live),
        watch=watch,
        spare=Spare(settings, size, watch, subjects, tutor),
    )


class Spare:
    """Makes another matte path for one that failed: once as it was asked for, then the bundled one."""

    def __init__(
        self,
        settings: RunSettings,
        size: Size,
        watch: Stopwatch | None = None,
        subjects: Subjects | None = None,
        tutor: Tutor | None = None,
    ) -> None:
        self._settings = settings
        self._subjects = subjects
        self._tutor = tutor
        self._size = size
        self._watch = watch
        self._made = 0

    def __call__(self) -> Matting:
        self._made += 1
        if self._made > 1 and self._settings.model != DEFAULT_MODEL:
            log.error("model %s keeps failing; going on with %s", self._settings.model, DEFAULT_MODEL)
            self._settings = replace(self._settings, model=DEFAULT_MODEL, model_dirs=())
        return matting_for(self._settings, self._size, self._watch, self._subjects, self._tutor)


def matting_for(
    settings: RunSettings,
    size: Size,
    watch: Stopwatch | None = None,
    subjects: Subjects | None = None,
    tutor: Tutor | None = None,
) -> Matting:
    """The matte path that the settings ask for."""
    segmenter = open_on(
        settings.device, settings.model, threads=settings.threads, model_dirs=settings.model_dirs
    )
    close: Proven | None = None
    if settings.model == DEFAULT_MODEL:
        close = Proven(open_on(settings.device, CLOSE_MODEL, threads=settings.threads))
    wanted = MatteSettings(grow=settings.grow, feather=settings.feather)
    return Matting(
        Proven(segmenter),
        size,
        close=close,
        lessons=Lessons(tutor) if tutor else None,
        settings=wanted,
        subjects=subjects,
        effort=LADDER[LEVELS[settings.quality]].effort,
        watch=watch,
    )


def gate_for(
    settings: RunSettings, size: Size, watch: Stopwatch | None = None, *, live: bool = False
) -> Gate:
    """The gate, with the backdrop and the veil that the settings ask for."""
    veil = veil_for(settings, size, waits=not live)
    match = Match(size) if settings.match else None
    gate = Gate(Compositor(open_backdrop(settings, size), size, veil=veil, match=match, watch=watch), size)
    gate.pass_through(settings.background == "none")
    gate.frame(settings.frame)
    return gate
