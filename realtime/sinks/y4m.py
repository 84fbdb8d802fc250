"""YUV4MPEG2, the raw video that every encoder reads from a pipe."""

from __future__ import annotations

import io
import sys
from fractions import Fraction
from pathlib import Path

from ..errors import CannotWrite
from ..frame import Colour, Size
from ..gate.gate import Composed
from .uniform import Uniform


class Y4M:
    """Writes frames to a file, or to standard output when there is no path.

    All frames are in the colour of the first, whose range the header names.
    """

    def __init__(self, path: Path | None, size: Size, rate: float) -> None:
        self.name = f"{path or 'standard output'} (Y4M {size})"
        self._target = str(path or "standard output")
        self._size = size
        self._rate = Fraction(rate).limit_denominator(1001)
        self._in_colour: Uniform | None = None
        try:
            self._file = io.FileIO(path or sys.stdout.fileno(), "wb", closefd=path is not None)
        except OSError as error:
            raise CannotWrite(self._target, error.strerror or str(error)) from error

    def send(self, composed: Composed) -> None:
        if self._in_colour is None:
            self._in_colour = Uniform(self._size, composed.colour)
            self._write(self._header(composed.colour))
        self._write(b"FRAME\n")
        self._write(self._in_colour(composed).data)

    def close(self) -> None:
        self._file.close()

    def _header(self, colour: Colour) -> bytes:
        """Chroma lies in the middle of its four pixels, as in JPEG: the tag for that is 420jpeg."""
        width, height = self._size
        rate = f"{self._rate.numerator}:{self._rate.denominator}"
        tags = f"W{width} H{height} F{rate} Ip A1:1 C420jpeg XCOLORRANGE={colour.range.name}"
        return f"YUV4MPEG2 {tags}\n".encode("ascii")

    def _write(self, chunk: bytes | memoryview) -> None:
        """All of it: a pipe may take less at a time."""
        left = memoryview(chunk).cast("B")
        try:
            while left:
                left = left[self._file.write(left) :]
        except BrokenPipeError as error:
            raise CannotWrite(self._target, "its reader has gone") from error
        except OSError as error:
            raise CannotWrite(self._target, error.strerror or str(error)) from error
