"""From a graph's operators to the steps that the compiled network takes, several operators in each."""

from __future__ import annotations

from collections import Counter

import numpy as np

from .onnx_file import Node, OnnxGraph, Weights
from .steps import (
    DENSE,
    DEPTHWISE,
    ENLARGE,
    GATE,
    GREATEST,
    HARD_SWISH,
    HEAD,
    NOTHING,
    OUTLINE,
    PICTURE,
    POINTWISE,
    PRELU,
    RELU,
    RELU6,
    SPREAD,
    Fused,
    Image,
    Listed,
    NotFused,
    Step,
)  # fmt: skip
from .values import Enlarged, Gate, Gated, Mask, Mean, Picture, Probable, Sum, Value, Widened

_ACTIVATIONS = {"Relu": RELU, "HardSwish": HARD_SWISH, "Clip": RELU6, "PRelu": PRELU}


def fuse(graph: OnnxGraph, picture: str, mask: str) -> Fused:
    """All operators of a graph as steps; raises NotFused where one fits into none."""
    _, height, width, _ = graph.shapes[picture]
    try:
        fusing = _Fusing(graph, picture, Picture(width, height))
        for node in graph.nodes:
            fusing.add(node)
    except (IndexError, KeyError) as error:
        raise NotFused(f"an operator lacks {error}") from None
    outputs = {name: value for name, value in fusing.values.items() if name in graph.shapes}
    masked = isinstance(ready := outputs.pop(mask, None), Mask) and ready.ready
    if ready and not masked:
        raise NotFused(f"its {mask} is none")
    found = {name: one for name, one in outputs.items() if isinstance(one, Image | Listed)}
    shapes = {name: graph.shapes[name] for name in found}
    return Fused(fusing.steps, fusing.images, found, shapes, masked)


