"""Reads a TFLite file into a small graph: tensors by number, operators in the order they run.

Numbers of fields, types and operators are those of TensorFlow's public schema.fbs.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .errors import NoModelInside, UnknownOperation
from .flatbuffer import Table
from .sparse import Level, densify

Constant = npt.NDArray[np.generic]

_TYPES = {0: np.float32, 1: np.float16, 2: np.int32}
_OPERATORS = {
    0: "ADD",
    1: "AVERAGE_POOL_2D",
    2: "CONCATENATION",
    3: "CONV_2D",
    4: "DEPTHWISE_CONV_2D",
    5: "DEPTH_TO_SPACE",
    6: "DEQUANTIZE",
    14: "LOGISTIC",
    17: "MAX_POOL_2D",
    18: "MUL",
    19: "RELU",
    21: "RELU6",
    22: "RESHAPE",
    23: "RESIZE_BILINEAR",
    34: "PAD",
    40: "MEAN",
    54: "PRELU",
    117: "HARD_SWISH",
    124: "DENSIFY",
}
_INDICES: Mapping[int, np.dtype[np.generic]] = {
    1: np.dtype("<i4"),
    2: np.dtype("<u2"),
    3: np.dtype("u1"),
}  # of sparse constants
_CUSTOM = 32
_CUSTOM_WINDOWS = (
    "Convolution2DTransposeBias",
    "MaxPoolingWithArgmax2D",
    "MaxUnpooling2D",
)  # MediaPipe's own
_ACTIVATIONS = {0: "NONE", 1: "RELU", 3: "RELU6"}


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value of the graph, NHWC; `constant` when the file holds it."""

    name: str
    shape: tuple[int, ...]
    constant: Constant | None


@dataclass(frozen=True, slots=True)
class Window:
    """How a kernel moves over the picture; pairs are (height, width)."""

    same: bool  # zeros around it so that only the stride shrinks the picture; else none
    strides: tuple[int, int]
    dilations: tuple[int, int] = (1, 1)
    kernel: tuple[int, int] = (1, 1)  # of pools only: convolutions have it in their weights
    zeros: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))  # before and after, where not `same`


@dataclass(frozen=True, slots=True)
class Sampling:
    """Where a resize puts the centres of its pixels."""

    align_corners: bool
    half_pixel: bool


@dataclass(frozen=True, slots=True)
class Operator:
    """One step: tensors by number in, tensors by number out."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    activation: str = "NONE"
    window: Window | None = None
    sampling: Sampling | None = None
    axis: int = 0  # along which inputs are joined
    block: int = 1  # side of the square of pixels that is made of one


@dataclass(frozen=True, slots=True)
class Graph:
    """A whole model; `inputs` and `outputs` are numbers of tensors."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def parse_tflite(content: bytes, path: Path) -> Graph:
    """The only graph of what was read from `path`."""
    try:
        return _graph(Table.root(content, b"TFL3"))
    except (struct.error, ValueError, IndexError) as error:
        raise NoModelInside(path, str(error)) from None


def _graph(model: Table) -> Graph:
    (graph,) = model.tables(2)
    buffers = [buffer.octets(0) for buffer in model.tables(4)]
    kinds = [_kind(code) for code in model.tables(1)]
    return Graph(
        tensors=tuple(_tensor(tensor, buffers) for tensor in graph.tables(0)),
        operators=tuple(_operator(operator, kinds) for operator in graph.tables(3)),
        inputs=graph.int32s(1),
        outputs=graph.int32s(2),
    )


def _kind(code: Table) -> str:
    """An operator's name; older files keep its number in a byte, newer ones in an int."""
    number = max(code.byte(0), code.int32(3))
    if number == _CUSTOM:
        return code.text(1)
    if number not in _OPERATORS:
        raise UnknownOperation(f"TFLite operator {number}")
    return _OPERATORS[number]


