"""`softfocus inspect`: the command line of overlays."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import (
    ConfigOption,
    DeviceOption,
    ModelDirOption,
    ModelOption,
    OverwriteOption,
    SizeOption,
    SubjectOption,
    ThreadsOption,
    settings,
)
from .say import say


def inspect(
    ctx: typer.Context,
    input: Annotated[str, typer.Argument(metavar="IMAGE|FILE|CAMERA", help="A picture, film or camera.")],
    output: Annotated[
        str,
        typer.Option(
            "-o", "--output", metavar="PNG|FOLDER", help="A sheet of all, or a file each; or window."
        ),
    ] = "window",
    at: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="Which frame of a film.")] = 0.0,
    subject: SubjectOption = None,
    model: ModelOption = None,
    size: SizeOption = None,
    threads: ThreadsOption = None,
    device: DeviceOption = None,
    model_dir: ModelDirOption = None,
    overwrite: OverwriteOption = None,
    config: ConfigOption = None,
) -> None:
    """Show what is seen in a picture: matte, subjects and more.

    Saliency, depth, hair and parts need models of their own; which, it says.
    """
    from ..inspection.inspect import inspect

    options = {name: value for name, value in ctx.params.items() if name not in ("output", "at")}
    for line in inspect(settings(options), output, at):
        say(line)
