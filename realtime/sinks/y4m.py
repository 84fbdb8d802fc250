"""YUV4MPEG2, the raw video that every encoder reads from a pipe."""

from __future__ import annotations

import io
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..disk import claim, deleted, let_go
from ..errors import CannotWrite
from ..frame import Colour, Plane, Size
from ..gate.gate import Composed
from .made import Made
from .uniform import Uniform

LONGEST = 10.0  # s that one frame is repeated for; a longer pause is cut to that


class Y4M:
    """Writes frames to a file, or to standard output when there is no path.

    All frames are in the colour of the first, whose range the header names. The format has no times, only
    a rate. So in a live run frames are repeated, or left out, for each to be where it belongs.

    made  how; None: every frame once
    """

    def __init__(self, path: Path | None, size: Size, rate: float, made: Made | None = None) -> None:
        self._size = size
        self._rate = Fraction(rate).limit_denominator(1001)
        self._aspect = made.aspect if made else Fraction(1)
        self._in_colour: Uniform | None = None
        self._places = Places(float(self._rate)) if made and made.live else None
        self._before: Plane | None = None  # the frame that is repeated
        self._path = path
        if path:
            self._path, handle = claim(path, overwrite=bool(made and made.overwrite))
        else:
            handle = standard_output()
        self._target = str(self._path or "standard output")
        self.name = f"{self._target} (Y4M {size}{', without the sound' if made and made.sound else ''})"
        self._file = io.FileIO(handle, "wb", closefd=False)

    def send(self, composed: Composed) -> None:
        if self._in_colour is None:
            self._in_colour = Uniform(self._size, composed.colour)
            self._write(self._header(composed.colour))
        times = self._places(composed.captured_at) if self._places else 1
        picture = self._in_colour(composed)
        for _ in range(times - 1):
            self._put(picture if self._before is None else self._before)
        if times:
            self._put(picture)
        if self._places:
            self._keep(picture)
        if self._path and deleted(self._file.fileno()):
            raise CannotWrite(self._target, "it was deleted meanwhile")

    def close(self) -> None:
        if not self._file.closed:
            handle = self._file.fileno()
            self._file.close()
            if self._path:
                let_go(self._path, handle)

    def _keep(self, picture: Plane) -> None:
        if self._before is None:
            self._before = np.empty_like(picture)
        np.copyto(self._before, picture)

    def _put(self, picture: Plane) -> None:
        self._write(b"FRAME\n")
        self._write(picture.data)

    def _header(self, colour: Colour) -> bytes:
        """Chroma lies in the middle of its four pixels, as in JPEG: the tag for that is 420jpeg."""
        width, height = self._size
        across, down = self._aspect.as_integer_ratio()
        rate = f"{self._rate.numerator}:{self._rate.denominator}"
        tags = f"W{width} H{height} F{rate} Ip A{across}:{down} C420jpeg XCOLORRANGE={colour.range.name}"
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


def standard_output() -> int:
    """Its number; raises CannotWrite."""
    if sys.stdout is None:
        raise CannotWrite("standard output", "it is closed")
    return sys.stdout.fileno()


class Places:
    """Where frames belong in a film of a fixed rate."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._first: int | None = None
        self._written = 0

    def __call__(self, captured_at: int) -> int:
        """How many frames the film needs, up to and with the one taken at `captured_at`, ns."""
        first = self._first = captured_at if self._first is None else self._first
        place = round((captured_at - first) * 1e-9 * self._rate)
        missing = max(0, place + 1 - self._written)
        if missing > (most := round(LONGEST * self._rate)):
            self._first = first + round((missing - most) / self._rate * 1e9)
            missing = most
        self._written += missing
        return missing
