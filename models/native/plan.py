"""Lays a network out in memory: three arrays that the compiled code reads, and how much it needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .onnx_file import Weights
from .pack import aligned, blocks, halved, pack, room
from .steps import (
    DEPTHWISE,
    GATE,
    HEAD,
    POINTWISE,
    SPREAD,
    Fused,
    Image,
    Listed,
    NotFused,
    Step,
)  # fmt: skip

Numbers = npt.NDArray[np.int32]

MARGIN, SIDE, SPARE, MOST_KERNEL = 2, 4, 4, 5  # as in network.h
SMALL = 28  # px; rows of images for which weights, not pixels, are what has to be read
NONE = -1


class Place(NamedTuple):
    """Where an image begins in memory, and its size."""

    at: int
    width: int
    height: int
    channels: int


class Plan(NamedTuple):
    """A network for the compiled code.

    steps    (n, 17) int32, a row per step: the fields of network.h's Step
    images   (m, 6) int32, likewise
    weights  float32, or two of float16 in the place of one; `memory` how many float32 a run works in
    outputs  where the images lie that the graph gives out
    lists    the images whose numbers make an output, its shape, and whether they go through a sigmoid
    masked   whether there is a mask
    """

    steps: Numbers
    images: Numbers
    weights: Weights
    memory: int
    outputs: dict[str, Place]
    lists: dict[str, tuple[list[Place], tuple[int, ...], bool]]
    masked: bool


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


def lay_out(fused: Fused, wanted: Sequence[str], *, halves: bool = False) -> Plan:
    """The plan of a network that shall give `wanted` of its outputs beside the mask.

    halves  let weights keep 16 bits, where the file has no more
    """
    if unknown := set(wanted) - fused.outputs.keys():
        raise NotFused(f"it gives no {', '.join(unknown)}")
    found = {name: fused.outputs[name] for name in wanted}
    kept = {
        image for each in found.values() for image in (each.images if isinstance(each, Listed) else (each,))
    }
    memory, sweeps = _Memory(), _sweeps(fused.steps)
    images = np.array([_image(image, fused.steps, sweeps, kept, memory) for image in fused.images], np.int32)
    weights = aligned(sum(map(room, fused.steps)))
    steps: list[list[int]] = []
    gates: dict[int, int] = {}
    begin = 0
    for number, (step, sweep) in enumerate(zip(fused.steps, sweeps, strict=True)):
        end = begin + pack(step, halves and halved(step), weights[begin:])
        if step.kind == GATE:
            last = max(
                (sweeps[n] for n, each in enumerate(fused.steps) if each.gate == number), default=sweep
            )
            gates[number] = memory.take(len(step.weights[-1]), sweep, last)
        gate = gates.get(number if step.gate is None else step.gate, NONE)
        row = _row(step, begin, gate, memory.take(_scratch(step), sweep, sweep))
        final = number + 1 < len(sweeps) and sweeps[number + 1] > sweep
        steps.append([*row, halves and halved(step), final and step.kind != GATE])
        begin = end
    places = {name: _place(one, images) for name, one in found.items() if isinstance(one, Image)}
    lists = {
        name: ([_place(image, images) for image in one.images], fused.shapes[name], one.sigmoid)
        for name, one in found.items()
        if isinstance(one, Listed)
    }
    return Plan(np.array(steps, np.int32), images, weights[:begin], memory.size, places, lists, fused.masked)


def _row(step: Step, weights: int, gate: int, scratch: int) -> list[int]:
    images = (step.source, step.target, step.other)
    source, target, other = (NONE if each is None else each.number for each in images)
    inputs = step.weights[0].shape[1] if step.kind == POINTWISE else 0
    if step.kind == SPREAD and step.target:
        inputs = step.target.channels
    outputs, hidden = 0, 0
    if step.kind == GATE:
        outputs = blocks(len(step.weights[-1]))
        hidden = blocks(len(step.weights[1])) if len(step.weights) == 4 else 0
    return [
        step.kind, step.activation, source, target, other, step.enlarged,
        step.kernel, step.stride, step.before, inputs, outputs, hidden, weights, gate, scratch,
    ]  # fmt: skip


def _sweeps(steps: Sequence[Step]) -> list[int]:
    """What runs together, row by row: the steps up to a gate, for that waits for whole images.

    Without gates, each step with a small image runs by itself: so its weights are read once, not by rows.
    """
    gated = any(step.kind == GATE for step in steps)
    sweeps: list[int] = []
    sweep = 0
    for step in steps:
        sweeps.append(sweep)
        small = step.target is not None and step.target.height <= SMALL
        sweep += step.kind == GATE or (small and not gated)
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
    last = sweeps[-1] if image in kept else max((sweeps[n] for n in numbers), default=first)
    rows = image.height
    if first == last and image not in kept:
        rows = min(rows, _rows(image, [steps[n] for n in users], steps) or rows)
    channels = blocks(image.channels)
    at = memory.take((rows * (image.width + 2 * MARGIN) + SPARE) * channels, first, last)
    total = NONE if len(users) == len(numbers) else memory.take(channels, 0, last)
    return [at, rows, image.width, image.height, channels, total]


def _rows(image: Image, users: Sequence[Step], steps: Sequence[Step]) -> int | None:
    """How many rows are looked at at a time; None where that may be all of them.

    Of two steps, the one may add the image to what the other makes of it, row by row, a few steps later.
    """
    one, *rest = users
    if one.source != image:
        return None if rest else 2
    window = max(one.kernel, 2)
    if not rest:
        return window
    (last, *more), ahead, step = rest, 0, one
    while not more and step.kind in (POINTWISE, DEPTHWISE) and step.stride == 1 and step.target:
        ahead += step.kernel - 1 - step.before if step.kind == DEPTHWISE else 0
        next_ = [each for each in steps if step.target in (each.source, each.other)]
        if len(next_) != 1 or next_[0].source != step.target:
            return None
        if next_[0] is last and last.other == image and not last.enlarged:
            return max(window, ahead + 1)
        (step,) = next_
    return None


def _scratch(step: Step) -> int:
    """How many floats a step works in; network.h says for what."""
    match step.kind, step.source, step.target:
        case _, None, Image() as target:
            return step.kernel * blocks(3 * (2 * target.width + 2 * SIDE + MOST_KERNEL))
        case _, Image() as source, _ if step.kind == DEPTHWISE:
            return (source.width + 2 * MARGIN + SPARE) * blocks(source.channels)
        case _, Image() as source, Image() as target if step.gate is not None:
            return source.channels * blocks(target.channels)
        case _, Image() as source, _ if step.kind == GATE:
            return blocks(source.channels) + blocks(len(step.weights[1]))
        case _, Image() as source, _ if step.kind == HEAD:
            return 4 * source.width
        case _:
            return 0
