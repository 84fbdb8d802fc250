"""How a film is to be turned and mirrored before it is shown: the eight ways of a display matrix."""

from __future__ import annotations

from fractions import Fraction
from struct import unpack
from typing import NamedTuple

import av
import cv2
from av.sidedata.sidedata import SideData

from ..frame import Planes, Size


class Turn(NamedTuple):
    """What becomes of a picture, in this order.

    transposed    rows become columns
    across, down  then left and right, top and bottom change places
    """

    transposed: bool = False
    across: bool = False
    down: bool = False

    def size(self, size: Size) -> Size:
        """Of the turned picture."""
        return Size(size.height, size.width) if self.transposed else size

    def aspect(self, aspect: Fraction) -> Fraction:
        """Of the turned picture's pixels."""
        return 1 / aspect if self.transposed else aspect

    def __call__(self, planes: Planes, onto: Planes) -> None:
        """Write the planes as they are to be seen."""
        how = HOW[self]
        for plane, target in zip(planes, onto, strict=True):
            if isinstance(how, Mirror):
                cv2.flip(plane, how.axis, dst=target)
            elif how is not None:
                cv2.rotate(plane, how, dst=target)
            else:
                cv2.transpose(plane, dst=target)
                if self.down:  # both
                    cv2.flip(target, -1, dst=target)


class Mirror(NamedTuple):
    """OpenCV's name for an axis."""

    axis: int


HOW: dict[Turn, Mirror | int | None] = {
    Turn(False, True, False): Mirror(1),
    Turn(False, False, True): Mirror(0),
    Turn(False, True, True): cv2.ROTATE_180,
    Turn(True, True, False): cv2.ROTATE_90_CLOCKWISE,
    Turn(True, False, True): cv2.ROTATE_90_COUNTERCLOCKWISE,
    Turn(True, False, False): None,
    Turn(True, True, True): None,
}
AS_IT_IS = Turn()
BY_ANGLE = {
    90: Turn(True, False, True), -90: Turn(True, True, False), 180: Turn(False, True, True),
}  # fmt: skip


def turn_of(picture: av.VideoFrame) -> Turn:
    """What the file says of it: the nearest of the eight ways.

    A point (x, y) is shown at (ax + cy, bx + dy), and the matrix is a b u, c d v, x y w. PyAV's `rotation`
    is but an angle, which a mirror is not; it serves where PyAV does not give the matrix, as beside EXIF.
    """
    try:
        side = picture.side_data.get("DISPLAYMATRIX")
    except ValueError:  # side data of a kind that PyAV has no name for
        return BY_ANGLE.get(90 * round(picture.rotation / 90) % 360 or 0, AS_IT_IS)
    if side is None:
        return AS_IT_IS
    assert isinstance(side, SideData)
    a, b, _, c, d = unpack("=5i", bytes(side)[:20])
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Turn(False, a < 0, d < 0)
    return Turn(True, c < 0, b < 0)
