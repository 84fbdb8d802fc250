"""Whether an exported model still computes what the original does: both see the same photos."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..models.segmenter import Mask, Rgb
from ..models.session import Port, Session
from ..realtime.errors import UnreadableInput
from ..realtime.sources.picture import read_picture
from .errors import UnreadablePhoto

TOLERANCE = 1e-3  # of a mask value; rounding alone gave up to 1.5e-4 on 40 photos


@dataclass(frozen=True, slots=True)
class Parity:
    """How far the two are apart: the largest difference of any mask value, and over how many photos."""

    largest: float
    photos: int

    @property
    def holds(self) -> bool:
        return self.largest <= TOLERANCE


def compare(tflite: bytes, onnx: bytes, photos: Iterable[Path], path: Path) -> Parity:
    """Run LiteRT on the original and ONNX Runtime on the export; `path` is the export's, for messages."""
    original = _LiteRt(tflite)
    height, width = original.size
    inputs = {"picture": Port((1, height, width, 3), np.uint8)}
    export = Session(path, onnx, inputs=inputs, outputs={"mask": Port((1, 1, height, width), np.float32)})
    largest, count = 0.0, 0
    for photo in photos:
        picture = _read(photo, width, height)
        np.copyto(export.inputs["picture"][0], picture)
        export.run()
        difference = np.abs(export.outputs["mask"][0, 0] - original(picture))
        largest, count = max(largest, float(difference.max())), count + 1
    return Parity(largest, count)


class _LiteRt:
    """The original model, run by Google's own runtime."""

    def __init__(self, content: bytes) -> None:
        runtime: Any = importlib.import_module("ai_edge_litert.interpreter")  # it has no types
        self._interpreter = runtime.Interpreter(model_content=content, num_threads=1)
        self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        (self._output,) = self._interpreter.get_output_details()
        _, height, width, _ = self._input["shape"]
        self.size = int(height), int(width)

    def __call__(self, picture: Rgb) -> Mask:
        """(H, W, 3) in, (H, W) out."""
        floats = picture.astype(np.float32)[np.newaxis] / 255
        self._interpreter.set_tensor(self._input["index"], floats)
        self._interpreter.invoke()
        mask: Mask = self._interpreter.get_tensor(self._output["index"])[0, :, :, 0]
        return mask


def _read(photo: Path, width: int, height: int) -> Rgb:
    try:
        picture = read_picture(photo)
    except UnreadableInput as error:
        raise UnreadablePhoto(photo) from error
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8)
