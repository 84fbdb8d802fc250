"""The command line. Each command reads its settings and calls one function; all else is imported inside,
so that `softfocus --help` costs nothing and `softfocus run` starts at once.
"""

from __future__ import annotations

import os
import signal
import sys


def leave(signal_number: int, frame: object) -> None:
    """Ctrl-C while nothing is open that had to be closed."""
    os._exit(130)


if __name__ == "__main__" or "softfocus" in os.path.basename(sys.argv[0]):  # and not a test that imports this
    signal.signal(signal.SIGINT, leave)

import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from .bench.cli import app as bench
from .export.cli import app as export
from .models.errors import SoftfocusError
from .realtime.batch.command import batch
from .realtime.commands.control import serve, set_value, show_status
from .realtime.commands.cutout import cutout
from .realtime.commands.inspect import inspect
from .realtime.commands.models import app as models
from .realtime.commands.options import (
    AlwaysOnOption,
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
    InputOption,
    JsonOption,
    MatchOption,
    ModelDirOption,
    ModelOption,
    OutputOption,
    OverwriteOption,
    PlateOption,
    PositionOption,
    QualityOption,
    RateOption,
    RealtimeOption,
    RefineEveryOption,
    RefineLatencyOption,
    RefineOption,
    RefineShareOption,
    SizeOption,
    StatusOption,
    SubjectModelOption,
    SubjectOption,
    ThreadsOption,
    VerboseOption,
    attended,
    settings,
    show_help,
)
from .realtime.commands.service import app as service

