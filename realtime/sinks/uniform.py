"""One colour for all frames of an output, whatever colour their source has."""

from __future__ import annotations

from ..colour import recode
from ..frame import I420, Colour, Plane, Size
from ..gate.gate import Composed


class Uniform:
    """Gives each frame's codes in `colour`: the frame's own memory where it has that colour already."""

    def __init__(self, size: Size, colour: Colour) -> None:
        self.colour = colour
        self._recoded = I420(size)

    def __call__(self, composed: Composed) -> Plane:
        """(3H/2, W) I420, to be read only; valid until the frame is released or the next call."""
        if composed.colour.codes == self.colour.codes:
            return composed.data
        recode(composed.planes, composed.colour, self.colour, self._recoded.planes)
        return self._recoded.data
