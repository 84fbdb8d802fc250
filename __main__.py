"""The command line. Each command reads its settings and calls one function; all else is imported inside,
so that `softfocus --help` costs nothing and `softfocus run` starts at once.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .models.errors import SoftfocusError

if TYPE_CHECKING:
    from .realtime.settings import RunSettings

app = typer.Typer(
    help="Blurs or replaces the background of a live camera and publishes it as a virtual camera.",
    epilog="Settings come from options, then SOFTFOCUS_ variables (SOFTFOCUS_BLUR=light), then "
    "config.toml in the user's configuration folder (blur = 'light').",
    rich_markup_mode=None,  # plain text: it starts faster, wraps in any terminal and can be piped
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
bench = typer.Typer(help="Measure speed and quality on this machine.")
export = typer.Typer(help="Convert other projects' models to ONNX.")
app.add_typer(bench, name="bench")
app.add_typer(export, name="export")


def louder(verbose: bool) -> None:
    """Log what only a developer wants to know."""
    if verbose:
        logging.getLogger(__package__).setLevel(logging.DEBUG)


def quieter() -> None:
    """Log warnings only."""
    logging.getLogger(__package__).setLevel(logging.WARNING)


def print_version(wanted: bool) -> None:
    """Say which softfocus this is."""
    if wanted:
        from importlib.metadata import version

        typer.echo(f"softfocus {version('softfocus')}")
        raise typer.Exit


Input = Annotated[
    str | None,
    typer.Option(
        "-i", "--input", metavar="SOURCE", help="0, /dev/video0, a video or picture file, a URL, demo."
    ),
]
Output = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="SINK",
        help="camera, camera:/dev/video10, window, FILE.mp4, FILE.mkv, FILE.y4m, - (Y4M on standard output) "
        "or null; may be given several times.",
    ),
]
BackgroundOption = Annotated[
    str | None, typer.Option("-b", "--background", metavar="WHAT", help="blur, a picture file, or #rrggbb.")
]
BlurOption = Annotated[
    str | None,
    typer.Option("--blur", metavar="STRENGTH", help="light, strong, or sigma in pixels of a 720p frame."),
]
ModelOption = Annotated[
    str | None, typer.Option("-m", "--model", metavar="NAME", help="One that softfocus models lists.")
]
SizeOption = Annotated[
    str | None, typer.Option("--size", metavar="WxH", help="Ask the camera for it, or bring a file to it.")
]
RateOption = Annotated[
    str | None, typer.Option("--fps", metavar="N", help="Frames per second to ask the camera for.")
]
ThreadsOption = Annotated[
    str | None, typer.Option("--threads", metavar="N", help="For the model; 1 is usually best.")
]
ModelDirOption = Annotated[
    list[str] | None, typer.Option("--model-dir", metavar="DIR", help="Look for model files there, too.")
]
RealtimeOption = Annotated[
    bool | None,
    typer.Option(
        "--realtime/--no-realtime",
        help="Treat a file as a camera: at its own speed, over and over, dropping what is late.",
    ),
]
ConfigOption = Annotated[
    Path | None, typer.Option("-c", "--config", metavar="FILE", help="Instead of the user's config.toml.")
]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", help="Say more on standard error.", callback=louder)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.callback(invoke_without_command=True)
def start(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    show_help(ctx)


@bench.callback(invoke_without_command=True)
@export.callback(invoke_without_command=True)
def show_help(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


@app.command()
def run(
    ctx: typer.Context,
    input: Input = None,
    output: Output = None,
    background: BackgroundOption = None,
    blur: BlurOption = None,
    model: ModelOption = None,
    size: SizeOption = None,
    fps: RateOption = None,
    threads: ThreadsOption = None,
    model_dir: ModelDirOption = None,
    realtime: RealtimeOption = None,
    config: ConfigOption = None,
    verbose: Verbose = False,
) -> None:
    """Blur what a camera sees and publish it; Ctrl-C ends it.

    Without options: from the first camera to the virtual camera. The background of a recording is
    blurred frame by frame: softfocus run -i talk.mp4 -o blurred.mp4
    """
    from .realtime.run import run

    run(settings(ctx.params))


@app.command()
def preview(
    ctx: typer.Context,
    input: Input = None,
    background: BackgroundOption = None,
    blur: BlurOption = None,
    model: ModelOption = None,
    size: SizeOption = None,
    fps: RateOption = None,
    threads: ThreadsOption = None,
    model_dir: ModelDirOption = None,
    mirror: Annotated[
        bool, typer.Option("--mirror/--no-mirror", help="Left and right as in a mirror.")
    ] = True,
    config: ConfigOption = None,
    verbose: Verbose = False,
) -> None:
    """See yourself in a window, as in a mirror; q ends it."""
    from .realtime.run import run

    run(settings({**ctx.params, "output": ["window"], "realtime": True}))


@app.command()
def demo(
    ctx: typer.Context,
    background: BackgroundOption = None,
    blur: BlurOption = None,
    model: ModelOption = None,
    size: SizeOption = None,
    threads: ThreadsOption = None,
    model_dir: ModelDirOption = None,
    config: ConfigOption = None,
    verbose: Verbose = False,
) -> None:
    """Make softfocus-demo.mp4 of a built-in clip; no camera needed."""
    from .realtime.run import run
    from .realtime.sinks.display import display_answers

    if not verbose:
        quieter()  # the summary is printed
    film = Path("softfocus-demo.mp4").absolute()
    outputs = [str(film), *(["window"] if display_answers() else [])]
    summary = run(settings({**ctx.params, "input": "demo", "output": outputs, "realtime": False}))
    typer.echo(f"{film}: {summary}")


@app.command()
def matte(
    ctx: typer.Context,
    input: Annotated[str, typer.Argument(metavar="IN", help="A video file.")],
    film: Annotated[Path, typer.Argument(metavar="OUT.mkv", help="Becomes FFV1, 8-bit gray, 255 = person.")],
    model: ModelOption = None,
    threads: ThreadsOption = None,
    model_dir: ModelDirOption = None,
    config: ConfigOption = None,
    verbose: Verbose = False,
) -> None:
    """Write the matte of every frame of a video.

    It is made exactly as in a live run, but no frame is dropped.
    """
    from .realtime.offline import write_matte

    count = write_matte(settings(ctx.params), film)
    typer.echo(f"{count} mattes in {film}")


@app.command()
def models(model_dir: ModelDirOption = None, config: ConfigOption = None) -> None:
    """List models: what they find, licence, where they are."""
    from .models.listing import list_models, table

    for line in table(list_models(settings({"model_dir": model_dir}, config).model_dirs)):
        typer.echo(line)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what this machine lacks, and what puts it right."""
    from .realtime.doctor import diagnose, printed

    findings = diagnose()
    typer.echo(
        json.dumps([asdict(finding) for finding in findings], indent=2) if as_json else printed(findings)
    )
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


