"""Mattes of a recording: every frame through the live matte path, none dropped, into a video of alphas."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..frame import Frame, Plane
from ..live.loop import frames_of
from ..matting.matting import Matting
from ..reason import MaskRefused
from ..refine.open import tutor_for
from ..settings import RunSettings
from ..sinks.alpha import AlphaFile
from ..sinks.made import Made
from ..sources.open import open_source
from ..subjects.errors import UnclearSubject
from .apart import refuse_what_meets
from .frame_path import FramePath, subjects_for
from .progress import Told, share_of, silent

log = logging.getLogger(__name__)


def write_matte(settings: RunSettings, film: Path, told: Told = silent) -> tuple[int, Path]:
    """Write the mattes of all frames of the input to `film`; gives their number, and where they are.

    told  is told after every frame how much is done

    Raises a SubjectError, and leaves no film behind, when it is not clear whose mattes are wanted.
    """
    refuse_what_meets(replace(settings, outputs=(str(film),), status=None))
    count = 0
    source = open_source(settings.input, size=settings.size, rate=settings.rate, squared=False)
    try:
        subjects = subjects_for(settings, source.size, live=False)
        tutor = tutor_for(settings, live=False)
        matting = FramePath(settings, source.size, subjects=subjects, tutor=tutor).matting()
        made = Made(overwrite=settings.overwrite, live=False)
        alphas = AlphaFile(film, source.size, source.rate, made)
        done = share_of(source)
        try:
            for frame in frames_of(source):
                alphas.write(alpha_of(frame, matting), frame.captured_at)
                count += 1
                told(done(frame))
                if isinstance(subjects.problem, UnclearSubject):
                    break
        finally:
            alphas.close()
        if subjects.problem:
            alphas.path.unlink()
            raise subjects.problem
        if tutor:
            standing = tutor.standing
            log.info("refinement: %d answers believed, %d refused", standing.accepted, standing.refused)
    finally:
        source.close()
    return count, alphas.path


def alpha_of(frame: Frame, matting: Matting) -> Plane:
    """The frame's alpha; where a live run would shield the frame, nobody is seen: all 0."""
    try:
        return matting(frame).alpha
    except MaskRefused as refused:
        log.warning("frame %d has no matte: %s", frame.index, refused)
        matting.reset()
        return np.zeros_like(frame.planes.y)
