"""From a graph's operators to the steps that the compiled network takes, several operators in each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .onnx_file import Node, OnnxGraph, Weights

PICTURE, POINTWISE, DEPTHWISE, GATE, HEAD = range(5)  # kinds of steps; network.h says what each does
NOTHING, RELU, HARD_SWISH = range(3)  # activations
_ACTIVATIONS = {"Relu": RELU, "HardSwish": HARD_SWISH}


class NotFused(ValueError):
    """The graph has something that no step does."""


class Image(NamedTuple):
    """What a step makes, by its number; channels as in the graph."""

    number: int
    width: int
    height: int
    channels: int


@dataclass(slots=True)
class Step:
    """One step, with its weights as in the graph, each bias behind its own; `gate` by its step's number."""

    kind: int
    source: Image | None
    target: Image | None
    weights: tuple[Weights, ...]
    activation: int = NOTHING
    other: Image | None = None
    enlarged: bool = False
    kernel: int = 1
    stride: int = 1
    before: int = 0
    gate: int | None = None


class Fused(NamedTuple):
    """The steps in their order, the images they make, and those that the graph gives out beside the mask."""

    steps: list[Step]
    images: list[Image]
    outputs: dict[str, Image]


class _Picture(NamedTuple):
    width: int
    height: int


class _Gate(NamedTuple):
    step: int


class _Gated(NamedTuple):
    """An image times a gate."""

    image: Image
    gate: _Gate


class _Enlarged(NamedTuple):
    """An image, bilinearly enlarged by 2."""

    small: Image


class _Sum(NamedTuple):
    """An image, or one times a gate, plus an enlarged one."""

    image: Image | _Gated
    small: Image


class _Mean(NamedTuple):
    """The mean of an image's pixels, or of a sum's, and the layers that it went through."""

    image: Image
    small: Image | None
    layers: tuple[Weights, ...] = ()
    rectified: bool = False


class _Mask(NamedTuple):
    ready: bool


_Value = _Picture | Image | _Gate | _Gated | _Enlarged | _Sum | _Mean | _Mask


def fuse(graph: OnnxGraph, picture: str, mask: str) -> Fused:
    """All operators of a graph as steps; raises NotFused where one fits into none."""
    _, height, width, _ = graph.shapes[picture]
    fusing = _Fusing(graph, picture, _Picture(width, height))
    try:
        for node in graph.nodes:
            fusing.add(node)
    except (IndexError, KeyError) as error:
        raise NotFused(f"an operator lacks {error}") from None
    outputs = {name: value for name, value in fusing.values.items() if name in graph.shapes}
    if not isinstance(ready := outputs.pop(mask, None), _Mask) or not ready.ready:
        raise NotFused(f"it gives no {mask}")
    return Fused(
        fusing.steps, fusing.images, {name: one for name, one in outputs.items() if isinstance(one, Image)}
    )


