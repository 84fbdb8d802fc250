"""Options that several commands share, each a setting's text; `config` makes settings of them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import values

if TYPE_CHECKING:
    from ..control.attend import Attend
    from ..control.journal import Journal
    from ..control.running import Running
    from ..panel.panel import Panel
    from ..settings import RunSettings


def settings(options: Mapping[str, Any], config: Path | None = None) -> RunSettings:
    """The settings of a command: its options, on top of the environment, the file and the defaults."""
    from ..settings.config import settings_from

    return settings_from(options, os.environ, config or options.get("config"))


def attended(options: Mapping[str, Any], opened: Callable[[str], object] | None = None) -> Attend:
    """How a command's run is reached from outside: by its file, and by softfocus set, status and panel.

    opened  is told the panel's address at the start; None: the panel waits until it is asked for
    """
    from ..control.attend import attend

    return attend(options, os.environ, options.get("config"), serve=serve_panel, opened=opened)


def serve_panel(running: Running, journal: Journal) -> Panel:
    """Begin to serve the panel; raises PanelMissing."""
    from ..errors import PanelMissing

    if find_spec("aiohttp") is None:
        raise PanelMissing
    from ..panel.panel import Panel

    return Panel(running, journal)


def louder(verbose: bool) -> None:
    """Log what only a developer wants to know."""
    if verbose:
        logging.getLogger("softfocus").setLevel(logging.DEBUG)


def show_help(ctx: typer.Context) -> None:
    """For a group of commands that is called without one of them."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


