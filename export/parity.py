"""Whether an exported model still computes what the original does: both see the same photos."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..models.segmenter import Rgb
from ..models.session import Port, Session, Values
from .errors import UnreadablePhoto

TOLERANCE = 1e-3  # of a mask value; rounding alone gave up to 1.5e-4 on 40 photos
MASK = {"mask": 0}


@dataclass(frozen=True, slots=True)
class Parity:
    """How far the two are apart: the largest difference of any value, and over how many photos.

    Where an output's values go beyond 1, as coordinates in pixels do, it counts as a share of the greatest.
    """

    largest: float
    photos: int

    @property
    def holds(self) -> bool:
        return self.largest <= TOLERANCE


def compare(
    tflite: bytes,
    onnx: bytes,
    photos: Iterable[Path],
    path: Path,
    *,
    outputs: Mapping[str, int] = MASK,
    span: int = 1,
) -> Parity:
    """Run LiteRT on the original and ONNX Runtime on the export; `path` is the export's, for messages.

    outputs  the export's, with their numbers in the original
    span     the original wants 0..1, or where it is 2, −1..1
    """
    original = _LiteRt(tflite, outputs, span)
    height, width = original.size
    inputs = {"picture": Port((1, height, width, 3), np.uint8)}
    ports = {name: Port(shape, np.float32) for name, shape in original.shapes.items()}
    export = Session(path, onnx, inputs=inputs, outputs=ports)
    largest, count = 0.0, 0
    for photo in photos:
        picture = _read(photo, width, height)
        np.copyto(export.inputs["picture"][0], picture)
        export.run()
        apart = [_apart(export.outputs[name], wanted) for name, wanted in original(picture).items()]
        largest, count = max(largest, *apart), count + 1
    return Parity(largest, count)


def _apart(found: Values, wanted: Values) -> float:
    return float(np.abs(found - wanted).max() / max(1, np.abs(wanted).max()))


class _LiteRt:
    """The original model, run by Google's own runtime."""

    def __init__(self, content: bytes, outputs: Mapping[str, int], span: int) -> None:
        runtime: Any = importlib.import_module("ai_edge_litert.interpreter")  # it has no types
        self._interpreter = runtime.Interpreter(model_content=content, num_threads=1)
        self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        details = self._interpreter.get_output_details()
        self._outputs = {name: details[number] for name, number in outputs.items()}
        self._span = span
        _, height, width, _ = self._input["shape"]
        self.size = int(height), int(width)
        self.shapes = {name: _planar_shape(each["shape"]) for name, each in self._outputs.items()}

    def __call__(self, picture: Rgb) -> dict[str, Values]:
        """(H, W, 3) in; images come out as (1, C, H, W)."""
        floats = picture.astype(np.float32)[np.newaxis] / 255 * self._span - (self._span - 1)
        self._interpreter.set_tensor(self._input["index"], floats)
        self._interpreter.invoke()
        found = {name: self._interpreter.get_tensor(each["index"]) for name, each in self._outputs.items()}
        return {
            name: values.transpose(0, 3, 1, 2) if values.ndim == 4 else values
            for name, values in found.items()
        }


def _planar_shape(shape: Sequence[int]) -> tuple[int, ...]:
    count, *sizes = map(int, shape)
    return (count, sizes[-1], *sizes[:-1]) if len(sizes) == 3 else (count, *sizes)


def _read(photo: Path, width: int, height: int) -> Rgb:
    picture = cv2.imread(str(photo))
    if picture is None:
        raise UnreadablePhoto(photo)
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8)
