"""Puts weights where the compiled code reads them."""

from __future__ import annotations

import math

import numpy as np

from .onnx_file import Constant, Weights
from .steps import DENSE, GATE, HEAD, OUTLINE, PICTURE, POINTWISE, Step

BLOCK = 16  # as in network.h
ALIGNED = 64  # bytes


def pack(step: Step, half: bool, into: Weights) -> int:
    """Put a step's weights where they are read, in that order, the bias first; how many numbers they take.

    half  let them keep their 16 bits
    """
    parts = list(_parts(step, half)) if step.weights else []
    if step.slopes is not None:
        parts.append(_filled(step.slopes.astype(np.float32)))
    begin = 0
    for part in parts:
        end = begin + part.nbytes // into.itemsize
        into[begin:end].view(part.dtype).reshape(part.shape)[...] = part
        begin = end
    return blocks(begin)


def _parts(step: Step, half: bool) -> list[Constant]:
    """What is read one after the other, for whole blocks of channels."""
    weights, bias = step.weights[0], step.weights[1].astype(np.float32)
    if not half:
        weights = weights.astype(np.float32)
    match step.kind:
        case kind if kind == GATE:
            pairs = zip(step.weights[::2], step.weights[1::2], strict=True)
            return [part for layer, its in pairs for part in (_filled(its), _filled(_filled(layer).T))]
        case kind if kind == HEAD:
            return [np.repeat(bias, 4), weights.ravel()]
        case kind if kind == PICTURE:
            bias = bias - np.float32(step.beside) * weights.sum(axis=(1, 2, 3), dtype=np.float32)
            beside = np.full(BLOCK, step.beside, np.float32)
            return [_filled(bias), _blocked(weights.transpose(0, 2, 3, 1)), beside]
        case kind if kind == DENSE:
            inputs = _filled(weights.transpose(1, 2, 3, 0)).transpose(1, 2, 0, 3)
            return [_filled(bias), _filled(inputs.reshape(-1, len(bias)).T).T]
        case kind if kind == OUTLINE:
            return [_filled(bias), _filled(weights[0]).transpose(1, 2, 0)]
        case _:
            return [_filled(bias), _blocked(weights)]


def _filled(values: Constant) -> Constant:
    """As many rows as whole blocks have; the added ones are 0."""
    added = blocks(len(values)) - len(values)
    if not added:
        return values
    return np.concatenate([values, np.zeros((added, *values.shape[1:]), values.dtype)])


def _blocked(weights: Constant) -> Constant:
    """(outputs, ...) to (blocks, ..., outputs of a block)."""
    rows = _filled(weights.reshape(len(weights), -1))
    return rows.reshape(-1, BLOCK, rows.shape[1]).transpose(0, 2, 1)


def halved(step: Step) -> bool:
    """Whether its weights need no more than 16 bits, and are not scaled first."""
    return step.kind == POINTWISE and step.gate is None and step.weights[0].dtype == np.float16


def room(step: Step) -> int:
    """As many numbers as a step's weights take at most; what stays unused takes no memory."""
    channels = 0 if step.target is None else step.target.channels
    return 4 * BLOCK + blocks(channels) + sum(_filled_size(each.shape) for each in step.weights)


def _filled_size(shape: tuple[int, ...]) -> int:
    """Of an array whose first two dimensions are filled to whole blocks."""
    return math.prod([*map(blocks, shape[:2]), *shape[2:]])


def blocks(count: int) -> int:
    """The least multiple of a block that holds so many."""
    return -(-count // BLOCK) * BLOCK


def aligned(count: int) -> Weights:
    """Zeros that begin where the widest vectors may be read."""
    spare = ALIGNED // 4
    numbers = np.zeros(count + spare, np.float32)
    begin = -numbers.ctypes.data // 4 % spare
    return numbers[begin : begin + count]
