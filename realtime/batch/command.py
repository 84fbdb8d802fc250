"""`softfocus batch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..commands.options import (
    ApertureOption,
    AudioOption,
    BackgroundOption,
    BlurOption,
    BlurPartOption,
    ConfigOption,
    DeviceOption,
    FeatherOption,
    FitOption,
    FrameOption,
    GrowOption,
    MatchOption,
    ModelDirOption,
    ModelOption,
    PositionOption,
    QualityOption,
    RefineEveryOption,
    RefineLatencyOption,
    RefineOption,
    SizeOption,
    SubjectModelOption,
    SubjectOption,
    ThreadsOption,
    VerboseOption,
    settings,
)


def batch(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Holds the recordings.")],
    into: Annotated[
        Path, typer.Option("-o", "--output", metavar="FOLDER", help="Where the blurred ones go.")
    ],
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Recordings at a time; by default one per core.")
    ] = None,
    ray: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Work on this Ray cluster: host:port, or auto.")
    ] = None,
    background: BackgroundOption = None,
    blur: BlurOption = None,
    subject: SubjectOption = None,
    subject_model: SubjectModelOption = None,
    blur_part: BlurPartOption = None,
    aperture: ApertureOption = None,
    match: MatchOption = None,
    fit: FitOption = None,
    position: PositionOption = None,
    frame: FrameOption = None,
    grow: GrowOption = None,
    feather: FeatherOption = None,
    model: ModelOption = None,
    size: SizeOption = None,
    threads: ThreadsOption = None,
    device: DeviceOption = None,
    model_dir: ModelDirOption = None,
    refine: RefineOption = None,
    refine_every: RefineEveryOption = None,
    refine_latency: RefineLatencyOption = None,
    quality: QualityOption = None,
    audio: AudioOption = None,
    config: ConfigOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Blur every recording in a folder.

    Outputs that are there already are not made again, so a run that was stopped goes on where it was.
    One bad file does not stop the rest, of a damaged one there is what could be read; the exit status is 1
    then.
    """
    if workers and ray:
        raise typer.BadParameter("--workers and --ray exclude each other")
    from .jobs import jobs_in
    from .progress import work_off

    told = settings({name: value for name, value in ctx.params.items() if name != "output"})
    raise typer.Exit(work_off(jobs_in(folder, into, told), workers, ray))