class _Fusing:
    """Reads operator by operator what each value is, and writes a step where work has to be done."""

    def __init__(self, graph: OnnxGraph, name: str, picture: _Picture) -> None:
        self.values: dict[str, _Value] = {name: picture}
        self.steps: list[Step] = []
        self.images: list[Image] = []
        self._weights = graph.weights
        self._uses = Counter(name for node in graph.nodes for name in node.inputs)
        self._uses.update(list(graph.shapes))  # the graph gives them out
        self._makers: dict[Image, Step] = {}

    def add(self, node: Node) -> None:
        given = [self.values[name] for name in node.inputs if name in self.values]
        self.values[node.output] = self._value(node, given)

    def _value(self, node: Node, given: list[_Value]) -> _Value:
        match node.kind, given:
            case (("Cast" | "Transpose"), [_Picture() as picture]):
                return picture
            case (("Conv" | "ConvTranspose"), [value]):
                return self._convolution(node, value)
            case (("Relu" | "HardSwish"), [Image() as image]):
                self._alone(node, image).activation = _ACTIVATIONS[node.kind]
                return image
            case "Add", [Image() as image, Image() as other]:
                return self._add(node, image, other)
            case "Add", [Image() | _Gated() as image, _Enlarged(small)]:
                return _Sum(image, small)
            case "Mul", [Image() as image, _Gate() as gate]:
                return _Gated(image, gate)
            case "GlobalAveragePool", [Image() as image]:
                return _Mean(image, None)
            case "GlobalAveragePool", [_Sum(Image() as image, small)]:
                return _Mean(image, small)
            case "Relu", [_Mean(layers=(_, _), rectified=False) as mean]:
                return mean._replace(rectified=True)
            case "Sigmoid", [_Mean() as mean]:
                return self._gate(mean)
            case "Sigmoid", [_Mask(ready=False)]:
                return _Mask(ready=True)
            case "Resize", [_Gate() as gate]:
                return gate
            case "Resize", [Image() as image] if self._doubles(node):
                return _Enlarged(image)
            case _:
                raise NotFused(f"{node.kind} of {[type(each).__name__ for each in given]}")

    def _convolution(self, node: Node, value: _Value) -> _Value:
        weights, bias = (self._weights[name] for name in node.inputs[1:])
        kernel, stride = weights.shape[2], node.numbers["strides"][0]
        if weights.shape[2:] != (kernel, kernel) or node.numbers["strides"] != (stride, stride):
            raise NotFused("a window that is no square")
        alone = node.numbers.get("group", (1,)) != (1,)
        match (node.kind, alone, kernel, stride), value:
            case ("Conv", False, 1, 1), _Mean():
                return value._replace(layers=(*value.layers, weights[:, :, 0, 0], bias))
            case ("Conv", False, 1, 1), Image() | _Gated() | _Sum():
                return self._pointwise(value, weights, bias)
            case ("Conv", False, 3, 2), _Picture():
                step = Step(PICTURE, None, None, (weights, bias), kernel=kernel, stride=stride)
                return self._made(self._padded(step, node), value.width // 2, value.height // 2)
            case ("Conv", True, 3 | 5, 1 | 2), Image():
                step = Step(DEPTHWISE, value, None, (weights, bias), kernel=kernel, stride=stride)
                return self._made(self._padded(step, node), value.width // stride, value.height // stride)
            case ("ConvTranspose", False, 2, 2), Image():
                self.steps.append(Step(HEAD, value, None, (weights, bias)))
                return _Mask(ready=False)
            case shape, _:
                raise NotFused(f"{shape} of {type(value).__name__}")

    def _padded(self, step: Step, node: Node) -> Step:
        """The zeros before; with those behind they leave a picture of the size divided by the stride."""
        before, *_ = pads = node.numbers["pads"]
        behind = step.kernel - step.stride - before
        if pads != (before, before, behind, behind):
            raise NotFused(f"padding by {pads}")
        step.before = before
        return step

    def _pointwise(self, value: Image | _Gated | _Sum, weights: Weights, bias: Weights) -> Image:
        """A 1x1 convolution; of a sum, each part by itself, for one of them is still small."""
        step = Step(POINTWISE, None, None, (weights, bias))
        if isinstance(value, _Sum):
            small = self._pointwise(value.small, weights, np.zeros_like(bias))
            step.other, step.enlarged, value = small, True, value.image
        if isinstance(value, _Gated):
            step.gate, value = value.gate.step, value.image
        step.source = value
        return self._made(step, value.width, value.height)

    def _add(self, node: Node, image: Image, other: Image) -> Image:
        """Have the step that made one of them add the other."""
        step = self._alone(node, image if self._uses[node.inputs[0]] == 1 else other)
        added = other if step is self._makers[image] else image
        if step.kind == POINTWISE or (step.kind == DEPTHWISE and added == step.source):
            step.other = added
            return image if added == other else other
        raise NotFused("a sum of two images that no step makes")

    def _gate(self, mean: _Mean) -> _Gate:
        if len(mean.layers) != (4 if mean.rectified else 2):
            raise NotFused(f"{len(mean.layers) // 2} layers behind a mean")
        self.steps.append(Step(GATE, mean.image, None, mean.layers, other=mean.small))
        return _Gate(len(self.steps) - 1)

    def _made(self, step: Step, width: int, height: int) -> Image:
        """Take up a step that makes an image."""
        step.target = Image(len(self.images), width, height, len(step.weights[0]))
        self.steps.append(step)
        self.images.append(step.target)
        self._makers[step.target] = step
        return step.target

    def _alone(self, node: Node, image: Image) -> Step:
        """The step that made an image, where nobody wants the image as it was before this operator."""
        names = [name for name in node.inputs if self.values.get(name) == image]
        step = self._makers[image]
        taken = step.activation != NOTHING and node.kind != "Add"
        if any(self._uses[name] != 1 for name in names) or taken or (step.other and not step.enlarged):
            raise NotFused(f"{node.kind} of an image that others use")
        return step

    def _doubles(self, node: Node) -> bool:
        wanted = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        return node.words == wanted and tuple(self._weights[node.inputs[2]]) == (1, 1, 2, 2)
