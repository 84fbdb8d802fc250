"""Networks in 16-bit floating point: half the size, and the arithmetic of graphics cards."""

from __future__ import annotations

import warnings

import onnx

from ...models.runtime import import_runtime


def half(model: onnx.ModelProto) -> onnx.ModelProto:
    """The network in 16 bits; its inputs and outputs stay as they are.

    A processor without 16-bit arithmetic widens the numbers again for every operator: there it is slower.
    """
    float16 = import_runtime("transformers.float16")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of weights too small for 16 bits, which the measured loss tells of
        result: onnx.ModelProto = float16.convert_float_to_float16(model, keep_io_types=True)
    return result
