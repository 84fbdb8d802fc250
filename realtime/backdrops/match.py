"""The person in the light of the picture behind them."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..frame import I420, Frame, Plane, Planes, Size
from ..matte import Box, Matte, cut
from ..scale import Halver, smaller

SMALL = 3  # halvings: an eighth of the size tells light and colour as well
EVERY = 0.25  # s between two looks
HALF_LIFE = 1.0  # s until half of the way to another light is gone
SHARE = 0.35  # of the way that the person goes towards the picture
GAIN = (0.85, 1.18)  # of contrast, at most
SHIFT = (24.0, 10.0, 10.0)  # codes of Y, U and V, at most
SURE = 200  # alpha of who is surely there
LEAST = 50  # px at the small scale that must be sure

Light = npt.NDArray[np.float64]  # (3, 2): gain and offset of Y, U and V

OWN: Light = np.array([(1.0, 0.0)] * 3)  # as it is
NO_CODE = 0.5  # codes by which a light changes nothing any more


class Match:
    """Brings the person's light and colours nearer to those of what is behind them.

    After Reinhard, Ashikhmin, Gooch and Shirley, "Color Transfer between Images" (2001): each channel is
    given the other picture's mean and deviation, x' = (σb / σp)·(x − μp) + μb. Here only SHARE of the way is
    gone, within limits, and slowly, so that nothing flickers; in Y, U and V, which are at hand; chroma is
    only shifted, since to stretch it makes masks of faces.

    wanted  whether they are to have that light; it may change at any time, and the light goes there slowly
    """

    def __init__(self, size: Size, *, wanted: bool = True) -> None:
        self.wanted = wanted
        self._size = size
        self._lit: Planes | None = None  # only who matches needs them
        self._halve_behind = tuple(Halver(SMALL - n) for n in (0, 1, 1))
        self._light: Light | None = None if wanted else OWN
        self._goal: Light | None = None
        self._looked = 0.0
        self._before: float | None = None  # the frame before, s

    @property
    def on(self) -> bool:
        """Whether anything is to be done: until the person is back in their own light."""
        return self.wanted or self._light is not OWN

    def __call__(self, frame: Frame, matte: Matte, person: Planes, behind: Planes, box: Box) -> Planes:
        """The person inside of the box as they look before `behind`, which is the whole picture; ours until
        the next call.
        """
        passed = 0.0 if self._before is None else abs(frame.seconds - self._before)
        self._before = frame.seconds
        goal = self._goal_for(frame, matte, behind) if self.wanted else OWN
        if goal is None:
            return person
        old = goal if self._light is None else self._light
        self._light = light = goal + (old - goal) * 0.5 ** (passed / HALF_LIFE)
        if not self.wanted and (np.abs(light - OWN) @ (255, 1)).max() < NO_CODE:
            self._light, self._goal, self._before = OWN, None, None
            return person
        return self._in(light, person, box)

    def _in(self, light: Light, person: Planes, box: Box) -> Planes:
        """The person in that light."""
        self._lit = self._lit or I420(self._size).planes
        lit = cut(self._lit, box)
        for plane, onto, (gain, offset) in zip(person, lit, light.tolist(), strict=True):
            codes = np.clip(np.rint(np.arange(256) * gain + offset), 0, 255).astype(np.uint8)
            cv2.LUT(plane, codes, dst=onto)
        return lit

    def _goal_for(self, frame: Frame, matte: Matte, behind: Planes) -> Light | None:
        """The light to go to, looked for now and then; None before the first that was found."""
        if self._goal is None or abs(frame.seconds - self._looked) >= EVERY:
            self._looked = frame.seconds
            self._goal = self._wanted(frame, matte, behind)
        return self._goal

    def _wanted(self, frame: Frame, matte: Matte, behind: Planes) -> Light | None:
        """The way to go; as before where too little of the person is sure."""
        sure = matte.halved(SMALL) > SURE
        if np.count_nonzero(sure) < LEAST:
            return self._goal
        mine = smaller(frame, 1 << SMALL)
        theirs = (halve(plane) for halve, plane in zip(self._halve_behind, behind, strict=True))
        height, width = sure.shape
        ways = [
            way(one[:height, :width][sure], other, most, stretch=not channel)
            for channel, (one, other, most) in enumerate(zip(mine, theirs, SHIFT, strict=True))
        ]
        return np.array(ways)


def way(mine: Plane, theirs: Plane, most: float, *, stretch: bool) -> tuple[float, float]:
    """Gain and offset that bring `mine` a part of the way to `theirs`."""
    (mean, deviation), (goal, spread) = ((float(p.mean()), float(p.std())) for p in (mine, theirs))
    gain = 1 + SHARE * (spread / max(deviation, 1.0) - 1) if stretch else 1.0
    gain = min(max(gain, GAIN[0]), GAIN[1])
    shift = min(max(SHARE * (goal - mean), -most), most)
    return gain, mean + shift - gain * mean