class _Fusing:
    """Reads operator by operator what each value is, and writes a step where work has to be done."""

    def __init__(self, graph: OnnxGraph, name: str, picture: Picture) -> None:
        self.values: dict[str, Value] = {name: picture}
        self.steps: list[Step] = []
        self.images: list[Image] = []
        self._weights = dict(graph.weights)
        self._uses = Counter(name for node in graph.nodes for name in node.inputs)
        self._added = Counter(name for node in graph.nodes if node.kind == "Add" for name in node.inputs)
        self._small = Counter(name for node in graph.nodes if _takes_sums(node) for name in node.inputs)
        self._uses.update(list(graph.shapes))  # the graph gives them out
        self._makers: dict[Image, Step] = {}

    def add(self, node: Node) -> None:
        if node.kind == "Cast" and node.inputs[0] in self._weights:
            self._weights[node.output] = self._weights[node.inputs[0]]
            return
        given = [self._taken(name, node) for name in node.inputs if name in self.values]
        self.values[node.output] = self._value(node, given)

    def _taken(self, name: str, node: Node) -> Value:
        """What a node takes; an enlarged image must really be made where it is not only added."""
        value = self.values[name]
        whole = node.kind in ("Conv", "Add") and self._uses[name] != self._added[name]
        if isinstance(value, Enlarged) and whole:
            value = self.values[name] = self._enlarged(value, None)
        return value

    def _value(self, node: Node, given: list[Value]) -> Value:
        match node.kind, given:
            case (("Cast" | "Transpose"), [Picture() as picture]):
                return picture
            case "Sub", [Picture() as picture]:
                return picture._replace(beside=self._weights[node.inputs[1]].item())
            case (("Conv" | "ConvTranspose"), [value]):
                return self._convolution(node, value)
            case (("Relu" | "HardSwish" | "Clip" | "PRelu"), [Image() as image]):
                step = self._alone(node, image)
                step.activation, step.slopes = self._activation(node)
                return image
            case (("Relu" | "Clip" | "PRelu"), [Enlarged(activation=0) as large]):
                activation, slopes = self._activation(node)
                return large._replace(activation=activation, slopes=slopes)
            case "Add", [Image() as image, Image() as other]:
                return self._add(node, image, other)
            case "Add", [Image() as image, Widened(other)] | [Widened(other), Image() as image]:
                return self._add(node, image, other)
            case "Add", [Image() | Gated() as image, Enlarged(small, 0)] if self._lasts(node):
                return Sum(image, small)
            case "Add", [Image() as image, Enlarged() as large] | [Enlarged() as large, Image() as image]:
                return self._enlarged(large, image)
            case "Pad", [Image() as image] if self._weights[node.inputs[1]][[0, 1, 2, 3, 4, 6, 7]].any() == 0:
                return Widened(image)
            case "MaxPool", [Image() as image] if self._quarters(node):
                return self._made(
                    Step(GREATEST, image, None, ()), image.width // 2, image.height // 2, image.channels
                )
            case "DepthToSpace", [Image() as image] if node.numbers["blocksize"] == (2,):
                step = Step(SPREAD, image, None, ())
                return self._made(step, 2 * image.width, 2 * image.height, image.channels // 4)
            case "Transpose", [Image() as image]:
                return Listed((image,))
            case "Transpose", [Probable(image)]:
                return Listed((image,), sigmoid=True)
            case "Reshape", [Listed() as listed]:
                return listed
            case "Concat", [Listed(), *_]:
                return Listed(
                    tuple(image for each in given if isinstance(each, Listed) for image in each.images)
                )
            case "Sigmoid", [Image() as image]:
                return Probable(image)
            case "Mul", [Image() as image, Gate() as gate]:
                return Gated(image, gate)
            case "GlobalAveragePool", [Image() as image]:
                return Mean(image, None)
            case "GlobalAveragePool", [Sum(Image() as image, small)]:
                return Mean(image, small)
            case "Relu", [Mean(layers=(_, _), rectified=False) as mean]:
                return mean._replace(rectified=True)
            case "Sigmoid", [Mean() as mean]:
                return self._gate(mean)
            case "Sigmoid", [Mask(ready=False)]:
                return Mask(ready=True)
            case "Resize", [Gate() as gate]:
                return gate
            case "Resize", [Image() as image] if self._doubles(node):
                return Enlarged(image)
            case _:
                raise NotFused(f"{node.kind} of {[type(each).__name__ for each in given]}")

    def _convolution(self, node: Node, value: Value) -> Value:
        weights, bias = (self._weights[name] for name in node.inputs[1:])
        kernel, stride = weights.shape[2], node.numbers["strides"][0]
        if weights.shape[2:] != (kernel, kernel) or node.numbers["strides"] != (stride, stride):
            raise NotFused("a window that is no square")
        alone = node.numbers.get("group", (1,)) != (1,)
        match (node.kind, alone, kernel, stride), value:
            case ("Conv", False, 1, 1), Mean():
                return value._replace(layers=(*value.layers, weights[:, :, 0, 0], bias))
            case ("Conv", False, 1, 1), Image() | Gated() | Sum():
                return self._pointwise(value, weights, bias)
            case ("Conv", False, 3 | 5, 2), Picture():
                step = Step(
                    PICTURE, None, None, (weights, bias), kernel=kernel, stride=stride, beside=value.beside
                )
                return self._made(self._padded(step, node, value), value.width // 2, value.height // 2)
            case ("Conv", True, 3 | 5, 1 | 2), Image():
                step = Step(DEPTHWISE, value, None, (weights, bias), kernel=kernel, stride=stride)
                padded = self._padded(step, node, value)
                return self._made(padded, value.width // stride, value.height // stride)
            case ("Conv", False, 3 | 5, 1), Image() if len(weights) == 1:
                step = Step(OUTLINE, value, None, (weights, bias), kernel=kernel)
                self.steps.append(self._padded(step, node, value))
                return Mask(ready=True)
            case ("Conv", False, side, 1), Image() if side == value.width == value.height:
                return self._made(Step(DENSE, value, None, (weights, bias), kernel=kernel), 1, 1)
            case ("ConvTranspose", False, 2, 2), Image():
                self.steps.append(Step(HEAD, value, None, (weights, bias)))
                return Mask(ready=False)
            case shape, _:
                raise NotFused(f"{shape} of {type(value).__name__}")

    def _padded(self, step: Step, node: Node, value: Image | Picture) -> Step:
        """The zeros before; with those behind they leave a picture of the size divided by the stride."""
        before, _, behind, _ = pads = node.numbers["pads"]
        for size in (value.width, value.height):
            if (size + before + behind - step.kernel) // step.stride + 1 != size // step.stride:
                raise NotFused(f"padding by {pads}")
        if pads != (before, before, behind, behind) or (value.width | value.height) % step.stride:
            raise NotFused(f"padding by {pads}")
        step.before = before
        return step

    def _activation(self, node: Node) -> tuple[int, Weights | None]:
        """What a node's activation is, and its slopes."""
        if node.kind == "Clip" and [self._weights[name].item() for name in node.inputs[1:]] != [0, 6]:
            raise NotFused("a limit that is not 0 or 6")
        return _ACTIVATIONS[node.kind], self._weights[
            node.inputs[1]
        ].ravel() if node.kind == "PRelu" else None

    def _enlarged(self, large: Enlarged, other: Image | None) -> Image:
        """The large image as such, with another one added."""
        small = large.small
        step = Step(ENLARGE, small, None, (), large.activation, large.slopes, other=other)
        return self._made(step, 2 * small.width, 2 * small.height, small.channels)

    def _lasts(self, node: Node) -> bool:
        """Whether all that take a sum with an enlarged image can take its parts."""
        return self._uses[node.output] == self._small[node.output]

    def _quarters(self, node: Node) -> bool:
        return node.numbers["kernel_shape"] == node.numbers["strides"] == (2, 2) and not any(
            node.numbers["pads"]
        )

    def _pointwise(self, value: Image | Gated | Sum, weights: Weights, bias: Weights) -> Image:
        """A 1x1 convolution; of a sum, each part by itself, for one of them is still small."""
        step = Step(POINTWISE, None, None, (weights, bias))
        if isinstance(value, Sum):
            small = self._pointwise(value.small, weights, np.zeros_like(bias))
            step.other, step.enlarged, value = small, True, value.image
        if isinstance(value, Gated):
            step.gate, value = value.gate.step, value.image
        step.source = value
        return self._made(step, value.width, value.height)

    def _add(self, node: Node, image: Image, other: Image) -> Image:
        """Have the step that made one of them add the other."""
        for made, added in ((image, other), (other, image)):
            step = self._makers[made]
            alone = all(self._uses[name] == 1 for name in node.inputs if self.values[name] == made)
            sums = step.kind == POINTWISE and step.activation == NOTHING
            if alone and step.other is None and (sums or (step.kind == DEPTHWISE and added == step.source)):
                step.other = added
                self._follow(step, self._makers[added])
                return made
        raise NotFused("a sum of two images that no step makes")

    def _follow(self, step: Step, other: Step) -> None:
        """Have a step that nobody has used so far run after another."""
        places = {id(each): number for number, each in enumerate(self.steps)}
        if places[id(step)] < places[id(other)]:
            if any(each.kind == GATE for each in self.steps):
                raise NotFused("a sum with an image that is made later")
            del self.steps[places[id(step)]]
            self.steps.append(step)

    def _gate(self, mean: Mean) -> Gate:
        if len(mean.layers) != (4 if mean.rectified else 2):
            raise NotFused(f"{len(mean.layers) // 2} layers behind a mean")
        self.steps.append(Step(GATE, mean.image, None, mean.layers, other=mean.small))
        return Gate(len(self.steps) - 1)

    def _made(self, step: Step, width: int, height: int, channels: int = 0) -> Image:
        """Take up a step that makes an image, of as many channels as it has weights unless they are given."""
        step.target = Image(len(self.images), width, height, channels or len(step.weights[0]))
        self.steps.append(step)
        self.images.append(step.target)
        self._makers[step.target] = step
        return step.target

    def _alone(self, node: Node, image: Image) -> Step:
        """The step that made an image, where nobody wants the image as it was before this operator."""
        step = self._makers[image]
        alone = all(self._uses[name] == 1 for name in node.inputs if self.values.get(name) == image)
        ends = step.kind == POINTWISE or (step.kind in (PICTURE, DEPTHWISE, DENSE) and step.other is None)
        if not alone or not ends or step.activation != NOTHING:
            raise NotFused(f"{node.kind} of an image that others use")
        return step

    def _doubles(self, node: Node) -> bool:
        wanted = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        return node.words == wanted and tuple(self._weights[node.inputs[2]]) == (1, 1, 2, 2)


def _takes_sums(node: Node) -> bool:
    """Whether an operator can take a sum with an enlarged image as two images."""
    if node.kind == "GlobalAveragePool":
        return True
    return (
        node.kind == "Conv"
        and node.numbers["kernel_shape"] == (1, 1)
        and node.numbers.get("group", (1,)) == (1,)
    )
