"""What a graph computes, operator by operator in float64: slow, and as plain as it can be written."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from softfocus.models.native.onnx_file import Node, OnnxGraph
from softfocus.models.segmenter import Rgb

Exact = npt.NDArray[np.float64]  # (C, H, W)


def compute(graph: OnnxGraph, picture: Rgb) -> dict[str, Exact]:
    """Every value of the graph by its name."""
    values: dict[str, Any] = {name: each.astype(np.float64) for name, each in graph.weights.items()}
    values["picture"] = picture.astype(np.float64)
    for node in graph.nodes:
        values[node.output] = _one(node, [values[name] for name in node.inputs if name])
    return values


def _one(node: Node, given: list[Exact]) -> Exact:
    x, *rest = given
    match node.kind:
        case "Cast":
            return x
        case "Transpose":
            return x.transpose(2, 0, 1)
        case "Conv":
            return _convolution(node, x, *rest)
        case "ConvTranspose":
            blocks = np.einsum("chw,cij->hiwj", x, rest[0][:, 0]) + rest[1]
            return blocks.reshape(1, 2 * x.shape[1], 2 * x.shape[2])
        case "Relu":
            return np.maximum(x, 0)
        case "HardSwish":
            return x * np.clip(x / 6 + 0.5, 0, 1)
        case "Sigmoid":
            return 1 / (1 + np.exp(-np.clip(x, -700, 700)))
        case "GlobalAveragePool":
            return x.mean((1, 2), keepdims=True)
        case "Add":
            return x + rest[0]
        case "Mul":
            return x * rest[0]
        case "Resize":
            return x if node.words["mode"] == "nearest" else _doubled(_doubled(x, 1), 2)
        case kind:
            raise AssertionError(kind)


def _convolution(node: Node, x: Exact, weights: Exact, bias: Exact) -> Exact:
    top, left, bottom, right = node.numbers["pads"]
    (stride, _), kernel = node.numbers["strides"], weights.shape[2]
    x = np.pad(x, ((0, 0), (top, bottom), (left, right)))
    total = bias[:, None, None]
    for dy in range(kernel):
        for dx in range(kernel):
            seen = x[:, dy : x.shape[1] - kernel + dy + 1, dx : x.shape[2] - kernel + dx + 1]
            seen = seen[:, ::stride, ::stride]
            weight = weights[:, :, dy, dx]
            alone = node.numbers["group"] != (1,)
            total = total + (weight[..., None] * seen if alone else np.tensordot(weight, seen, 1))
    return total


def _doubled(x: Exact, axis: int) -> Exact:
    """Linear, centres of pixels kept in place."""
    places = np.arange(x.shape[axis])
    before = np.take(x, np.maximum(places - 1, 0), axis)
    behind = np.take(x, np.minimum(places + 1, places[-1]), axis)
    pairs = np.stack([0.75 * x + 0.25 * before, 0.75 * x + 0.25 * behind], axis + 1)
    return pairs.reshape([2 * size if n == axis else size for n, size in enumerate(x.shape)])
