"""Reads what an ONNX file holds, as far as our own exporter writes it.

An ONNX file is a protocol buffer: a row of fields, each with its number and either a whole number or
bytes, which may be such a row again (https://protobuf.dev/programming-guides/encoding). The numbers of
the fields are those of onnx.proto.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.float32]
Constant = npt.NDArray[Any]  # float32, float16 or int64

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_TYPES = {1: "<f4", 7: "<i8", 10: "<f2"}  # TensorProto.DataType


class NotReadable(ValueError):
    """The file holds something that is not read here."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operator: what it is called, the names of its inputs, and that of its output."""

    kind: str
    inputs: tuple[str, ...]
    output: str
    numbers: Mapping[str, tuple[int, ...]]
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OnnxGraph:
    """Operators in their order, and the constants by their names."""

    nodes: tuple[Node, ...]
    weights: Mapping[str, Constant]
    shapes: Mapping[str, tuple[int, ...]]  # of what goes in and comes out


def read_onnx(content: bytes) -> OnnxGraph:
    """The graph in a file; raises NotReadable where it is another kind of file."""
    try:
        graph = _Fields(_Fields(memoryview(content)).bytes(7))
        return OnnxGraph(
            tuple(_node(_Fields(each)) for each in graph.all(1)),
            dict(_tensor(_Fields(each)) for each in graph.all(5)),
            dict(_port(_Fields(each)) for number in (11, 12) for each in graph.all(number)),
        )
    except (IndexError, UnicodeDecodeError, ValueError) as error:
        raise NotReadable(str(error)) from None


def _node(fields: _Fields) -> Node:
    numbers: dict[str, tuple[int, ...]] = {}
    words: dict[str, str] = {}
    for each in fields.all(5):
        attribute = _Fields(each)
        name = attribute.text(1)
        if attribute.all(4):
            words[name] = attribute.text(4)
        else:
            numbers[name] = attribute.numbers(8) or attribute.numbers(3)
    inputs = tuple(str(each, "utf-8") for each in fields.all(1))
    return Node(fields.text(4), inputs, fields.text(2), numbers, words)


def _tensor(fields: _Fields) -> tuple[str, Constant]:
    (kind,) = fields.numbers(2)
    if kind not in _TYPES:
        raise NotReadable(f"a constant of type {kind}")
    values = np.frombuffer(fields.bytes(9), _TYPES[kind])  # where it lies in the file
    return fields.text(8), values.reshape(fields.numbers(1))


def _port(fields: _Fields) -> tuple[str, tuple[int, ...]]:
    shape = _Fields(_Fields(_Fields(fields.bytes(2)).bytes(1)).bytes(2))
    return fields.text(1), tuple(size for each in shape.all(1) for size in _Fields(each).numbers(1) or (0,))


class _Fields:
    """The fields of one message."""

    def __init__(self, content: memoryview) -> None:
        self._found = list(_split(content))

    def all(self, number: int) -> list[memoryview]:
        """What the fields of a number hold, of those that hold bytes."""
        return [value for found, value in self._found if found == number and isinstance(value, memoryview)]

    def bytes(self, number: int) -> memoryview:
        """The only one of them."""
        (value,) = self.all(number)
        return value

    def text(self, number: int) -> str:
        return str(self.bytes(number), "utf-8")

    def numbers(self, number: int) -> tuple[int, ...]:
        """The whole numbers of a field, whether they come one by one or packed."""
        numbers: list[int] = []
        for found, value in self._found:
            if found == number and isinstance(value, int):
                numbers.append(value)
            elif found == number and isinstance(value, memoryview):
                numbers += _packed(value)
        return tuple(numbers)


def _split(content: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(content, at)
            yield number, value
            continue
        if kind == _BYTES:
            length, at = _varint(content, at)
        elif kind in (_FIXED32, _FIXED64):
            length = 4 if kind == _FIXED32 else 8
        else:
            raise NotReadable(f"a field of kind {kind}")
        if at + length > len(content):
            raise NotReadable("it is cut short")
        yield number, content[at : at + length]
        at += length


def _packed(content: memoryview) -> Iterator[int]:
    at = 0
    while at < len(content):
        value, at = _varint(content, at)
        yield value


def _varint(content: memoryview, at: int) -> tuple[int, int]:
    """A whole number, seven bits a byte, lowest first; and where the next one begins."""
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