app = typer.Typer(
    help="Blurs or replaces the background of a live camera and publishes it as a virtual camera.",
    epilog="Settings come from options, then SOFTFOCUS_ variables (SOFTFOCUS_BLUR=light), then "
    "config.toml in the user's configuration folder (blur = 'light').",
    rich_markup_mode=None,  # plain text: it starts faster, wraps in any terminal and can be piped
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(bench, name="bench")
app.add_typer(export, name="export")
app.add_typer(models, name="models")
app.add_typer(service, name="service")
app.command()(batch)
app.command()(cutout)
app.command()(inspect)
app.command("set")(set_value)
app.command("status")(show_status)
app.command("panel")(serve)


def print_version(wanted: bool) -> None:
    """Say which softfocus this is."""
    if wanted:
        from importlib.metadata import version

        typer.echo(f"softfocus {version('softfocus')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    show_help(ctx)


@app.command()
def run(
    ctx: typer.Context,
    input: InputOption = None,
    output: OutputOption = None,
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
    plate: PlateOption = None,
    model: ModelOption = None,
    size: SizeOption = None,
    fps: RateOption = None,
    threads: ThreadsOption = None,
    device: DeviceOption = None,
    model_dir: ModelDirOption = None,
    refine: RefineOption = None,
    refine_every: RefineEveryOption = None,
    refine_share: RefineShareOption = None,
    refine_latency: RefineLatencyOption = None,
    realtime: RealtimeOption = None,
    always_on: AlwaysOnOption = None,
    quality: QualityOption = None,
    audio: AudioOption = None,
    overwrite: OverwriteOption = None,
    status: StatusOption = None,
    panel: Annotated[
        bool, typer.Option("--panel", help="Serve the control panel, and print its address.")
    ] = False,
    config: ConfigOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Blur what a camera sees and publish it; Ctrl-C ends it.

    Without options: from the first camera to the virtual camera. The background of a recording is
    blurred frame by frame: softfocus run -i talk.mp4 -o blurred.mp4
    """
    from .realtime.runs.progress import bar
    from .realtime.runs.run import run

    told = settings(ctx.params)
    with bar(Path(told.input).name) as progress:
        summary = run(told, attended(ctx.params, complain if panel else None), progress)
    raise typer.Exit(1 if summary.incomplete else 0)


@app.command()
def preview(
    ctx: typer.Context,
    input: InputOption = None,
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
    plate: PlateOption = None,
    model: ModelOption = None,
    size: SizeOption = None,
    fps: RateOption = None,
    threads: ThreadsOption = None,
    device: DeviceOption = None,
    model_dir: ModelDirOption = None,
    refine: RefineOption = None,
    refine_every: RefineEveryOption = None,
    refine_share: RefineShareOption = None,
    mirror: Annotated[
        bool, typer.Option("--mirror/--no-mirror", help="Left and right as in a mirror.")
    ] = True,
    quality: QualityOption = None,
    config: ConfigOption = None,
    verbose: VerboseOption = False,
) -> None:
    """See yourself in a window, as in a mirror; q ends it."""
    from .realtime.runs.run import run

    options = {**ctx.params, "output": ["window"], "realtime": True}
    run(settings(options), attended(options))


@app.command()
def demo(
    ctx: typer.Context,
    background: BackgroundOption = None,
    blur: BlurOption = None,
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
    config: ConfigOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Make softfocus-demo.mp4 of a built-in clip; no camera needed."""
    from .realtime.runs.run import run
    from .realtime.sinks.display import display_answers

    if not verbose:
        logging.getLogger("softfocus").setLevel(logging.WARNING)  # the summary is printed
    film = Path("softfocus-demo.mp4").absolute()
    outputs = [str(film), *(["window"] if display_answers() else [])]
    summary = run(settings({**ctx.params, "input": "demo", "output": outputs, "realtime": False}))
    typer.echo(f"{film}: {summary}")


@app.command()
def matte(
    ctx: typer.Context,
    input: Annotated[str, typer.Argument(metavar="IN", help="A video file.")],
    film: Annotated[Path, typer.Argument(metavar="OUT.mkv", help="Becomes FFV1, 8-bit gray, 255 = person.")],
    subject: SubjectOption = None,
    subject_model: SubjectModelOption = None,
    grow: GrowOption = None,
    feather: FeatherOption = None,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    device: DeviceOption = None,
    model_dir: ModelDirOption = None,
    refine: RefineOption = None,
    refine_every: RefineEveryOption = None,
    refine_latency: RefineLatencyOption = None,
    overwrite: OverwriteOption = None,
    config: ConfigOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Write the matte of every frame of a video.

    It is made exactly as in a live run, but no frame is dropped.
    """
    from .realtime.runs.offline import write_matte
    from .realtime.runs.progress import bar

    with bar(Path(input).name) as progress:
        count, written = write_matte(settings(ctx.params), film, progress)
    typer.echo(f"{count} mattes in {written}")


@app.command()
def devices(as_json: JsonOption = False) -> None:
    """List cameras to read from, virtual ones to write to."""
    from .realtime.doctor.devices import as_dict, list_devices, printed

    found = list_devices()
    typer.echo(json.dumps(as_dict(found), indent=2) if as_json else "\n".join(printed(found)))


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Say what this machine lacks, and what puts it right."""
    from .realtime.doctor import diagnose, printed

    findings = diagnose()
    as_dicts = [asdict(finding) for finding in findings]
    typer.echo(json.dumps(as_dicts, indent=2) if as_json else printed(findings))
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


def main() -> None:
    """The console script."""
    signal.signal(signal.SIGINT, interrupted)
    for number, stream in enumerate((sys.stdin, sys.stdout, sys.stderr)):
        if stream is None:  # else the first file that is opened takes its place, and what is printed
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
    logging.basicConfig(format="softfocus: %(message)s", level=logging.WARNING)
    logging.getLogger("softfocus").setLevel(logging.INFO)
    signal.signal(signal.SIGTERM, end)
    status = told(lambda: app(prog_name="softfocus", standalone_mode=False))
    signal.signal(signal.SIGINT, leave)
    sys.exit(status)


def interrupted(signal_number: int, frame: FrameType | None) -> None:
    """Ctrl-C; parts that are just being loaded would tell it as a fault of theirs."""
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            leave(signal_number, frame)
        frame = frame.f_back
    raise KeyboardInterrupt


def told(command: Callable[[], int | None]) -> int:
    """The exit status of a command; what went wrong is told in one line."""
    try:
        return command() or 0
    except typer.TyperException as error:  # how the command was called
        complain(f"{error.format_message().rstrip('.')}; softfocus --help tells more")
        return error.exit_code
    except SoftfocusError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:  # before Typer heeds it
        return 130
    except BrokenPipeError:  # whoever read standard output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def complain(message: str) -> None:
    """One line on standard error."""
    typer.echo(f"softfocus: {' '.join(message.split())}", err=True)


def end(signal_number: int, frame: FrameType | None) -> None:
    """SIGTERM is how services are stopped: close everything and say that all went well."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(0)


if __name__ == "__main__":
    main()
