"""`softfocus export`: the command line of the exporters."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..realtime.commands.options import ModelDirOption, show_help
from ..realtime.commands.say import say

if TYPE_CHECKING:
    from ..models.segmenter import InputSize
    from .upstream.trace import Network

app = typer.Typer(help="Convert others' models to ONNX, and make them smaller.")
app.callback(invoke_without_command=True)(show_help)

FolderOption = Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where the ONNX files go.")]
FileOption = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The ONNX file to write.")]
SourceOption = Annotated[
    Path, typer.Option(metavar="DIR", help="A checkout of its makers' repository, whose code is run.")
]
InstalledOption = Annotated[
    Path | None, typer.Option("--source", metavar="DIR", help="A checkout, where no package is installed.")
]
WeightsOption = Annotated[
    Path | None,
    typer.Option("--checkpoint", metavar="FILE", help="Its makers' weights; without them, random ones."),
]
TrustOption = Annotated[
    bool, typer.Option("--trust", help="Read checkpoints that can run code; only from makers you trust.")
]
SizeOption = Annotated[
    str | None, typer.Option(metavar="WIDTHxHEIGHT", help="A fixed size; without it, any size.")
]
OnnxArgument = Annotated[Path, typer.Argument(metavar="IN.onnx")]
ContractOption = Annotated[
    str, typer.Option("-m", "--model", metavar="NAME", help="The known model whose inputs it has.")
]
PhotosOption = Annotated[
    list[Path] | None,
    typer.Option("--check", metavar="PHOTO", help="Compare on this photo; may be given several times."),
]


@app.command()
def selfie(
    output: FolderOption,
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
        say(line)


@app.command()
def detectors(
    output: FolderOption,
    wheel: Annotated[Path, typer.Option(metavar="FILE", help="A mediapipe wheel, as pip download gets it.")],
    check: Annotated[
        list[Path] | None,
        typer.Option(metavar="PHOTO", help="Compare with LiteRT on this photo; may be given several times."),
    ] = None,
) -> None:
    """Convert MediaPipe's detectors from TFLite."""
    from .command import export_detectors

    for line in export_detectors(wheel, output, check or ()):
        typer.echo(line)


@app.command()
def hair(
    output: FolderOption,
    tflite: Annotated[Path, typer.Option(metavar="FILE", help="MediaPipe's hair_segmentation.tflite.")],
) -> None:
    """Convert MediaPipe's hair segmentation model from TFLite."""
    from .command import export_hair

    say(export_hair(tflite, output))


@app.command()
def rvm(
    output: FolderOption,
    source: SourceOption,
    checkpoint: WeightsOption = None,
    size: SizeOption = None,
    trust: TrustOption = False,
) -> None:
    """Export Robust Video Matting (MobileNetV3) from PyTorch."""
    from .upstream.rvm import rvm

    tell([rvm(source, checkpoint, sized(size), trusted=trust)], output)


@app.command()
def modnet(
    output: FolderOption,
    source: SourceOption,
    checkpoint: WeightsOption = None,
    size: SizeOption = None,
    trust: TrustOption = False,
) -> None:
    """Export MODNet from PyTorch."""
    from .upstream.modnet import modnet

    tell([modnet(source, checkpoint, sized(size), trusted=trust)], output)


@app.command("mobile-sam")
def mobile_sam(
    output: FolderOption,
    source: InstalledOption = None,
    checkpoint: WeightsOption = None,
    trust: TrustOption = False,
) -> None:
    """Export MobileSAM's encoder and decoder from PyTorch."""
    from .upstream.mobile_sam import mobile_sam

    tell(mobile_sam(source, checkpoint, trusted=trust), output)


@app.command("efficient-sam")
def efficient_sam(
    output: FolderOption,
    source: SourceOption,
    checkpoint: WeightsOption = None,
    small: Annotated[bool, typer.Option("--small", help="ViT-small; without it, ViT-tiny.")] = False,
    trust: TrustOption = False,
) -> None:
    """Export EfficientSAM's encoder and decoder from PyTorch."""
    from .upstream.efficient_sam import efficient_sam

    tell(efficient_sam(source, checkpoint, "vits" if small else "vitt", trusted=trust), output)


@app.command()
def cartoon(
    output: FolderOption,
    source: SourceOption,
    detector: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The detector's weights; without them, random ones.")
    ] = None,
    refiner: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The refiner's weights; without them, random ones.")
    ] = None,
    trust: TrustOption = False,
) -> None:
    """Export CartoonSegmentation's two networks from PyTorch."""
    from .upstream import cartoon

    tell([cartoon.detector(detector, trusted=trust), cartoon.refiner(source, refiner, trusted=trust)], output)


@app.command()
def simplify(network: OnnxArgument, output: FileOption) -> None:
    """Leave out what need not be computed every time.

    What does not depend on the input is computed once, what does nothing is dropped.
    """
    need_onnx()
    from .network.command import export_simplified

    say(export_simplified(network, output))


@app.command()
def half(
    network: OnnxArgument, output: FileOption, model: ContractOption, check: PhotosOption = None
) -> None:
    """Store a network in 16-bit floating point.

    --check says what that costs and brings.
    """
    need_onnx()
    from .network.command import export_half

    say(export_half(network, output, model, check or ()))


@app.command()
def int8(
    network: OnnxArgument,
    output: FileOption,
    model: ContractOption,
    calibrate: Annotated[
        list[Path], typer.Option(metavar="PHOTO", help="What it will see is like this; give several.")
    ],
    check: PhotosOption = None,
) -> None:
    """Store a network in 8-bit whole numbers.

    --check says what that costs and brings.
    """
    need_onnx()
    from .network.command import export_int8

    say(export_int8(network, output, model, calibrate, check or ()))


@app.command()
def tensorrt(
    model: Annotated[str, typer.Argument(metavar="NAME", help="A known model whose file is here.")],
    model_dir: ModelDirOption = None,
) -> None:
    """Build a model's TensorRT engine ahead of a call.

    Else the first run with --device tensorrt builds it, which takes minutes.
    """
    from ..realtime.commands.options import settings
    from .tensorrt import build_engine

    for path in build_engine(model, settings({"model_dir": model_dir}).model_dirs):
        say(path)


def tell(networks: Iterable[Network], folder: Path) -> None:
    """Export, with a line for each file."""
    need_onnx()
    from .upstream.command import export

    for line in export(networks, folder):
        say(line)


def need_onnx() -> None:
    """Raises ExporterMissing before anything that would import it."""
    from .command import need

    need("onnx")


def sized(text: str | None) -> InputSize | None:
    """A fixed size, from text."""
    from ..models.segmenter import InputSize

    if text is None:
        return None
    width, cross, height = text.partition("x")
    if not (cross and width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise typer.BadParameter(f"--size {text!r} is not WIDTHxHEIGHT in pixels")
    return InputSize(int(width), int(height))
