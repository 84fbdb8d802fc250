"""Networks in 8-bit whole numbers, scaled by what they compute from given pictures."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import onnx

from ...models.runtime import import_runtime
from ..onnx_writer import OPSET
from .feed import Inputs

CHANNELWISE = 13  # the first version that does


def int8(model: onnx.ModelProto, pictures: Iterable[Inputs]) -> onnx.ModelProto:
    """The network with weights and convolutions' inputs in 8 bits (QDQ), each channel with its own scale.

    pictures  inputs like those that it will see; the range of every value in the network is taken from them
    """
    quantization = import_runtime("quantization")
    with tempfile.TemporaryDirectory() as folder, quietly():
        path = Path(folder) / "int8.onnx"
        quantization.quantize_static(
            onnx.shape_inference.infer_shapes(modern(model)),
            str(path),
            Calibration(iter(pictures)),
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            op_types_to_quantize=["Conv", "MatMul", "Gemm"],
        )
        return onnx.load(str(path))


def modern(model: onnx.ModelProto) -> onnx.ModelProto:
    """The network in a version of ONNX that knows a scale for each channel."""
    (version,) = (each.version for each in model.opset_import if each.domain in ("", "ai.onnx"))
    return onnx.version_converter.convert_version(model, OPSET) if version < CHANNELWISE else model


@contextmanager
def quietly() -> Generator[None, None, None]:
    """Without the advice to do what has been done."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


class Calibration:
    """The pictures one by one, as ONNX Runtime asks for them."""

    def __init__(self, pictures: Iterator[Inputs]) -> None:
        self._pictures = pictures

    def get_next(self) -> Inputs | None:
        return next(self._pictures, None)