@export.command("selfie")
def export_selfie(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where the ONNX files go.")],
    wheel: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A mediapipe wheel, as pip download gets it.")
    ] = None,
    tflite: Annotated[Path | None, typer.Option(metavar="FILE", help="One of its models.")] = None,
    check: Annotated[
        list[Path] | None,
        typer.Option(metavar="PHOTO", help="Compare with LiteRT on this photo; may be given several times."),
    ] = None,
) -> None:
    """Convert MediaPipe's selfie segmentation models from TFLite."""
    from .export.command import export_selfie

    if (source := wheel or tflite) is None or (wheel and tflite):
        raise typer.BadParameter("give either --wheel or --tflite")
    for line in export_selfie(source, output, check or ()):
        typer.echo(line)


def settings(options: Mapping[str, Any], config: Path | None = None) -> RunSettings:
    """The settings of a command: its options, on top of the environment, the file and the defaults."""
    from .realtime.config import settings_from

    return settings_from(options, os.environ, config or options.get("config"))


def main() -> None:
    """The console script."""
    logging.basicConfig(format="softfocus: %(message)s", level=logging.WARNING)
    logging.getLogger(__package__).setLevel(logging.INFO)
    signal.signal(signal.SIGTERM, end)
    sys.exit(told(lambda: app(prog_name="softfocus", standalone_mode=False)))


def told(command: Callable[[], int | None]) -> int:
    """The exit status of a command; what went wrong is told in one line."""
    try:
        return command() or 0
    except typer.TyperException as error:  # how the command was called
        typer.echo(
            f"softfocus: {one_line(error.format_message()).rstrip('.')}; softfocus --help tells more",
            err=True,
        )
        return error.exit_code
    except SoftfocusError as error:
        typer.echo(f"softfocus: {one_line(str(error))}", err=True)
        return 1


def one_line(message: str) -> str:
    return " ".join(message.split())


def end(signal_number: int, frame: FrameType | None) -> None:
    """SIGTERM is how services are stopped: close everything and say that all went well."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(0)


if __name__ == "__main__":
    main()
