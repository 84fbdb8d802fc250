"""What the refiner saw otherwise than the light model, carried along with the picture.

The answer is late: it belongs to a frame long gone, and pasting it would drag the person behind. But what
was wrong with the light mask then is wrong with it now, where the picture has moved on to. So the
difference is warped forward by optical flow (DIS, Kroeger 2016) and fades, where things move soon.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Plane
from ..scale import resized

Floats = npt.NDArray[np.float32]

STILL_HALF_LIFE = 4.0  # s, where the picture stands still: what was wrong there is wrong yet
MOVING_HALF_LIFE = 0.5  # s
STILL, MOVING = 1.5, 5.0  # luma codes from frame to frame: it stands still below, moves above
ASTRAY = 12.0  # luma codes of a warped picture beside the true one per unit of lost trust
TRUSTED = 1.6  # less that many: trust in a perfect warp, cut off at 1
FORGOTTEN = 0.05  # of a mask: what corrects less is not carried on
NEAR = (5, 5)  # px of half the coarse size, over which both pictures are compared


class Residual:
    """A correction of the mask, of the coarse size. Called with every frame, in order."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._x, self._y = grid(0, 0)
        self._difference: Floats | None = None
        self._luma: Plane | None = None
        self._seconds = 0.0

    def reset(self) -> None:
        """A new scene."""
        self._difference = None

    @property
    def empty(self) -> bool:
        """Whether it changes no mask."""
        return self._difference is None

    def learn(self, difference: Floats, then: Plane, now: Plane, seconds: float) -> None:
        """Take over what was wrong with the mask of a frame whose luma was `then`; `now` is this one's."""
        if self._x.shape != difference.shape:
            self._x, self._y = grid(*difference.shape)
        self._luma, self._seconds = half(now), seconds
        self._difference, _ = self._carried(difference, half(then), self._luma)

    def __call__(self, mask: Mask, luma: Plane, seconds: float) -> Mask:
        """(h, w) in, (h, w) out, in [0, 1]; `luma` (h, w) of the same frame."""
        if self._difference is None or self._luma is None:
            return mask
        if seconds > self._seconds:
            before, self._luma = self._luma, half(luma)
            passed, self._seconds = seconds - self._seconds, seconds
            carried, moving = self._carried(self._difference, before, self._luma)
            carried *= faded(moving, passed)
            if max(cv2.minMaxLoc(carried)[1], -cv2.minMaxLoc(carried)[0]) < FORGOTTEN:
                self._difference = None
                return mask
            self._difference = carried
        return np.asarray(np.clip(mask + self._difference, 0, 1), np.float32)

    def _carried(self, difference: Floats, before: Plane, now: Plane) -> tuple[Floats, Floats]:
        """The difference where the picture has moved it, as far as that can be followed; what moves, 0..1."""
        height, width = difference.shape
        flow: Floats = np.zeros((*now.shape, 2), np.float32)  # where each place comes from
        self._flow.calc(now, before, flow)
        came = cv2.resize(flow, (width, height)) * np.float32(2)
        moved = cv2.remap(difference, self._x + came[..., 0], self._y + came[..., 1], cv2.INTER_LINEAR)
        rows, columns = now.shape
        x, y = self._x[:rows, :columns] + flow[..., 0], self._y[:rows, :columns] + flow[..., 1]
        away = apart(cv2.remap(before, x, y, cv2.INTER_LINEAR), now)
        trust = cv2.resize(np.clip(TRUSTED - away / ASTRAY, 0, 1), (width, height))
        change = np.clip((apart(before, now) - STILL) / (MOVING - STILL), 0, 1)
        return np.asarray(moved * trust, np.float32), np.asarray(
            cv2.resize(change, (width, height)), np.float32
        )


def grid(height: int, width: int) -> tuple[Floats, Floats]:
    """The x and the y of each place, (h, w)."""
    y, x = np.indices((height, width), np.float32)
    return x, y


def faded(moving: Floats, passed: float) -> Floats:
    """What is left after `passed` s: 0.5 ** (passed / half-life), the half-life as things move."""
    slow, fast = 0.5 ** (passed / STILL_HALF_LIFE), 0.5 ** (passed / MOVING_HALF_LIFE)
    return np.asarray(np.float32(slow) + moving * np.float32(fast - slow), np.float32)


def half(luma: Plane) -> Plane:
    """Flow at half of the coarse size takes a quarter of the time and leads as well."""
    height, width = luma.shape
    return resized(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA)


def apart(before: npt.NDArray[np.uint8] | cv2.typing.MatLike, now: Plane) -> Floats:
    """Luma codes between two pictures around each place, but for the light."""
    gain = cv2.mean(now)[0] / max(1.0, cv2.mean(before)[0])
    change = cv2.absdiff(np.asarray(before, np.float32) * np.float32(gain), np.asarray(now, np.float32))
    return np.asarray(cv2.blur(change, NEAR), np.float32)
