"""Puts the matte path together: the same one for calls, recordings, measurements and tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ...models.device import Device, open_on
from ...models.manifest import DEFAULT_MODEL
from ...models.segmenter import Segmenter
from ..frame import Size
from ..stopwatch import Stopwatch
from ..subjects.subjects import Subjects
from ..witnesses.inquiry import AtOnce, Inquiry
from ..witnesses.open import open_senses
from ..witnesses.witness import Witness
from .effort import LEVELS, Effort
from .matting import MatteSettings, Matting, Teaching
from .proof import Proven
from .views import Views

CLOSE_MODEL = "selfie-square"  # looks closely at the people whom the default model finds
USUAL = LEVELS["auto"].effort


def as_it_is(segmenter: Segmenter) -> Segmenter:
    """Nothing around a model."""
    return segmenter


def open_matting(
    size: Size,
    model: str = DEFAULT_MODEL,
    *,
    device: Device = "cpu",
    threads: int = 1,
    model_dirs: Sequence[Path] = (),
    closely: bool = True,
    inquiry: Inquiry | None = None,
    around: Callable[[Segmenter], Segmenter] = as_it_is,
    lessons: Teaching | None = None,
    settings: MatteSettings | None = None,
    subjects: Subjects | None = None,
    effort: Effort = USUAL,
    watch: Stopwatch | None = None,
) -> Matting:
    """A matte path whose masks are proven. Raises ModelMissing for a model that is not here.

    model    looks at the whole frame; beside the default one another looks at people through crops
    closely  without it, nobody looks through crops
    inquiry  asks who is there; None: detectors of its own, at once
    around   puts something around each model, to time it or to let it fail; proofs see what comes of it

    The others are those of `Matting`, and of `open_on`.
    """
    wide = Proven(around(open_on(device, model, threads=threads, model_dirs=model_dirs)))
    close: Proven | None = None
    if closely and model == DEFAULT_MODEL:
        close = Proven(around(open_on(device, CLOSE_MODEL, threads=threads)))
    return Matting(
        wide,
        size,
        close=close,
        lessons=lessons,
        settings=settings,
        subjects=subjects,
        effort=effort,
        watch=watch,
        witness=Witness(inquiry or AtOnce(open_senses()), Views(size).coarse_size),
    )
