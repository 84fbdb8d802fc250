"""TFLite to ONNX, for models built like MediaPipe's.

TFLite keeps pixels of a channel apart (NHWC), ONNX keeps them together (NCHW): the picture is
turned round once on its way in, weights are turned round here, and images that end as lists of numbers
are turned back before.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from .errors import UnknownOperation
from .onnx_writer import OnnxWriter
from .tflite import Graph, Operator
from .windows import pads, window_of

PICTURE = "picture"
_SAME = {"ADD": "Add", "RELU": "Relu", "HARD_SWISH": "HardSwish", "LOGISTIC": "Sigmoid"}  # in ONNX


def convert(
    graph: Graph,
    *,
    name: str,
    outputs: Mapping[int, str],
    about: Mapping[str, str],
    middle: float = 0,
    half: bool = False,
) -> bytes:
    """The ONNX file of a graph.

    outputs  which tensors of the graph the file gives out, and under what names
    about    key and value pairs for the file's metadata
    middle   is taken off the picture's bytes
    half     keep those weights in 16 bits that lose nothing by it
    """
    return _Conversion(graph, outputs, OnnxWriter(half=half)).run(name, about, middle)


class _Conversion:
    """One graph on its way into one file."""

    def __init__(self, graph: Graph, outputs: Mapping[int, str], onnx: OnnxWriter) -> None:
        self._graph = graph
        self._outputs = outputs
        self._onnx = onnx
        self._names = dict(outputs)

    def run(self, name: str, about: Mapping[str, str], middle: float) -> bytes:
        (source,) = self._graph.inputs
        self._take_picture(source, middle)
        for operator in self._graph.operators:
            self._emit(operator)
        shape = self._graph.tensors[source].shape
        outputs = {label: self._planar_shape(number) for number, label in self._outputs.items()}
        return self._onnx.serialise(name, (PICTURE, shape), outputs, about)

    def _take_picture(self, source: int, middle: float) -> None:
        floats = self._onnx.node("Cast", [PICTURE], "picture_float", to=1)
        planar = self._onnx.node("Transpose", [floats], "picture_planar", perm=(0, 3, 1, 2))
        if middle:
            grey = self._onnx.number("picture_middle", np.array(middle, np.float32))
            planar = self._onnx.node("Sub", [planar, grey], "picture_centred")
        self._names[source] = planar

    def _emit(self, operator: Operator) -> None:
        name = self._names.setdefault(operator.outputs[0], f"{operator.kind.lower()}_{operator.outputs[0]}")
        if operator.activation == "NONE":
            self._compute(operator, name)
        elif operator.activation == "RELU":
            self._onnx.node("Relu", [self._compute(operator, f"{name}/linear")], name)
        elif operator.activation == "RELU6":
            limits = [self._onnx.number(f"{name}/{n}", np.array(n, np.float32)) for n in (0, 6)]
            self._onnx.node("Clip", [self._compute(operator, f"{name}/linear"), *limits], name)
        else:
            raise UnknownOperation(f"{operator.kind} with activation {operator.activation}")

    def _compute(self, operator: Operator, name: str) -> str:
        match operator.kind:
            case "CONV_2D":
                return self._convolution(operator, name, turn=(0, 3, 1, 2), depthwise=False)
            case "DEPTHWISE_CONV_2D":
                return self._convolution(operator, name, turn=(3, 0, 1, 2), depthwise=True)
            case "Convolution2DTransposeBias":
                return self._transposed_convolution(operator, name)
            case "MaxPoolingWithArgmax2D":
                return self._pool(operator, name)
            case "MaxUnpooling2D":
                kernel = window_of(operator).kernel
                inputs = [self._value(number) for number in operator.inputs]
                return self._onnx.node("MaxUnpool", inputs, name, kernel_shape=kernel, strides=kernel)
            case "CONCATENATION":
                return self._join(operator, name)
            case "MAX_POOL_2D":
                return self._greatest(operator, name)
            case "PAD":
                return self._pad(operator, name)
            case "RESHAPE":
                return self._reshape(operator, name)
            case "DEPTH_TO_SPACE":
                inputs = [self._value(operator.inputs[0])]
                return self._onnx.node("DepthToSpace", inputs, name, blocksize=operator.block, mode="DCR")
            case "PRELU":
                source, slopes = operator.inputs
                slope = self._onnx.weight(f"{name}/slope", self._constant(slopes).transpose(2, 0, 1))
                return self._onnx.node("PRelu", [self._value(source), slope], name)
            case "MEAN" | "AVERAGE_POOL_2D":
                return self._mean(operator, name)
            case "RESIZE_BILINEAR":
                return self._resize(operator, name)
            case "MUL":
                return self._product(operator, name)
            case kind if kind in _SAME:
                return self._onnx.node(_SAME[kind], [self._value(number) for number in operator.inputs], name)
            case kind:
                raise UnknownOperation(f"TFLite operator {kind}")

    def _convolution(self, operator: Operator, name: str, turn: tuple[int, ...], depthwise: bool) -> str:
        source, weights, bias = operator.inputs
        window = window_of(operator)
        kernel = self._constant(weights).transpose(turn)
        inputs = [
            self._value(source),
            self._onnx.weight(f"{name}/weights", kernel),
            self._onnx.weight(f"{name}/bias", self._constant(bias)),
        ]
        return self._onnx.node(
            "Conv",
            inputs,
            name,
            kernel_shape=kernel.shape[2:],
            strides=window.strides,
            dilations=window.dilations,
            pads=pads(window, self._graph.tensors[source].shape[1:3], kernel.shape[2:]),
            group=kernel.shape[0] if depthwise else 1,
        )

    def _transposed_convolution(self, operator: Operator, name: str) -> str:
        """MediaPipe's own operator. What a kernel larger than the stride adds is cut off at the end."""
        source, weights, bias = operator.inputs
        kernel = self._constant(weights).transpose(3, 0, 1, 2)
        strides = window_of(operator).strides
        over = [size - stride for size, stride in zip(kernel.shape[2:], strides, strict=True)]
        if not set(over) <= {0, 1}:
            raise UnknownOperation(f"{operator.kind} with kernel {kernel.shape[2:]} and stride {strides}")
        inputs = [
            self._value(source),
            self._onnx.weight(f"{name}/weights", kernel),
            self._onnx.weight(f"{name}/bias", self._constant(bias)),
        ]
        cut = {"pads": (0, 0, *over)} if any(over) else {}
        return self._onnx.node(
            "ConvTranspose", inputs, name, kernel_shape=kernel.shape[2:], strides=strides, **cut
        )

    def _pool(self, operator: Operator, name: str) -> str:
        """The greatest of each window, and where it was: for `MaxUnpool` only, which counts as ONNX does."""
        window = window_of(operator)
        if window.kernel != window.strides:
            raise UnknownOperation(f"{operator.kind} whose windows overlap")
        places = self._names[operator.outputs[1]] = f"{name}/places"
        inputs = [self._value(operator.inputs[0])]
        return self._onnx.node(
            "MaxPool", inputs, name, places, kernel_shape=window.kernel, strides=window.strides
        )

    def _greatest(self, operator: Operator, name: str) -> str:
        """The greatest of each window; what lies beside the picture is no candidate."""
        source, window = operator.inputs[0], window_of(operator)
        size = self._graph.tensors[source].shape[1:3]
        return self._onnx.node(
            "MaxPool",
            [self._value(source)],
            name,
            kernel_shape=window.kernel,
            strides=window.strides,
            pads=pads(window, size, window.kernel),
        )

    def _pad(self, operator: Operator, name: str) -> str:
        """Zeros around an image, or more channels of them."""
        source, zeros = operator.inputs
        planar = self._numbers(zeros)[[0, 3, 1, 2]].astype(np.int64)
        counts = self._onnx.number(f"{name}/pads", planar.T.ravel())
        return self._onnx.node("Pad", [self._value(source), counts], name)

    def _join(self, operator: Operator, name: str) -> str:
        """Channels of images, or rows of lists: ONNX's axis 1 in both cases."""
        images = len(self._graph.tensors[operator.outputs[0]].shape) == 4
        if operator.axis not in ((3, -1) if images else (1, -2)):
            raise UnknownOperation(f"{operator.kind} along axis {operator.axis}")
        return self._onnx.node("Concat", [self._value(n) for n in operator.inputs], name, axis=1)

    def _reshape(self, operator: Operator, name: str) -> str:
        """An image's numbers, pixel by pixel, as a list."""
        source, (target,) = operator.inputs[0], operator.outputs
        turned = self._onnx.node("Transpose", [self._value(source)], f"{name}/turned", perm=(0, 2, 3, 1))
        shape = np.array(self._graph.tensors[target].shape, np.int64)
        return self._onnx.node("Reshape", [turned, self._onnx.number(f"{name}/shape", shape)], name)

    def _mean(self, operator: Operator, name: str) -> str:
        """Both models average whole pictures only, one says MEAN, the other a pool as large as its input."""
        source = operator.inputs[0]
        size = self._graph.tensors[source].shape[1:3]
        if operator.kind == "MEAN":
            whole = tuple(self._numbers(operator.inputs[1])) == (1, 2)
        else:
            whole = window_of(operator).kernel == size
        if not whole:
            raise UnknownOperation(f"{operator.kind} over less than the whole picture")
        return self._onnx.node("GlobalAveragePool", [self._value(source)], name)

    def _resize(self, operator: Operator, name: str) -> str:
        if operator.sampling is None:
            raise UnknownOperation(f"{operator.kind} without options")
        if operator.sampling.align_corners:
            centres = "align_corners"
        else:
            centres = "half_pixel" if operator.sampling.half_pixel else "asymmetric"
        (source, _), (target,) = operator.inputs, operator.outputs
        return self._enlarge(source, target, name, mode="linear", coordinate_transformation_mode=centres)

    def _product(self, operator: Operator, name: str) -> str:
        """ONNX Runtime leaves its fast blocked layout for a product with one factor per channel.

        It stays in it when the factors are first spread over the picture (9 % of the models' time).
        """
        source, factors = operator.inputs
        factor = self._value(factors)
        if self._graph.tensors[factors].shape != self._graph.tensors[source].shape:
            factor = self._enlarge(
                factors,
                source,
                f"{name}/spread",
                mode="nearest",
                coordinate_transformation_mode="asymmetric",
                nearest_mode="floor",
            )
        return self._onnx.node("Mul", [self._value(source), factor], name)

    def _enlarge(self, source: int, target: int, name: str, **how: str) -> str:
        """Resize one tensor to the size of another."""
        old, new = self._graph.tensors[source].shape, self._graph.tensors[target].shape
        scales = np.array([1, 1, new[1] / old[1], new[2] / old[2]], np.float32)
        inputs = [self._value(source), "", self._onnx.number(f"{name}/scales", scales)]
        return self._onnx.node("Resize", inputs, name, **how)

    def _value(self, number: int) -> str:
        """The name of something computed before."""
        if number not in self._names:
            raise UnknownOperation(f"an operator that works on constant {self._graph.tensors[number].name}")
        return self._names[number]

    def _constant(self, number: int) -> npt.NDArray[np.float32]:
        return self._numbers(number).astype(np.float32)

    def _numbers(self, number: int) -> npt.NDArray[np.generic]:
        tensor = self._graph.tensors[number]
        if tensor.constant is None:
            raise UnknownOperation(f"weights that are computed ({tensor.name})")
        return tensor.constant

    def _planar_shape(self, number: int) -> tuple[int, ...]:
        """Of an image; a list's is the same in ONNX."""
        shape = self._graph.tensors[number].shape
        return (shape[0], shape[3], *shape[1:3]) if len(shape) == 4 else shape
