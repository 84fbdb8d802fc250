"""Lays a network out in memory: three arrays that the compiled code reads, and how much it needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .fuse import DEPTHWISE, GATE, HEAD, PICTURE, POINTWISE, Fused, Image, NotFused, Step
from .onnx_file import Weights

Numbers = npt.NDArray[np.intc]  # C's int; where a long has 32 bits, int32 is that

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


class _Memory:
    """Hands out places, each at a multiple of a block; what is not needed at one time may share its place.

    The less memory a run goes through, the more of it the processor's second cache still holds.
    """

    def __init__(self) -> None:
        self.size = 0
        self._taken: list[tuple[int, int, int, int]] = []  # from, to, first and last sweep

    def take(self, count: int, first: int, last: int) -> int:
        """The lowest place that is free from the first to the last of these sweeps."""
        at, count = 0, blocks(count)
        for begin, end, since, until in sorted(self._taken):
            if since <= last and first <= until and begin < at + count and at < end:
                at = end
        self._taken.append((at, at + count, first, last))
        self.size = max(self.size, at + count)
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
    memory, sweeps = _Memory(), _sweeps(fused.steps)
    kept = {fused.outputs[name] for name in wanted}
    images = np.array([_image(image, fused.steps, sweeps, kept, memory) for image in fused.images], np.intc)
    packed: list[Weights] = []
    steps: list[list[int]] = []
    gates: dict[int, int] = {}
    begin = 0
    for number, (step, sweep) in enumerate(zip(fused.steps, sweeps, strict=True)):
        weights = pack(step)
        if step.kind == GATE:
            last = max(
                (sweeps[n] for n, each in enumerate(fused.steps) if each.gate == number), default=sweep
            )
            gates[number] = memory.take(len(step.weights[-1]), sweep, last)
        gate = gates.get(number if step.gate is None else step.gate, NONE)
        steps.append(_row(step, begin, gate, memory.take(_scratch(step), sweep, sweep)))
        packed.append(weights)
        begin += weights.size
    outputs = {name: _place(fused.outputs[name], images) for name in wanted}
    return Plan(np.array(steps, np.intc), images, np.concatenate(packed), memory.size, outputs)


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


def _sweeps(steps: Sequence[Step]) -> list[int]:
    """What runs together, row by row: the steps up to a gate, for that waits for whole images."""
    sweeps: list[int] = []
    sweep = 0
    for step in steps:
        sweeps.append(sweep)
        sweep += step.kind == GATE
    return sweeps


def _image(
    image: Image, steps: Sequence[Step], sweeps: Sequence[int], kept: set[Image], memory: _Memory
) -> list[int]:
    """Where it lies, and as many rows as must be there at once.

    Where one step reads them as they come, these are as many as it looks at; all, where several do, or
    one does in a later sweep.
    """
    numbers = [n for n, step in enumerate(steps) if image in (step.source, step.other)]
    users = [n for n in numbers if steps[n].kind != GATE]
    first = next(sweep for step, sweep in zip(steps, sweeps, strict=True) if step.target == image)
    last = sweeps[-1] if image in kept else max(sweeps[n] for n in numbers)
    rows = image.height
    if len(users) == 1 and first == last and image not in kept:
        user = steps[users[0]]
        rows = user.kernel if user.source == image else 2
    channels = blocks(image.channels)
    at = memory.take(rows * (image.width + 2 * MARGIN) * channels, first, last)
    total = NONE if len(users) == len(numbers) else memory.take(channels, 0, last)
    return [at, rows, image.width, image.height, channels, total]


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
