"""`softfocus bench`: the command line of the measurements."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import typer

from ..realtime.options import (
    ConfigOption,
    JsonOption,
    ModelDirOption,
    ModelOption,
    ThreadsOption,
    settings,
    show_help,
)

Feed = Literal["mjpeg", "yuyv", "i420"]

app = typer.Typer(help="Measure speed and quality on this machine.")
app.callback(invoke_without_command=True)(show_help)


@app.command()
def fps(
    ctx: typer.Context,
    input: Annotated[
        str, typer.Option("-i", "--input", metavar="FILE", help="A video file, or demo.")
    ] = "demo",
    size: Annotated[str, typer.Option(metavar="WxH", help="Of the frames.")] = "1280x720",
    feed: Annotated[
        Feed | None, typer.Option(help="How frames come in; by default as MJPEG and, by turns, as planes.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="To measure each feed.")] = 10.0,
    frames: Annotated[int, typer.Option(min=0, help="To measure of each feed, at least.")] = 0,
    paced: Annotated[
        float | None, typer.Option(metavar="FPS", min=1, help="Feed through the live loop at this rate.")
    ] = None,
    sinks: Annotated[int, typer.Option(min=1, help="How many take every frame.")] = 1,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    model_dir: ModelDirOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure frames per second, CPU, latency and memory.

    The JSON's keys are described in docs/bench.md.
    """
    from .fps import HD, FpsSettings, measure

    told = settings(ctx.params)
    report = measure(
        FpsSettings(
            input=told.input,
            size=told.size or HD,
            feeds=(feed,) if feed else ("mjpeg", "i420"),
            seconds=seconds,
            frames=frames,
            paced=paced,
            sinks=sinks,
            model=told.model,
            threads=told.threads,
            model_dirs=told.model_dirs,
        )
    )
    typer.echo(json.dumps(report.json(), indent=2) if as_json else report.table())
