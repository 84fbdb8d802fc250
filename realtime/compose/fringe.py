"""The person's own colours where the edge lets the old room through."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..frame import I420, Frame, Plane, Planes, Size
from ..kernel import choice
from ..matte import Box, Matte, cut, inside, shares
from ..scale import Halver, fill, halved

Floats = npt.NDArray[np.float32]

TIMES = 3  # halvings: colours are estimated at an eighth of the size
REACH = 16  # px of a 720 px high frame: from how far they are gathered
DOUBT = 1e-3  # of its own weight that what is seen counts for, so that it stays where nothing is sure


class Fringe:
    """Takes the old room's colours out of the half-transparent edge of a frame.

    What is seen there is a mix, I = αF + (1 − α)B, and before another room the B in it would shine. From
    blurred colours F̂ and B̂ blur fusion (Forte, "Approximate Fast Foreground Colour Estimation", 2021) finds

        F = F̂ + α(I − αF̂ − (1 − α)B̂) = αI + (1 − α)G,  G = F̂ + α(F̂ − B̂).

    G is smooth, so it is worked out at an eighth of the size, and one blend makes F of it. Here F̂ and B̂
    are weighed with α³ and (1 − α)³ instead of α and 1 − α: what is sure says more about a colour.
    Where α is 1 the frame stays as it is, bit by bit.
    """

    def __init__(self, size: Size) -> None:
        self._window = window_at(size.height)
        self._halve = Halver(TIMES - 1), Halver(TIMES - 1)  # u, v
        self._person = I420(size).planes

    def __call__(self, frame: Frame, matte: Matte) -> Planes:
        """The part of the frame inside the matte's box, as it would be without the old room.

        Ours until the next call.
        """
        wide = on_eighths(matte.box, frame.size)
        for small, onto in zip(self._estimated(frame, matte, wide), cut(self._person, wide), strict=True):
            fill(small, onto)
        person = cut(self._person, matte.box)
        for plane, share, onto in zip(cut(frame.planes, matte.box), shares(matte), person, strict=True):
            choice.kernel.blend(plane, share, onto)
        return person

    def _estimated(self, frame: Frame, matte: Matte, part: Box) -> list[Plane]:
        """G of the three planes in a part of the frame, all at an eighth of luma's size."""
        there = inside(Box(*(edge >> TIMES for edge in part)))
        share = matte.halved(TIMES)[there].astype(np.float32) / np.float32(255)
        height, width = share.shape
        y = halved(frame.planes.y, TIMES, frame.halves[0])[there]
        chroma = (halve(p) for halve, p in zip(self._halve, cut(frame.planes, part)[1:], strict=True))
        small = cv2.merge([y, *(each[:height, :width] for each in chroma)])
        colours = np.asarray(small, np.float32)
        return [np.asarray(each, np.uint8) for each in cv2.split(guessed(colours, share, self._window))]


def window_at(height: int) -> tuple[int, int]:
    """From how far colours are gathered in a frame of that height, px of an eighth of it."""
    side = 2 * max(1, round(REACH * height / 720 / 2**TIMES)) + 1
    return side, side


def guessed(colours: Floats, share: Floats, window: tuple[int, int]) -> Floats:
    """G of (H, W, 3) colours and (H, W) alpha in [0, 1]: whole numbers in [0, 255]."""
    person, room = (mean(colours, weight**3, window) for weight in (share, 1 - share))
    guess = person + share[..., None] * (person - room)
    return np.asarray(np.clip(np.rint(guess), 0, 255), np.float32)


def mean(colours: Floats, weight: Floats, window: tuple[int, int]) -> Floats:
    """Colours nearby, weighed."""
    weighed, known = (
        cv2.blur(each, window, borderType=cv2.BORDER_REFLECT)
        for each in (colours * weight[..., None], weight)
    )
    doubt = np.float32(DOUBT)
    return np.asarray((weighed + doubt * colours) / (known + doubt)[..., None], np.float32)


def on_eighths(box: Box, size: Size) -> Box:
    """A little larger, so that three halvings come out even; a frame whose size does not ends it."""
    step = 2**TIMES
    return Box(
        min(box.x0, size.width - step) // step * step,
        min(box.y0, size.height - step) // step * step,
        min(size.width, -(-box.x1 // step) * step),
        min(size.height, -(-box.y1 // step) * step),
    )
