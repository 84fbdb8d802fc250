"""Exports MediaPipe's two selfie models: from their TFLite files to the ONNX files that we bundle."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from .convert import convert
from .errors import NoModelInside
from .rewrite import mix_before_enlarging, take_bytes, unpack_weights
from .tflite import Graph, parse_tflite

MASK, FEATURES = "mask", "features"
_HEAD = "Convolution2DTransposeBias"
_IN_WHEEL = (
    "mediapipe/modules/selfie_segmentation/selfie_segmentation_landscape.tflite",
    "mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite",
)


def export_wheel(wheel: Path, folder: Path) -> Iterator[Path]:
    """Both models out of a mediapipe wheel; gives the written files."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            contents = [archive.read(member) for member in _IN_WHEEL]
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise NoModelInside(wheel, str(error)) from None
    for content in contents:
        yield _write(content, wheel, folder)


def export_tflite(tflite: Path, folder: Path) -> Path:
    """One model; gives the written file."""
    try:
        content = tflite.read_bytes()
    except OSError as error:
        raise NoModelInside(tflite, error.strerror or str(error)) from None
    return _write(content, tflite, folder)


def selfie_onnx(content: bytes, path: Path) -> tuple[str, bytes]:
    """File name and content of the ONNX model made of a TFLite file's content.

    picture   (1, H, W, 3) uint8 RGB
    mask      (1, 1, H, W) float32, 0 = background, 1 = person
    features  (1, C, H/2, W/2) float32, what the last layer makes the mask from; costs nothing, for
              that layer wants it in this layout anyway
    """
    graph = mix_before_enlarging(take_bytes(unpack_weights(parse_tflite(content, path))))
    heads = [operator for operator in graph.operators if operator.kind == _HEAD]
    if len(heads) != 1 or len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise NoModelInside(path, "not a selfie model")
    name = _name(graph)
    about = {"source": "MediaPipe selfie segmentation", "source_sha256": hashlib.sha256(content).hexdigest()}
    outputs = {graph.outputs[0]: MASK, heads[0].inputs[0]: FEATURES}
    return f"{name}.onnx", convert(graph, name=name, outputs=outputs, about=about)


def _name(graph: Graph) -> str:
    _, height, width, _ = graph.tensors[graph.inputs[0]].shape
    return "selfie_square" if width == height else "selfie_landscape"


def _write(content: bytes, source: Path, folder: Path) -> Path:
    name, model = selfie_onnx(content, source)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / name
    target.write_bytes(model)
    return target
