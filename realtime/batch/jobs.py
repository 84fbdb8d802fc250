"""What is to be done: a job per recording, and how it is told from one that is done."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..disk import held
from ..errors import BadSetting
from ..settings import RunSettings

WRITTEN = (".mp4", ".mkv")  # as they are named; other kinds become .mp4
FILMS = (".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ts", ".wmv", ".y4m")


@dataclass(frozen=True, slots=True)
class Job:
    """One recording.

    target    appears when it is finished, not before
    settings  of the run; their input and outputs are the job's own
    """

    source: Path
    target: Path
    settings: RunSettings

    @property
    def partial(self) -> Path:
        """Where the output grows until it is finished."""
        return self.target.with_name(f".{self.target.stem}.part{self.target.suffix}")

    def drop(self) -> None:
        """Take away what is half done, unless another program is at it."""
        if not held(self.partial):
            self.partial.unlink(missing_ok=True)

    @property
    def run(self) -> RunSettings:
        """The settings with what is read and written."""
        outputs = (str(self.partial),)
        return replace(
            self.settings,
            input=str(self.source),
            outputs=outputs,
            realtime=False,
            overwrite=True,  # of what was left half done
            status=None,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job went.

    frames   in the output
    trouble  why there is no output; None when there is
    damage   what the output lacks, since the recording does; None: nothing
    """

    source: Path
    frames: int = 0
    trouble: str | None = None
    damage: str | None = None

    def __str__(self) -> str:
        """For people."""
        if self.trouble:
            return self.trouble
        return f"{self.frames} frames; {self.damage}" if self.damage else f"{self.frames} frames"


JobTold = Callable[[Job, float], None]  # how much of a job is done, 0..1


def unheard(job: Job, done: float) -> None:
    """Tell nobody."""


def jobs_in(folder: Path, into: Path, settings: RunSettings) -> list[Job]:
    """A job for each film of the folder, by name. Raises BadSetting where there is none."""
    if not folder.is_dir():
        raise BadSetting("FOLDER", f"{folder} is no folder; give one that holds recordings")
    if into.resolve() == folder.resolve():
        raise BadSetting("--output", "is the folder that is read; give another one")
    films = [each for each in sorted(folder.iterdir()) if each.suffix.lower() in FILMS and each.is_file()]
    films = [each for each in films if not each.name.startswith(".")]
    if not films:
        raise BadSetting("FOLDER", f"{folder} holds no recording; these count: {', '.join(FILMS)}")
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting("--output", f"{into} cannot be made: {error.strerror}") from None
    return [Job(film.resolve(), into.resolve() / named(film), settings) for film in films]


def named(film: Path) -> str:
    """Of the output: as the recording, and .mp4 where it is of a kind that cannot be written."""
    return film.name if film.suffix.lower() in WRITTEN else f"{film.name}.mp4"


def undone(jobs: Sequence[Job]) -> list[Job]:
    """Those whose output is not there. What others left half done is removed."""
    left = [job for job in jobs if not job.target.exists()]
    for job in left:
        job.drop()
    return left


def finish(job: Job) -> None:
    """The whole output takes its name at once, and is on the disk then."""
    with open(job.partial, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(job.partial, job.target)
