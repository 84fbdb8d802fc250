"""Steadies a mask over time, without making it late."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Plane
from ..matte import Box, bounds, even, inside
from ..scale import resized

Shares = npt.NDArray[np.float32]  # (h, w), 0 to 1
Places = npt.NDArray[np.float32]  # (h, w, 2): x and y, px

HALF_LIFE = 0.1  # s until half of an old mask is forgotten where the picture stands still
FOLLOWED = 0.05  # s, the same where the mask was moved along with the picture
STILL, MOVING = 2.0, 6.0  # luma codes between two frames: nothing moves below, all is new above
REACH = cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5))  # around what moves the mask moves too
MATCHED, MISSED = 4.0, 12.0  # luma codes between a frame and the last one, moved: followed below, lost above
FINEST = 1  # of the flow: it is found in halves, and ends at half of their size; finer is no better
NONE: Any = None  # what OpenCV takes for a second map or a first guess, and its stubs do not
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
        self._grid: Places = np.zeros((0, 0, 2), np.float32)
        self._seconds = 0.0

    def __call__(self, mask: Mask, now: Plane, seconds: float) -> Mask:
        """(h, w) in, (h, w) out, in [0, 1]; ours until the next call.

        now  (h/2, w/2) luma of the same frame, without noise; nobody may write it from now on
        """
        before, self._luma = self._luma, now
        passed, self._seconds = max(0.0, seconds - self._seconds), seconds
        old, self._mask = self._mask, mask.copy()
        if old is None or before is None or old.shape != mask.shape:
            self._grid = grid(now)
            return self._mask
        box = even(bounds(np.maximum(mask, old), FAINTEST, 4), mask)
        if box.x0 == box.x1:
            return self._mask
        there, half = inside(box), inside(Box(*(edge // 2 for edge in box)))
        before = alike(before, now)
        moved = moving(before, now)[half]
        kept = (1 - moved) * np.float32(0.5 ** (passed / self._half_life))
        old_there = old[there]
        if cv2.countNonZero(moved):
            came = self._grid[half] + self._flow(now, before)[half]
            kept += moved * followed(before, now[half], came) * np.float32(0.5 ** (passed / FOLLOWED))
            old_there = carried(old, came, box)
        share = cv2.resize(kept, (box.x1 - box.x0, box.y1 - box.y0))
        change = cv2.subtract(old_there, mask[there])
        cv2.add(mask[there], cv2.multiply(share, change, dst=change), dst=self._mask[there])
        return self._mask

    def _flow(self, now: Plane, before: Plane) -> Places:
        """From where in the frame before each pixel came, relative to where it is: (h, w, 2), px."""
        height, width = now.shape
        size = (width // 2, height // 2)
        if max(size) < PATCH << FINEST:
            return np.zeros_like(self._grid)  # the search refuses pictures this small
        present, past = (resized(each, size, interpolation=cv2.INTER_AREA) for each in (now, before))
        flow = np.asarray(self._search.calc(present, past, NONE), np.float32)
        return np.asarray(cv2.resize(flow + flow, (width, height)), np.float32)

    def reset(self) -> None:
        """Forget the old mask: the next one starts a new scene."""
        self._mask = self._luma = None


def grid(of: Plane) -> Places:
    """Each pixel's own place."""
    down, across = np.indices(of.shape, np.float32)
    return np.stack([across, down], axis=-1)


def alike(before: Plane, now: Plane) -> Plane:
    """The frame before in the light of now: exposure scales all luma alike."""
    # The median: however large the person who moves, most of the picture stands still.
    gains = (now[::EVERY, ::EVERY] / np.maximum(before[::EVERY, ::EVERY], 1)).astype(np.float32).ravel()
    middle = gains.size // 2
    gain = float(np.partition(gains, middle)[middle])
    return np.asarray(cv2.convertScaleAbs(before, alpha=gain), np.uint8)


def moving(before: Plane, now: Plane) -> Shares:
    """Where the picture moves, 0 to 1."""
    change = cv2.boxFilter(cv2.absdiff(now, before), cv2.CV_32F, (3, 3))
    reached = np.asarray(cv2.dilate(change, REACH), np.float32)
    return np.asarray(np.clip((reached - STILL) / (MOVING - STILL), 0, 1), np.float32)


def followed(before: Plane, now: Plane, came: Places) -> Shares:
    """Where the frame before, moved, looks like now, 0 to 1. `came`: from where each pixel of now came."""
    missed = cv2.boxFilter(cv2.absdiff(taken(before, came), now), cv2.CV_32F, (5, 5))
    return np.asarray(np.clip((MISSED - missed) / (MISSED - MATCHED), 0, 1), np.float32)


def carried(mask: Mask, came: Places, box: Box) -> Mask:
    """The mask moved along inside the box; `came` is at half of its size, where middles of pixels lie half
    of one off.
    """
    places = cv2.resize(2 * came + np.float32(0.5), (box.x1 - box.x0, box.y1 - box.y0))
    return np.asarray(taken(mask, np.asarray(places, np.float32)), np.float32)


def taken(values: Plane | Mask, places: Places) -> cv2.typing.MatLike:
    """What is at the places, between pixels too."""
    return cv2.remap(values, places, NONE, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
