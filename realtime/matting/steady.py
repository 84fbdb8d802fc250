"""Steadies a mask over time, without making it late."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Plane
from ..kernel import choice
from ..kernel.carry import Keeping
from ..kernel.evidence import Floats
from ..matte import Box, bounds, even, inside, joined
from ..scale import half

Flow = npt.NDArray[np.float32]  # (h, w, 2): x and y, px

HALF_LIFE = 0.1  # s until half of an old mask is forgotten where the picture stands still
FOLLOWED = 0.05  # s, the same where the mask was moved along with the picture
STILL, MOVING = 2.0, 6.0  # luma codes between two frames: nothing moves below, all is new above
REACH = cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5))  # around what moves the mask moves too
MATCHED, MISSED = 4.0, 12.0  # luma codes between a frame and the last one, moved: followed below, lost above
FINEST = 1  # of the flow: it is found in halves, and ends at half of their size; finer is no better
NONE: Any = None  # what OpenCV takes for a first guess, and its stubs do not
PATCH = 8  # px, of the search
EVERY = 5  # px: of so many across and down, one tells the light
FAINTEST = 0.01  # of a mask that is looked at


class Steadier:
    """An average that forgets slowly where the picture stands still, and moves along where it moves.

    The old mask is carried to where the picture went (Dense Inverse Search, Kroeger et al. 2016), and
    where it did not go anywhere that can be found, the new mask is taken as it is. So it adds no delay:
    a plain average is half a frame late, MediaPipe's smoother lets confident flashes pass (docs/quality.md).

    half_life  s, where nothing moves
    """

    def __init__(self, half_life: float = HALF_LIFE) -> None:
        self._half_life = half_life
        self._search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._search.setFinestScale(FINEST)
        self._mask: Mask | None = None
        self._luma: Plane | None = None
        self._seconds = 0.0

    def __call__(self, mask: Mask, now: Plane, seconds: float) -> Mask:
        """(h, w) in, (h, w) out, in [0, 1]; ours until the next call.

        now  (h/2, w/2) luma of the same frame, without noise; nobody may write it from now on
        """
        before, self._luma = self._luma, now
        passed, self._seconds = max(0.0, seconds - self._seconds), seconds
        old, self._mask = self._mask, mask.copy()
        if old is None or before is None or old.shape != mask.shape:
            return self._mask
        box = even(joined(*(bounds(each, FAINTEST, 4) for each in (mask, old))), mask)
        box = Box(*(edge & ~1 for edge in box))  # an odd last row or column has no half: it stays as it is
        if box.x0 == box.x1:
            return self._mask
        half = Box(*(edge // 2 for edge in box))
        before = alike(before, now)
        changed = moving(before, now)[inside(half)]
        missed, flow = np.zeros_like(changed), np.zeros((changed.shape[0], 2 * changed.shape[1]), np.float32)
        if cv2.minMaxLoc(changed)[1] > STILL:
            flow = self._flow(now, before)[inside(half)].reshape(flow.shape)
            choice.kernel.miss(before, now[inside(half)], flow, (half.x0, half.y0), missed)
            missed = np.asarray(cv2.blur(missed, (5, 5)), np.float32)
        long, short = (0.5 ** (passed / each) for each in (self._half_life, FOLLOWED))
        keeping = Keeping(STILL, MOVING, MATCHED, MISSED, long, short)
        there = inside(box)
        choice.kernel.carry(
            mask[there], old, flow, changed, missed, keeping, (box.x0, box.y0), self._mask[there]
        )
        return self._mask

    def _flow(self, now: Plane, before: Plane) -> Flow:
        """From where in the frame before each pixel came, relative to where it is: (h, w, 2), px."""
        height, width = now.shape
        if max(width // 2, height // 2) < PATCH << FINEST:
            return np.zeros((height, width, 2), np.float32)  # the search refuses pictures this small
        even = np.s_[: height & ~1, : width & ~1]  # halves of more are dear, and no nearer to the truth
        present, past = (half(each[even]) for each in (now, before))
        flow = np.asarray(self._search.calc(present, past, NONE), np.float32)
        return np.asarray(cv2.resize(flow + flow, (width, height)), np.float32)

    def reset(self) -> None:
        """Forget the old mask: the next one starts a new scene."""
        self._mask = self._luma = None


def alike(before: Plane, now: Plane) -> Plane:
    """The frame before in the light of now: exposure scales all luma alike."""
    # The median: however large the person who moves, most of the picture stands still.
    gains = (now[::EVERY, ::EVERY] / np.maximum(before[::EVERY, ::EVERY], 1)).astype(np.float32).ravel()
    middle = gains.size // 2
    gain = float(np.partition(gains, middle)[middle])
    return np.asarray(cv2.convertScaleAbs(before, alpha=gain), np.uint8)


def moving(before: Plane, now: Plane) -> Floats:
    """By how many codes the picture changed at and around each place: (h, w)."""
    change = cv2.boxFilter(cv2.absdiff(now, before), cv2.CV_32F, (3, 3))
    return np.asarray(cv2.dilate(change, REACH), np.float32)