InputOption = Annotated[
    str | None,
    typer.Option(
        "-i",
        "--input",
        metavar="SOURCE",
        autocompletion=values.of(values.INPUTS),
        help="camera (the first), 0, /dev/video0, its name, pipewire:NAME, a film or picture, a URL, demo.",
    ),
]
OutputOption = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="SINK",
        autocompletion=values.of(values.OUTPUTS),
        help="camera, camera:/dev/video10, pipewire, pipewire:NAME, window, FILE.mp4, .mkv, .y4m, .webm, "
        ".mov or .png (the last three can be transparent), - (Y4M on standard output) or null; may be given "
        "several times.",
    ),
]
BackgroundOption = Annotated[
    str | None,
    typer.Option(
        "-b",
        "--background",
        metavar="WHAT",
        autocompletion=values.of(values.BACKGROUNDS),
        help="blur, bokeh, depth, grey, a picture, a film, a folder of pictures, #rrggbb, camera:NAME, "
        "a URL, screen: or screen:1280x720+0+0, transparent, or none: seen as it is, in this run only.",
    ),
]
BlurOption = Annotated[
    str | None,
    typer.Option(
        "--blur",
        metavar="STRENGTH",
        autocompletion=values.of(values.BLURS),
        help="light, strong, or sigma in pixels of a 720p frame.",
    ),
]
SubjectOption = Annotated[
    str | None,
    typer.Option(
        "--subject",
        metavar="WHO",
        autocompletion=values.of(values.SUBJECTS),
        help="all, largest, centre, a number, or a phrase: 'left', 'the person in red', 'everyone but 2', "
        "左の人. Whoever comes later is background.",
    ),
]
SubjectModelOption = Annotated[
    str | None,
    typer.Option(
        "--subject-model",
        metavar="URL",
        help="Where --subject 'ask: ...' is understood: an OpenAI-compatible vision model, such as "
        "http://127.0.0.1:8080/v1. A PICTURE OF YOU IS SENT THERE.",
    ),
]
BlurPartOption = Annotated[
    str | None,
    typer.Option(
        "--blur-part",
        metavar="PART",
        autocompletion=values.of(values.PARTS),
        help="Blur this of the person beyond recognition: face, hair, body, or person, which is all; "
        "whoever's head is not found is blurred as a whole.",
    ),
]
ApertureOption = Annotated[
    str | None, typer.Option("--aperture", metavar="F", help="Of bokeh's lens: 1.2 blurs more, 4 less.")
]
MatchOption = Annotated[
    bool | None,
    typer.Option("--match/--no-match", help="Give the person the light of the picture behind them, mildly."),
]
FitOption = Annotated[
    str | None,
    typer.Option(
        "--fit",
        metavar="HOW",
        autocompletion=values.of(values.FITS),
        help="Pictures and films fill the frame, fit into it, or stretch.",
    ),
]
FrameOption = Annotated[
    str | None,
    typer.Option(
        "--frame",
        metavar="HOW",
        autocompletion=values.of(values.FRAMES),
        help="Keep the person in the middle: off, gentle or close.",
    ),
]
PositionOption = Annotated[
    str | None,
    typer.Option(
        "--position",
        metavar="WHERE",
        autocompletion=values.of(values.POSITIONS),
        help="What is kept: centre, left, right, top or bottom.",
    ),
]
GrowOption = Annotated[
    str | None,
    typer.Option("--grow", metavar="PX", help="Move the person's edge out, or in if negative (720p pixels)."),
]
FeatherOption = Annotated[
    str | None,
    typer.Option("--feather", metavar="PX", help="Let the person fade inside the edge (720p pixels)."),
]
PlateOption = Annotated[
    bool | None,
    typer.Option("--plate/--no-plate", help="Step out of the picture at the start: the room is learnt."),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "-m", "--model", metavar="NAME", autocompletion=values.models, help="One that softfocus models lists."
    ),
]
SizeOption = Annotated[
    str | None,
    typer.Option(
        "--size",
        metavar="WxH",
        autocompletion=values.of(values.SIZES),
        help="Ask the camera for it, or bring a file to it.",
    ),
]
RateOption = Annotated[
    str | None, typer.Option("--fps", metavar="N", help="Frames per second to ask the camera for.")
]
ThreadsOption = Annotated[
    str | None, typer.Option("--threads", metavar="N", help="For the model; 1 is usually best.")
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="NAME",
        autocompletion=values.of(values.DEVICES),
        help="What the model runs on: auto, cpu, cuda, tensorrt, openvino, coreml or directml.",
    ),
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
AlwaysOnOption = Annotated[
    bool | None,
    typer.Option(
        "--always-on/--on-demand",
        help="Keep the webcam on, or, as usual, only while somebody watches the virtual camera (Linux).",
    ),
]
RefineOption = Annotated[
    str | None,
    typer.Option(
        "--refine",
        metavar="KIND",
        autocompletion=values.of(values.REFINERS),
        help="A heavy model corrects the light one, beside the call: off, auto, person, sam, salient or "
        "cartoon.",
    ),
]
RefineEveryOption = Annotated[
    str | None, typer.Option("--refine-every", metavar="SECONDS", help="How often it looks; 2 by default.")
]
RefineShareOption = Annotated[
    str | None,
    typer.Option("--refine-share", metavar="SHARE", help="Of one core that it may take; .25 by default."),
]
RefineLatencyOption = Annotated[
    str | None,
    typer.Option(
        "--refine-latency",
        metavar="SECONDS",
        autocompletion=values.of(values.LATENCIES),
        help="Of a recording: how late its answers land, or real, as late as they take here.",
    ),
]
QualityOption = Annotated[
    str | None,
    typer.Option(
        "--quality",
        metavar="LEVEL",
        autocompletion=values.of(values.QUALITIES),
        help="auto (less while frames take too long or the machine is to be spared), low, medium or high.",
    ),
]
AudioOption = Annotated[
    bool | None,
    typer.Option("--audio/--no-audio", help="Keep the sound of a recording, as usual, or leave it out."),
]
OverwriteOption = Annotated[
    bool | None,
    typer.Option(
        "--overwrite/--no-overwrite",
        help="Replace outputs that are there already; as usual they stay, and new ones get a number.",
    ),
]
StatusOption = Annotated[
    str | None,
    typer.Option("--status", metavar="FILE", help="Tell how it goes, in JSON lines; - is standard output."),
]
ConfigOption = Annotated[
    Path | None, typer.Option("-c", "--config", metavar="FILE", help="Instead of the user's config.toml.")
]
VerboseOption = Annotated[
    bool, typer.Option("-v", "--verbose", help="Say more on standard error.", callback=louder)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
