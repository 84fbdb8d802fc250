"""`softfocus bench`: the command line of the measurements."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import typer

from ..realtime.commands.options import (
    ConfigOption,
    JsonOption,
    ModelDirOption,
    ModelOption,
    QualityOption,
    RefineEveryOption,
    RefineLatencyOption,
    RefineOption,
    ThreadsOption,
    settings,
    show_help,
)

if TYPE_CHECKING:
    from ..realtime.frame import Size
    from ..realtime.settings import RunSettings

Feed = Literal["mjpeg", "yuyv", "i420"]
ClipOption = Annotated[
    str,
    typer.Option(
        "-i", "--input", metavar="FILE", help="What is filmed: a video file, demo, or still (nobody moves)."
    ),
]
SizeOption = Annotated[str | None, typer.Option(metavar="WxH", help="Of the frames.")]
ClipsOption = Annotated[Path, typer.Option(metavar="DIR", help="Holds NAME.mp4 and NAME_alpha.mkv.")]
JobsOption = Annotated[int, typer.Option("-j", "--jobs", min=1, metavar="N", help="Processes that share it.")]
SecondsOption = Annotated[float, typer.Option(min=0.1, metavar="S", help="To measure each case.")]

app = typer.Typer(help="Measure speed and quality on this machine.")
app.callback(invoke_without_command=True)(show_help)


@app.command()
def fps(
    ctx: typer.Context,
    input: ClipOption = "demo",
    size: SizeOption = None,
    feed: Annotated[
        Feed | None, typer.Option(help="How frames come in; by default as MJPEG and, by turns, as planes.")
    ] = None,
    seconds: SecondsOption = 10.0,
    frames: Annotated[int, typer.Option(min=0, metavar="N", help="To measure of each case, at least.")] = 0,
    paced: Annotated[
        float | None, typer.Option(min=1, metavar="FPS", help="Feed through the live loop at this rate.")
    ] = None,
    sinks: Annotated[int, typer.Option(min=1, metavar="N", help="How many take every frame.")] = 1,
    peers: Annotated[bool, typer.Option("--peers", help="Beside others, and over what is possible.")] = False,
    peers_python: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="An interpreter that has mediapipe, see docs/bench.md."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw the comparison, with --peers.")
    ] = None,
    refine: RefineOption = None,
    model: ModelOption = None,
    quality: QualityOption = None,
    threads: ThreadsOption = None,
    model_dir: ModelDirOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure frames per second, CPU, latency and memory.

    The JSON's keys are described in docs/bench.md.
    """
    if peers:
        if quality:
            raise typer.BadParameter("--peers measures high and low quality alike; leave --quality out")
        compare_peers(ctx.params)
        return
    if plot or peers_python:
        raise typer.BadParameter("--plot and --peers-python go with --peers")
    if refine and not paced:
        raise typer.BadParameter("--refine goes with --paced: flat out, nothing runs beside")
    from .fps import FpsSettings, measure

    told = told_by(ctx.params)
    measured = FpsSettings(
        input=told.input,
        size=size_of(told),
        feeds=(feed,) if feed else ("mjpeg", "i420"),
        seconds=seconds,
        frames=frames,
        paced=paced,
        sinks=sinks,
        refine=told.refine,
        model=told.model,
        quality=told.quality,
        threads=told.threads,
        model_dirs=told.model_dirs,
    )
    show(measure(measured), as_json)


