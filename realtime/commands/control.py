"""softfocus set, status and panel: to the one that runs."""

from __future__ import annotations

import json
import webbrowser
from typing import Annotated, Any

import typer

from .options import (
    BackgroundOption,
    ConfigOption,
    InputOption,
    JsonOption,
    OutputOption,
    RealtimeOption,
    VerboseOption,
    attended,
    settings,
)
from .say import printable

PidOption = Annotated[
    int | None,
    typer.Option("--pid", metavar="N", help="This process, not the one that was started last."),
]


def set_value(
    name: Annotated[str, typer.Argument(metavar="KEY", help="A setting, such as background or blur.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="As in config.toml or after --KEY.")],
    pid: PidOption = None,
) -> None:
    """Change a setting of the softfocus that runs, until it ends."""
    from ..control.remote import Remote

    Remote(pid).set(name, value)


def show_status(pid: PidOption = None, as_json: JsonOption = False) -> None:
    """Say how the softfocus that runs is doing."""
    from ..control.remote import Remote

    report = Remote(pid).status()
    typer.echo(json.dumps(report) if as_json else printable("\n".join(printed(report))))


def serve(
    ctx: typer.Context,
    pid: PidOption = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page, or only print its address.")
    ] = True,
    input: InputOption = None,
    output: OutputOption = None,
    background: BackgroundOption = None,
    realtime: RealtimeOption = None,
    config: ConfigOption = None,
    verbose: VerboseOption = False,
) -> None:
    """See and steer the softfocus that runs, in your browser.

    Starts one where none runs.
    The page is served on this machine only, and only to who has the address that is printed.
    """
    from ..control.remote import Remote
    from ..errors import NotRunning

    def opened(address: str) -> None:
        typer.echo(address)
        if browser:
            webbrowser.open(address)

    try:
        opened(Remote(pid).panel())
    except NotRunning:
        if pid is not None:
            raise
        from ..runs.run import run

        run(settings(ctx.params), attended(ctx.params, opened))


def printed(report: dict[str, Any]) -> list[str]:
    """A report for people, a line each."""
    why = f" ({report['reason']})" if report["reason"] else ""
    rates = f"{report['fps_in']} frames a second in, {report['fps_out']} out, " if report["fps_in"] else ""
    load = f", {report['cpu_percent']:.0f} % of a core" if report["cpu_percent"] is not None else ""
    sinks = [
        f"to {sink['name']}: {sink['sent']} sent, {sink['dropped']} dropped"
        + (f"; {sink['error']}" if sink["error"] else "")
        for sink in report["sinks"]
    ]
    closings = [f"gate shut {times}x: {reason}" for reason, times in report["closings"].items()]
    quarantine = report["quarantine"]
    hidden = f"a doubted piece hidden {quarantine['times']}x, in {quarantine['frames']} frames"
    settings = [f"{name} = {value}" for name, value in report["settings"].items()]
    weak = ["WEAK BLUR: writing in the room may be read"] if report["weak"] else []
    head = f"process {report['pid']}: {report['state']}{why}, {rates}{report['latency_ms']:.0f} ms late{load}"
    return [
        head,
        *weak,
        f"from {report['source']}",
        *sinks,
        *closings,
        *([hidden] if quarantine["frames"] else []),
        *settings,
    ]
