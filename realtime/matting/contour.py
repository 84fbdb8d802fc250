"""Where the edge runs, if the user wants it elsewhere: farther out, farther in, or softer."""

from __future__ import annotations

import cv2
import numpy as np

from ..frame import Plane

REFERENCE_HEIGHT = 720  # grow and feather are px of a frame this high


class Contour:
    """Moves and softens the edge of alphas of one size.

    grow     px of a 720 px high frame by which the person grows; negative: shrinks
    feather  px of such a frame, inside the edge, over which the person fades: no more of the room is shown
    height   of the alphas, px
    """

    def __init__(self, grow: float, feather: float, height: int) -> None:
        scale = height / REFERENCE_HEIGHT
        self._grow = grow * scale
        self._feather = feather * scale

    def __call__(self, alpha: Plane) -> Plane:
        """(H, W) uint8 in, (H, W) out; the same where nothing is wanted."""
        if self._grow:
            alpha = grown(alpha, self._grow)
        if self._feather:
            # Two sigmas from its middle a blurred edge is all but gone, which is where the old edge was.
            faded = cv2.GaussianBlur(grown(alpha, -self._feather / 2), (0, 0), self._feather / 4)
            alpha = np.asarray(cv2.min(alpha, faded), np.uint8)
        return alpha


def grown(alpha: Plane, by: float) -> Plane:
    """Dilated by a disc of so many px, or eroded; between whole px, the mean of both sides in proportion."""
    change = cv2.dilate if by > 0 else cv2.erode
    less, share = int(abs(by)), abs(by) % 1
    near, far = (
        change(alpha, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1)))
        for r in (less, less + 1)
    )
    return np.asarray(cv2.addWeighted(far, share, near, 1 - share, 0), np.uint8)
