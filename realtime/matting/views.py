"""A frame at the two sizes at which mattes are made."""

from __future__ import annotations

from ..frame import Frame, Plane, Planes, Size
from ..scale import resized, smaller

FINEST = 540  # px high: larger frames are halved until they fit; edges at 540 lines are sharp at 1080


class Views:
    """Makes small versions of frames of one size; all three planes are of the same size in them.

    fine     where masks meet the picture's edges: 640x360 for 720p, 960x540 for 1080p
    coarse   half of that: where masks are pasted, steadied and weighed
    quarter  half of coarse: where motion is looked for
    """

    def __init__(self, size: Size) -> None:
        factor = 1
        while size.height // factor > FINEST:
            factor *= 2
        self.fine_size = Size(size.width // factor, size.height // factor)
        self.coarse_size = Size(self.fine_size.width // 2, self.fine_size.height // 2)
        self._factor = factor
        self._grown: list[Plane | None] = [None] * 2  # U and V, where fine is the frame's own size

    def __call__(self, frame: Frame) -> tuple[Planes, Planes, Planes]:
        """Fine, coarse and quarter; ours until the next call. They may be the frame's own planes, or
        shared with other stages: do not write.
        """
        coarse, quarter = (smaller(frame, self._factor * n) for n in (2, 4))
        return smaller(frame, self._factor) if self._factor > 1 else self._whole(frame), coarse, quarter

    def _whole(self, frame: Frame) -> Planes:
        """The frame itself, with chroma as large as luma."""
        u, v = (
            resized(plane, self.fine_size, onto=onto)
            for plane, onto in zip(frame.planes[1:], self._grown, strict=True)
        )
        self._grown = [u, v]
        return Planes(frame.planes.y, u, v)
