"""`softfocus export`: the command line of the exporters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..realtime.commands.options import show_help

app = typer.Typer(help="Convert other projects' models to ONNX.")
app.callback(invoke_without_command=True)(show_help)


@app.command()
def selfie(
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
    from .command import export_selfie

    if (source := wheel or tflite) is None or (wheel and tflite):
        raise typer.BadParameter("give either --wheel or --tflite")
    for line in export_selfie(source, output, check or ()):
        typer.echo(line)
