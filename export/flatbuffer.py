"""The part of the FlatBuffers wire format that TFLite files use.

A table starts with the distance back to its vtable; the vtable lists, per field, how far behind
the table's start the field lies (0: absent). Strings, vectors and sub-tables are reached by one
more relative offset. All numbers are little-endian.
"""

from __future__ import annotations

import struct


class Table:
    """One table of a flatbuffer; fields are named by their number in the schema.

    Reading outside of the buffer raises struct.error or ValueError.
    """

    __slots__ = ("_at", "_buffer", "_vtable")

    def __init__(self, buffer: bytes, at: int) -> None:
        self._buffer = buffer
        self._at = at
        self._vtable = at - self._number("<i", at)

    @classmethod
    def root(cls, buffer: bytes, identifier: bytes) -> Table:
        """The outermost table of a file of this kind."""
        if buffer[4:8] != identifier:
            raise ValueError(f"no {identifier.decode()} file")
        return cls(buffer, struct.unpack_from("<I", buffer)[0])

    def _number(self, code: str, at: int) -> int:
        if at < 0:
            raise ValueError("an offset leads before the start of the file")
        return int(struct.unpack_from(code, self._buffer, at)[0])

    def _field(self, field: int) -> int | None:
        """Where the field lies, None when it has its default."""
        entry = 4 + 2 * field
        if entry >= self._number("<H", self._vtable):
            return None
        offset = self._number("<H", self._vtable + entry)
        return self._at + offset if offset else None

    def _vector(self, field: int) -> tuple[int, int]:
        """Where the field's first element lies, and how many there are."""
        at = self._field(field)
        if at is None:
            return 0, 0
        at += self._number("<I", at)
        return at + 4, self._number("<I", at)

    def byte(self, field: int, default: int = 0) -> int:
        at = self._field(field)
        return default if at is None else self._number("<b", at)

    def int32(self, field: int, default: int = 0) -> int:
        at = self._field(field)
        return default if at is None else self._number("<i", at)

    def table(self, field: int) -> Table | None:
        at = self._field(field)
        return None if at is None else Table(self._buffer, at + self._number("<I", at))

    def tables(self, field: int) -> list[Table]:
        first, count = self._vector(field)
        ends = range(first, first + 4 * count, 4)
        return [Table(self._buffer, at + self._number("<I", at)) for at in ends]

    def int32s(self, field: int) -> tuple[int, ...]:
        first, count = self._vector(field)
        return struct.unpack_from(f"<{count}i", self._buffer, first)

    def octets(self, field: int, size: int = 1) -> bytes:
        """A vector's bytes; its elements have `size` each."""
        first, count = self._vector(field)
        end = first + count * size
        if end > len(self._buffer):
            raise ValueError("a vector leads behind the end of the file")
        return self._buffer[first:end]

    def text(self, field: int) -> str:
        return self.octets(field).decode()
