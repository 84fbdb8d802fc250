"""SPA pods: how PipeWire writes parameters, built and read by the byte.

A pod is its size, its type and its content, filled up to 8 bytes, in the machine's own byte order.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum
from fractions import Fraction
from typing import NamedTuple

from ..frame import Size

HEAD = struct.Struct("=II")  # size of the content, type
ALIGNED = 8


class Kind(IntEnum):
    """SPA_TYPE_..."""

    ID = 3
    INT = 4
    LONG = 5
    RECTANGLE = 10
    FRACTION = 11
    OBJECT = 15
    CHOICE = 19


class Choose(IntEnum):
    """SPA_CHOICE_..."""

    NONE = 0
    RANGE = 1
    STEP = 2
    ENUM = 3
    FLAGS = 4


Value = int | Size | Fraction


class Property(NamedTuple):
    """One property of an object: what may be chosen, the preferred value first.

    A range is its default, least and greatest.
    """

    choice: Choose
    values: tuple[Value, ...]


def pod(kind: Kind, content: bytes) -> bytes:
    return HEAD.pack(len(content), kind) + content + bytes(-len(content) % ALIGNED)


def identity(number: int) -> bytes:
    return pod(Kind.ID, struct.pack("=I", number))


def integer(number: int) -> bytes:
    return pod(Kind.INT, struct.pack("=i", number))


def rectangle(size: Size) -> bytes:
    return pod(Kind.RECTANGLE, struct.pack("=II", *size))


def fraction(number: Fraction) -> bytes:
    return pod(Kind.FRACTION, struct.pack("=II", number.numerator, number.denominator))


def choice(how: Choose, *values: bytes) -> bytes:
    """Of pods of one kind: the default, then what may be had (a range: least and greatest)."""
    size, kind = HEAD.unpack_from(values[0])
    content = b"".join(value[HEAD.size : HEAD.size + size] for value in values)
    return pod(Kind.CHOICE, struct.pack("=II", how, 0) + HEAD.pack(size, kind) + content)


def thing(kind: int, number: int, properties: Mapping[int, bytes]) -> bytes:
    """An object of that SPA_TYPE_OBJECT_..., for the parameter of that number."""
    content = b"".join(struct.pack("=II", key, 0) + value for key, value in properties.items())
    return pod(Kind.OBJECT, struct.pack("=II", kind, number) + content)


def at(address: int) -> bytes:
    """The whole pod there, copied."""
    size = ctypes.c_uint32.from_address(address).value
    return ctypes.string_at(address, HEAD.size + size)


def properties(pod: bytes) -> dict[int, Property]:
    """Of an object; those of kinds that cameras do not use are left out."""
    return dict(_properties(pod))


def _properties(pod: bytes) -> Iterator[tuple[int, Property]]:
    size, kind = HEAD.unpack_from(pod)
    end = min(len(pod), HEAD.size + size)
    at = 2 * HEAD.size
    while kind == Kind.OBJECT and at + 2 * HEAD.size <= end:
        key, _ = HEAD.unpack_from(pod, at)
        size, inner = HEAD.unpack_from(pod, at + HEAD.size)
        content = pod[at + 2 * HEAD.size : min(end, at + 2 * HEAD.size + size)]  # an end that is missing…
        if read := _value(inner, content):
            yield key, read
        at += 2 * HEAD.size + size + -size % ALIGNED


def _value(kind: int, content: bytes) -> Property | None:
    how, size = Choose.NONE, len(content)
    if kind == Kind.CHOICE and len(content) >= 2 * HEAD.size:
        chosen, _, size, kind = struct.unpack_from("=IIII", content)
        how, content = Choose(chosen) if chosen <= Choose.FLAGS else Choose.NONE, content[2 * HEAD.size :]
    if kind not in _READ or size != _WIDTHS[kind] or len(content) < size:  # …makes it too short
        return None
    values = tuple(_READ[kind](content[i : i + size]) for i in range(0, len(content) - size + 1, size))
    return Property(how, values if how is not Choose.NONE else values[:1])


def _numbers(content: bytes) -> tuple[int, int]:
    first, second = struct.unpack_from("=II", content)
    return first, second


def _ratio(content: bytes) -> Fraction:
    numerator, denominator = _numbers(content)
    return Fraction(numerator, denominator or 1)


_WIDTHS: dict[int, int] = {Kind.ID: 4, Kind.INT: 4, Kind.LONG: 8, Kind.RECTANGLE: 8, Kind.FRACTION: 8}
_READ: dict[int, Callable[[bytes], Value]] = {
    Kind.ID: lambda content: struct.unpack_from("=I", content)[0],
    Kind.INT: lambda content: struct.unpack_from("=i", content)[0],
    Kind.LONG: lambda content: struct.unpack_from("=q", content)[0],
    Kind.RECTANGLE: lambda content: Size(*_numbers(content)),
    Kind.FRACTION: _ratio,
}
