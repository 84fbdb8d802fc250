"""Webcams' JPEG, decoded straight into 4:2:0 planes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ...frame import Plane, Planes, Size
from ..decoded import even
from ..lending import Lender

UNIT = 16  # px: the codec works on squares of so many


def forms() -> tuple[str, ...]:
    """What it was compiled for that this processor can run, best first; none where nothing could."""
    try:
        from . import _compiled
    except ImportError:
        return ()
    return _compiled.forms()


class Decoder:
    """Baseline JPEG of one size, 4:2:0 or 4:2:2 (ITU-T T.81), as nearly all webcams make it.

    It differs from FFmpeg's by a code value at most, and does half the work: two numbers a look-up, two
    blocks a transform, and the two rows of 4:2:2's chroma become one before they are written.

    Nothing is guessed: whatever is unusual, damaged, too short or too long is left to FFmpeg.

    form  a place in `forms`
    """

    def __init__(self, size: Size, form: int = 0) -> None:
        self._size = size
        self._even = even(*size)
        self._form = form
        self._decode = self._begin() if forms() else None

    def _begin(self) -> Callable[[Plane, Planes], bool]:
        from . import _compiled

        state = _compiled.decoder()
        self._lend = Lender(Size(*(-(-side // UNIT) * UNIT for side in self._size)))
        return partial(_compiled.decode, self._form, state, self._size)

    def __call__(self, content: Plane) -> Planes | None:
        """The picture in a buffer (N,) uint8; its range is full and its matrix BT.601, as JFIF has them.

        None for what it does not decode.
        """
        if self._decode is None:
            return None
        lent = self._lend()
        if not self._decode(content, lent):
            return None
        width, height = self._even
        y, u, v = lent
        halves = u[: height // 2, : width // 2], v[: height // 2, : width // 2]
        return Planes(y[:height, :width], *halves)
