"""MediaPipe's hair segmentation: from its TFLite file to an ONNX file."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from .convert import convert
from .errors import NoModelInside
from .rewrite import take_bytes
from .selfie import MASK
from .tflite import Graph, Operator, Tensor, parse_tflite

NAME = "hair_segmentation"
LAST = "Convolution2DTransposeBias"


def hair_onnx(content: bytes, path: Path) -> tuple[str, bytes]:
    """File name and content of the ONNX model made of the TFLite file's content; `path` is for messages.

    picture  (1, 512, 512, 3) uint8 RGB: it finds nothing in smaller ones
    mask     (1, 1, 512, 512) float32, 1 = hair

    The original also takes its last mask and gives two classes before the softmax. Here every picture
    stands for itself, as if there had been no mask before, and the mask is the softmax's second class:
    exp(b) / (exp(a) + exp(b)) = sigmoid(b − a), where b − a is folded into the last layer's weights.
    """
    graph = parse_tflite(content, path)
    last = graph.operators[-1]
    if graph.tensors[graph.inputs[0]].shape[3] != 4 or last.kind != LAST:
        raise NoModelInside(path, "it is not the hair segmentation model")
    graph = one_class(take_bytes(forget_last_mask(graph)))
    about = {"source": "MediaPipe hair segmentation", "source_sha256": hashlib.sha256(content).hexdigest()}
    return f"{NAME}.onnx", convert(graph, name=NAME, outputs={graph.outputs[0]: MASK}, about=about)


def forget_last_mask(graph: Graph) -> Graph:
    """Take the fourth channel, which is 0 where there was no mask, off the picture and the first weights."""
    tensors = list(graph.tensors)
    source = graph.inputs[0]
    first = next(operator for operator in graph.operators if source in operator.inputs)
    weights = tensors[first.inputs[1]]
    assert weights.constant is not None
    tensors[first.inputs[1]] = replace(weights, constant=weights.constant[..., :3])
    tensors[source] = replace(tensors[source], shape=(*tensors[source].shape[:3], 3))
    return replace(graph, tensors=tuple(tensors))


def one_class(graph: Graph) -> Graph:
    """The second class's probability, from the difference of the two."""
    tensors = list(graph.tensors)
    last = graph.operators[-1]
    for number in last.inputs[1:]:
        values = tensors[number].constant
        assert values is not None
        floats = values.astype(np.float32)
        tensors[number] = replace(tensors[number], constant=floats[1:] - floats[:1])
    shape = (*tensors[last.outputs[0]].shape[:3], 1)
    tensors[last.outputs[0]] = replace(tensors[last.outputs[0]], shape=shape)
    tensors.append(Tensor(MASK, shape, None))
    mask = len(tensors) - 1
    squash = Operator("LOGISTIC", last.outputs, (mask,))
    return replace(graph, tensors=tuple(tensors), operators=(*graph.operators, squash), outputs=(mask,))
