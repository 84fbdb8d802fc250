"""Lays a network out in memory: three arrays that the compiled code reads, and how much it needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .fuse import DEPTHWISE, GATE, HEAD, PICTURE, POINTWISE, Fused, Image, NotFused, Step
from .onnx_file import Weights

Numbers = npt.NDArray[np.int32]

BLOCK, MARGIN = 16, 2  # as in network.h
NONE = -1


class Place(NamedTuple):
    """Where an image begins in memory, and its size."""

    at: int
    width: int
    height: int
    channels: int


class Plan(NamedTuple):
    """A network for the compiled code.

    steps    (n, 15) int32, a row per step: the fields of network.h's Step
    images   (m, 6) int32, likewise
    weights  float32, `memory` how many float32 a run works in
    outputs  where the images lie that the graph gives out
    """

    steps: Numbers
    images: Numbers
    weights: Weights
    memory: int
    outputs: dict[str, Place]


class _Room:
    """Hands out places in one array, each at a multiple of a block."""

    def __init__(self) -> None:
        self.size = 0

    def take(self, count: int) -> int:
        at = self.size
        self.size += blocks(count)
        return at


def _place(image: Image, images: Numbers) -> Place:
    return Place(int(images[image.number, 0]), image.width, image.height, image.channels)


def blocks(count: int) -> int:
    """The least multiple of a block that holds so many."""
    return -(-count // BLOCK) * BLOCK


def lay_out(fused: Fused, wanted: Sequence[str]) -> Plan:
    """The plan of a network that shall give `wanted` of its outputs beside the mask."""
    if unknown := set(wanted) - fused.outputs.keys():
        raise NotFused(f"it gives no {', '.join(unknown)}")
    memory = _Room()
    kept = {fused.outputs[name] for name in wanted}
    images = np.array([_image(image, fused, kept, memory) for image in fused.images], np.int32)
    packed: list[Weights] = []
    steps: list[list[int]] = []
    gates: dict[int, int] = {}
    begin = 0
    for number, step in enumerate(fused.steps):
        weights = pack(step)
        if step.kind == GATE:
            gates[number] = memory.take(blocks(len(step.weights[-1])))
        gate = gates.get(number if step.gate is None else step.gate, NONE)
        steps.append(_row(step, begin, gate, memory.take(_scratch(step))))
        packed.append(weights)
        begin += weights.size
    outputs = {name: _place(fused.outputs[name], images) for name in wanted}
    return Plan(np.array(steps, np.int32), images, np.concatenate(packed), memory.size, outputs)


def _row(step: Step, weights: int, gate: int, scratch: int) -> list[int]:
    images = (step.source, step.target, step.other)
    source, target, other = (NONE if each is None else each.number for each in images)
    inputs = step.weights[0].shape[1] if step.kind == POINTWISE else 0
    outputs, hidden = 0, 0
    if step.kind == GATE:
        outputs = blocks(len(step.weights[-1]))
        hidden = blocks(len(step.weights[1])) if len(step.weights) == 4 else 0
    return [
        step.kind, step.activation, source, target, other, step.enlarged,
        step.kernel, step.stride, step.before, inputs, outputs, hidden, weights, gate, scratch,
    ]  # fmt: skip


def _image(image: Image, fused: Fused, kept: set[Image], memory: _Room) -> list[int]:
    rows = image.height if image in kept else _rows(image, fused.steps)
    channels = blocks(image.channels)
    at = memory.take(rows * (image.width + 2 * MARGIN) * channels)
    averaged = any(step.kind == GATE and image in (step.source, step.other) for step in fused.steps)
    return [at, rows, image.width, image.height, channels, memory.take(channels) if averaged else NONE]


def _rows(image: Image, steps: Sequence[Step]) -> int:
    """How many rows must be there at once.

    Where one step reads them as they come, as many as it looks at; all, where several do, or one does
    behind a gate, for gates wait for whole images.
    """
    users = [n for n, step in enumerate(steps) if step.kind != GATE and image in (step.source, step.other)]
    maker = next(n for n, step in enumerate(steps) if step.target == image)
    if len(users) != 1 or any(step.kind == GATE for step in steps[maker : users[0]]):
        return image.height
    user = steps[users[0]]
    return user.kernel if user.source == image else 2


def _scratch(step: Step) -> int:
    """How many floats a step works in; network.h says for what."""
    match step.kind, step.source, step.target:
        case _, None, Image() as target:
            return 3 * blocks(6 * target.width + 3)
        case _, Image() as source, _ if step.kind == DEPTHWISE:
            return (source.width + 2 * MARGIN) * blocks(source.channels)
        case _, Image() as source, Image() as target if step.gate is not None:
            return source.channels * blocks(target.channels)
        case _, Image() as source, _ if step.kind == GATE:
            return blocks(source.channels) + blocks(len(step.weights[1]))
        case _, Image() as source, _ if step.kind == HEAD:
            return 4 * source.width
        case _:
            return 0


def pack(step: Step) -> Weights:
    """A step's weights in the order in which they are read, for whole blocks of channels; the bias first."""
    weights, bias = step.weights[:2]
    match step.kind:
        case kind if kind == GATE:
            pairs = zip(step.weights[::2], step.weights[1::2], strict=True)
            parts = [part for layer, its in pairs for part in (_filled(its), _filled(_filled(layer).T))]
        case kind if kind == HEAD:
            parts = [np.repeat(bias, 4), weights.ravel()]
        case kind if kind == PICTURE:
            parts = [_filled(bias), _blocked(weights.transpose(0, 2, 3, 1))]
        case _:
            parts = [_filled(bias), _blocked(weights)]
    return _filled(np.concatenate([part.ravel() for part in parts]))


def _filled(values: Weights) -> Weights:
    """As many rows as whole blocks have; the added ones are 0."""
    added = blocks(len(values)) - len(values)
    return np.concatenate([values, np.zeros((added, *values.shape[1:]), np.float32)])


def _blocked(weights: Weights) -> Weights:
    """(outputs, ...) to (blocks, ..., outputs of a block)."""
    rows = _filled(weights.reshape(len(weights), -1))
    return rows.reshape(-1, BLOCK, rows.shape[1]).transpose(0, 2, 1)