@app.command()
def scale(
    ctx: typer.Context,
    input: ClipOption = "demo",
    seconds: SecondsOption = 3.0,
    model: ModelOption = None,
    model_dir: ModelDirOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure what pixels, threads and outputs cost."""
    from .scale import ScaleSettings, sweep

    told = told_by(ctx.params)
    swept = ScaleSettings(input=told.input, seconds=seconds, model=told.model, model_dirs=told.model_dirs)
    show(sweep(swept), as_json)


@app.command()
def soak(
    ctx: typer.Context,
    input: ClipOption = "demo",
    size: SizeOption = None,
    minutes: Annotated[float, typer.Option(min=0.1, metavar="N", help="Of a call.")] = 60.0,
    accelerated: Annotated[
        bool, typer.Option("--accelerated", help="As many frames as such a call has, as fast as they go.")
    ] = False,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    model_dir: ModelDirOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run for long: does it grow, does it slow down?"""
    from .soak import SoakSettings, soak

    told = told_by(ctx.params)
    soaked = SoakSettings(
        minutes=minutes,
        accelerated=accelerated,
        input=told.input,
        size=size_of(told),
        model=told.model,
        threads=told.threads,
        model_dirs=told.model_dirs,
    )
    report = soak(soaked)
    show(report, as_json)
    raise typer.Exit(0 if report.verdict.holds else 1)


@app.command()
def backdrops(
    ctx: typer.Context,
    size: SizeOption = None,
    seconds: SecondsOption = 3.0,
    model_dir: ModelDirOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure what each background costs a frame."""
    from .backdrops import BackdropsSettings, measure

    told = told_by(ctx.params)
    show(measure(BackdropsSettings(size_of(told), seconds, told.model_dirs)), as_json)


@app.command()
def privacy(
    pictures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep what was judged there, as pictures.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure how large writing must be to be read.

    Through each backdrop, as it is and after undoing the blur; docs/backgrounds.md tells more.
    """
    from .privacy import measure

    show(measure(pictures=pictures), as_json)


@app.command()
def model(
    seconds: SecondsOption = 3.0,
    as_json: JsonOption = False,
) -> None:
    """Measure our own inference beside ONNX Runtime's."""
    from .model import measure

    show(measure(seconds), as_json)


@app.command()
def governor(
    ctx: typer.Context,
    input: ClipOption = "demo",
    size: SizeOption = None,
    rate: Annotated[float, typer.Option("--fps", min=1, metavar="N", help="To hold.")] = 30.0,
    under: Annotated[float, typer.Option(min=1, metavar="S", help="Of load.")] = 15.0,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Does --quality auto hold the rate under load?

    Something else takes one of two cores for a while; it should also come back after that.
    """
    from .governor import GovernorSettings
    from .governor import measure as play

    told = told_by({**ctx.params, "fps": None})
    report = play(GovernorSettings(input=told.input, size=size_of(told), rate=rate, under=under))
    show(report, as_json)
    raise typer.Exit(0 if report.holds else 1)


@app.command()
def quality(
    ctx: typer.Context,
    clips: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Holds NAME.mp4 and NAME_alpha.mkv.")
    ] = None,
    stills: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Holds NAME.jpg and NAME_mask.png: photos played as clips."),
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="NAME[,NAME]", help="Of the stills those that begin so.")
    ] = None,
    jobs: JobsOption = 1,
    variant: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Give it again for more; of clips all by default."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write pictures, curves and tables there.")
    ] = None,
    refine: Annotated[
        str | None,
        typer.Option(metavar="KIND[,KIND]", help="Also with these refiners; alone with raw and default."),
    ] = None,
    refine_every: RefineEveryOption = None,
    refine_latency: RefineLatencyOption = None,
    model: ModelOption = None,
    model_dir: ModelDirOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure mattes against exact alpha.

    Of clips, says what each step of the matte path gives and costs; of stills, how it does on people in the
    world and in rooms without any, with -m beside another model.
    The figures are described in docs/quality.md.
    """
    from .quality import VARIANTS, Refining, measure
    from .quality_report import Report as Pages
    from .stills import measure_stills, ways

    if unknown := set(variant or ()) - set(VARIANTS):
        raise typer.BadParameter(f"no variant {sorted(unknown)[0]!r}; there are: {', '.join(VARIANTS)}")
    told = told_by({**ctx.params, "refine": None})
    if stills and not (clips or refine or report):
        compared, names = ways(told.model, variant or ()), only.split(",") if only else ()
        show(measure_stills(stills, compared, model_dirs=told.model_dirs, only=names, jobs=jobs), as_json)
        return
    if not clips or stills or only or jobs > 1:
        raise typer.BadParameter("give --clips, or --stills; --only and --jobs go with --stills alone")
    pages = Pages(report) if report else None
    kinds = refine.split(",") if refine else []
    refined = [Refining(kind, told.refine_every, told.refine_latency) for kind in map(known_kind, kinds)]
    measured = measure(
        clips,
        model=told.model,
        model_dirs=told.model_dirs,
        variants=variant or (("raw", "default") if refine else tuple(VARIANTS)),
        refined=refined,
        witness=pages,
    )
    if pages:
        pages.write(measured)
    show(measured, as_json)


@app.command()
def subjects(
    ctx: typer.Context,
    clips: Annotated[
        Path, typer.Option(metavar="DIR", help="Holds NAME.mp4 and NAME_alpha_WHO.mkv of its people.")
    ],
    only: Annotated[str | None, typer.Option(metavar="NAME[,NAME]", help="The clips that begin so.")] = None,
    jobs: JobsOption = 1,
    model: ModelOption = None,
    model_dir: ModelDirOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure whether the chosen one is shown, and nobody else.

    WHO is the phrase that chooses them, such as left; docs/subjects.md tells the rest.
    """
    from .subjects import measure_subjects

    told = told_by(ctx.params)
    show(measure_subjects(clips, told, only=only.split(",") if only else (), jobs=jobs), as_json)


@app.command()
def refine(
    ctx: typer.Context,
    clips: ClipsOption,
    refine_every: RefineEveryOption = None,
    refine_latency: RefineLatencyOption = None,
    model_dir: ModelDirOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure what refiners give, against exact alpha.

    Every one that is here plays, right and wrong on purpose.
    docs/refine.md tells what was found.
    """
    from .refine import measure

    told = told_by(ctx.params)
    measured = measure(
        clips, model_dirs=told.model_dirs, every=told.refine_every, latency=told.refine_latency
    )
    show(measured, as_json)


def known_kind(text: str) -> str:
    """A refiner's kind."""
    from ..realtime.settings.texts import read_refine

    try:
        if (kind := read_refine(text)) != "off":
            return kind
        raise ValueError("off refines nothing")
    except ValueError as error:
        raise typer.BadParameter(f"--refine: {error}") from None


def compare_peers(options: Mapping[str, Any]) -> None:
    """What `fps --peers` does."""
    from .peers import PeersSettings, compare
    from .plot import draw

    told = told_by(options)
    contest = PeersSettings(
        input=told.input,
        seconds=options["seconds"],
        model=told.model,
        threads=told.threads,
        model_dirs=told.model_dirs,
        peers_python=options["peers_python"],
    )
    report = compare(replace(contest, sizes=(size_of(told),)) if options["size"] else contest)
    show(report, options["as_json"])
    if options["plot"]:
        draw(report.json(), options["plot"])


class Report(Protocol):
    """What every measurement gives."""

    def json(self) -> dict[str, Any]: ...

    def table(self) -> str: ...


def show(report: Report, as_json: bool) -> None:
    """On standard output."""
    typer.echo(json.dumps(report.json(), indent=2) if as_json else report.table())


def told_by(options: Mapping[str, Any]) -> RunSettings:
    """The settings that a measurement shares with a run; the user's own size is none of its business."""
    return settings({**options, "size": options.get("size") or "1280x720"})


def size_of(told: RunSettings) -> Size:
    """As `told_by` made sure, there is one."""
    assert told.size
    return told.size