def _tensor(tensor: Table, buffers: list[bytes]) -> Tensor:
    shape, name, content = tensor.int32s(0), tensor.text(3), buffers[tensor.int32(2)]
    if not content:
        return Tensor(name, shape, None)
    if tensor.byte(1) not in _TYPES:
        raise UnknownOperation(f"tensor {name} of TFLite type {tensor.byte(1)}")
    values = np.frombuffer(content, _TYPES[tensor.byte(1)])
    sparsity = tensor.table(6)
    return Tensor(name, shape, _dense(values, shape, sparsity) if sparsity else values.reshape(shape))


def _dense(values: Constant, shape: tuple[int, ...], sparsity: Table) -> Constant:
    levels = [_level(each) for each in sparsity.tables(2)]
    return densify(values, shape, levels, order=sparsity.int32s(0), blocks=sparsity.int32s(1))


def _level(dimension: Table) -> Level:
    if dimension.byte(0) == 0:
        return Level(dimension.int32(1))
    starts, places = (_indices(dimension.table(field + 1), dimension.byte(field)) for field in (2, 4))
    return Level(len(places), starts, places)


def _indices(vector: Table | None, kind: int) -> npt.NDArray[np.int64]:
    """Whole numbers of 32, 16 or 8 bits; a vector counts numbers, not bytes."""
    if vector is None or kind not in _INDICES:
        raise ValueError(f"a sparse constant with indices of kind {kind}")
    return np.frombuffer(vector.octets(0, _INDICES[kind].itemsize), _INDICES[kind]).astype(np.int64)


def _operator(operator: Table, kinds: list[str]) -> Operator:
    kind, inputs, outputs = kinds[operator.int32(0)], operator.int32s(1), operator.int32s(2)
    options = operator.table(4)
    if kind in _CUSTOM_WINDOWS:
        return Operator(kind, inputs, outputs, window=_custom_window(operator.octets(5)))
    if options is None:
        return Operator(kind, inputs, outputs)
    match kind:
        case "CONV_2D":
            return Operator(
                kind, inputs, outputs, _activation(options.byte(3)), _window(options, dilations=(5, 4))
            )
        case "DEPTHWISE_CONV_2D":
            return Operator(
                kind, inputs, outputs, _activation(options.byte(4)), _window(options, dilations=(6, 5))
            )
        case "AVERAGE_POOL_2D" | "MAX_POOL_2D":
            return Operator(
                kind, inputs, outputs, _activation(options.byte(5)), _window(options, kernel=(4, 3))
            )
        case "ADD" | "MUL":
            return Operator(kind, inputs, outputs, _activation(options.byte(0)))
        case "CONCATENATION":
            return Operator(kind, inputs, outputs, _activation(options.byte(1)), axis=options.int32(0))
        case "DEPTH_TO_SPACE":
            return Operator(kind, inputs, outputs, block=options.int32(0))
        case "RESIZE_BILINEAR":
            sampling = Sampling(align_corners=bool(options.byte(2)), half_pixel=bool(options.byte(3)))
            return Operator(kind, inputs, outputs, sampling=sampling)
        case _:
            return Operator(kind, inputs, outputs)


def _activation(number: int) -> str:
    if number not in _ACTIVATIONS:
        raise UnknownOperation(f"TFLite activation {number}")
    return _ACTIVATIONS[number]


def _window(
    options: Table, dilations: tuple[int, int] | None = None, kernel: tuple[int, int] | None = None
) -> Window:
    """Padding and strides have the same fields everywhere; the others are told by their numbers."""
    window = Window(same=options.byte(0) == 0, strides=(options.int32(2, 1), options.int32(1, 1)))
    if dilations:
        down, across = (options.int32(field, 1) for field in dilations)
        return Window(window.same, window.strides, dilations=(down, across))
    if kernel:
        down, across = (options.int32(field, 1) for field in kernel)
        return Window(window.same, window.strides, kernel=(down, across))
    return window


def _custom_window(options: bytes) -> Window:
    """MediaPipe writes TfLiteTransposeConvParams or TfLitePoolParams: padding (1 same, 2 valid), stride
    across, down, and of pools the kernel's width and height.
    """
    padding, across, down = struct.unpack_from("<iii", options)
    if len(options) < 20:
        return Window(same=padding == 1, strides=(down, across))
    wide, high = struct.unpack_from("<ii", options, 12)
    return Window(same=padding == 1, strides=(down, across), kernel=(high, wide))
