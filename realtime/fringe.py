"""The person's own colours where the edge lets the old room through."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .frame import I420, Plane, Planes, Size
from .kernel import choice
from .matte import Box, cut, inside
from .scale import Halver, fill

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
        side = 2 * max(1, round(REACH * size.height / 720 / 2**TIMES)) + 1
        self._window = (side, side)
        self._luma, self._chroma = Halver(TIMES), (Halver(TIMES - 1), Halver(TIMES - 1))
        self._halve_alpha = Halver(TIMES)
        self._person = I420(size).planes

    def __call__(self, frame: Planes, alpha: Plane, half_alpha: Plane, box: Box) -> Planes:
        """The part of the frame inside the box, as it would be without the old room.

        alpha       (H, W), the whole frame's
        half_alpha  of the box, at the size of chroma
        Ours until the next call.
        """
        wide = on_eighths(box, frame.size)
        rough = self._estimated(cut(frame, wide), alpha[inside(wide)])
        for small, onto in zip(rough, cut(self._person, wide), strict=True):
            fill(small, onto)
        person = cut(self._person, box)
        shares = (alpha[inside(box)], half_alpha, half_alpha)
        for plane, share, onto in zip(cut(frame, box), shares, person, strict=True):
            choice.kernel.blend(plane, share, onto)
        return person

    def _estimated(self, seen: Planes, alpha: Plane) -> list[Plane]:
        """G of the three planes, all at an eighth of luma's size."""
        share = self._halve_alpha(alpha).astype(np.float32) / np.float32(255)
        height, width = share.shape
        y, *chroma = (halve(p) for halve, p in zip((self._luma, *self._chroma), seen, strict=True))
        small = cv2.merge([y, *(each[:height, :width] for each in chroma)])
        colours = np.asarray(small, np.float32)
        person, room = (self._mean(colours, weight**3) for weight in (share, 1 - share))
        guess = person + share[..., None] * (person - room)
        return [np.asarray(each, np.uint8) for each in cv2.split(np.clip(np.rint(guess), 0, 255))]

    def _mean(self, colours: Floats, weight: Floats) -> Floats:
        """Colours nearby, weighed."""
        weighed, known = (
            cv2.blur(each, self._window, borderType=cv2.BORDER_REFLECT)
            for each in (colours * weight[..., None], weight)
        )
        doubt = np.float32(DOUBT)
        return np.asarray((weighed + doubt * colours) / (known + doubt)[..., None], np.float32)


def on_eighths(box: Box, size: Size) -> Box:
    """A little larger, so that three halvings come out even; a frame whose size does not ends it."""
    step = 2**TIMES
    return Box(
        box.x0 // step * step,
        box.y0 // step * step,
        min(size.width, -(-box.x1 // step) * step),
        min(size.height, -(-box.y1 // step) * step),
    )
