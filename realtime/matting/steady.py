"""Steadies a mask over time, without making it late."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Plane
from ..scale import resized

Levels = npt.NDArray[np.float32]  # (h, w), luma codes

HALF_LIFE = 0.1  # s until half of an old mask is forgotten where the picture stands still
STILL, MOVING = 2.0, 6.0  # luma codes between two frames: nothing moves below, all is new above
REACH = cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5))  # around what moves the mask moves too


class Steadier:
    """An average that forgets slowly where the picture stands still, and at once where it moves.

    Of the filters that add no delay this one leaves the least flicker; a plain average is half a frame
    late, MediaPipe's smoother lets confident flashes pass (docs/quality.md).

    half_life  s, where nothing moves
    """

    def __init__(self, half_life: float = HALF_LIFE) -> None:
        self._half_life = half_life
        self._mask: Mask | None = None
        self._luma: Levels | None = None
        self._seconds = 0.0

    def __call__(self, mask: Mask, luma: Plane, seconds: float) -> Mask:
        """(h, w) in, (h, w) out, in [0, 1]; ours until the next call. `luma`: (h, w) of the same frame."""
        now = small(luma)
        before, self._luma = self._luma, now
        passed, self._seconds = max(0.0, seconds - self._seconds), seconds
        old = self._mask
        if old is None or before is None or old.shape != mask.shape:
            self._mask = mask.copy()
            return self._mask
        least = np.float32(1 - 0.5 ** (passed / self._half_life))
        share = cv2.resize(least + (1 - least) * moving(before, now), (mask.shape[1], mask.shape[0]))
        old += share * (mask - old)
        return old

    def reset(self) -> None:
        """Forget the old mask: the next one starts a new scene."""
        self._mask = self._luma = None


def small(luma: Plane) -> Levels:
    """At half size, without noise."""
    height, width = luma.shape
    half = resized(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(half, (3, 3)), np.float32)


def moving(before: Levels, now: Levels) -> Levels:
    """Where the picture moves, 0 to 1. A change of exposure, which scales all luma alike, is none."""
    # The median: however large the person who moves, most of the picture stands still.
    gain = np.float32(np.median(now[::3, ::3] / np.maximum(before[::3, ::3], 1)))
    change = cv2.blur(cv2.absdiff(now, before * gain), (3, 3))
    reached = np.asarray(cv2.dilate(change, REACH), np.float32)
    return np.asarray(np.clip((reached - STILL) / (MOVING - STILL), 0, 1), np.float32)
