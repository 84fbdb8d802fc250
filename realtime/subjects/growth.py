"""What somebody cannot have grown by: who comes up to them, or out from behind them.

A body that shifts a little, leans or comes nearer explains where its pixels are a moment later. What is
there beyond that, thick and large, is somebody else, however alike. Of people who stir much nothing can
be said.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from ..frame import Plane
from .split import Flags, Floats, Labels

AGO = 1.0  # s between the two looks that are compared
STEP = 0.2  # s between two comparisons
SHIFT = 6  # px by which a body shifts in that time, at most
POINTS, FEWEST = 60, 8  # places of a body whose motion is looked for, and must be found
AGREEING = 0.4  # of them that move as one
WINDOW = (11, 11)  # px around a place that are looked for
SLACK = np.ones((7, 7), np.uint8)  # 3 px around it by which it may have grown all the same
THICK = np.ones((5, 5), np.uint8)  # px: thinner pieces are arms
LARGE = 0.12  # of its area: smaller pieces may be its own
VACATED = 0.14  # of its area: who has left more stirs
CHANGED = 0.45  # of its area: who looks otherwise in more of it stirs
OTHERWISE = 20  # codes of luma
SIDE = 0.7  # of somebody else that is on one side of the body


@dataclass(frozen=True, slots=True)
class Moment:
    """Who was where, and the picture."""

    seconds: float
    labels: Labels
    luma: Plane


class Growth:
    """What was seen a moment ago, and what has come since."""

    def __init__(self) -> None:
        self._moments: deque[Moment] = deque()
        self._asked = 0.0

    def remember(self, labels: Labels, luma: Plane, seconds: float) -> None:
        """Both are kept as they are."""
        if self._moments and seconds < self._moments[-1].seconds:
            self._moments.clear()
        if not self._moments or seconds - self._moments[-1].seconds >= STEP:
            self._moments.append(Moment(seconds, labels, luma))
        while len(self._moments) > 1 and seconds - self._moments[1].seconds >= AGO:
            self._moments.popleft()

    def due(self, seconds: float) -> bool:
        """Whether it is time to ask, which is not free."""
        known = bool(self._moments) and seconds - self._moments[0].seconds >= AGO - STEP
        due = known and abs(seconds - self._asked) >= STEP
        if due:
            self._asked = seconds
        return due

    def beyond(self, blob: Flags, keys: list[int], luma: Plane) -> Flags | None:
        """What of a blob those people cannot have grown by since; None: all, or nothing can be said."""
        then = self._moments[0]
        before = np.isin(then.labels, keys)
        area = int(np.count_nonzero(before))
        if not area:
            return None
        by = shift(before, then.luma, luma)
        moved, past = (warped(each, by) for each in (before.view(np.uint8), then.luma))
        if stirs(moved > 0, blob, cv2.absdiff(luma, past) > OTHERWISE, area):
            return None
        turned = motion(before, then.luma, luma)
        if turned is not None:
            moved |= warped(before.view(np.uint8), turned)
        more = blob & (cv2.dilate(moved, SLACK) == 0)
        thick = np.asarray(cv2.morphologyEx(more.view(np.uint8), cv2.MORPH_OPEN, THICK), np.uint8)
        if np.count_nonzero(thick) <= LARGE * area or not beside(thick, moved):
            return None
        return np.asarray(thick > 0)


def beside(thick: Plane, body: Plane) -> bool:
    """Whether most of it is on one side of the body: who comes nearer grows on both, who rises on top."""
    x, _, width, _ = cv2.boundingRect(body)
    counts = np.asarray(thick.sum(axis=0))
    left, right = (int(part.sum()) for part in (counts[: x + width // 4], counts[x + width - width // 4 :]))
    return max(left, right) >= SIDE * int(counts.sum())


def stirs(moved: Flags, blob: Flags, otherwise: Flags, area: int) -> bool:
    """Whether somebody has left much of their place, or looks otherwise there."""
    vacated, changed = (np.count_nonzero(moved & each) for each in (~blob, otherwise))
    return bool(vacated > VACATED * area or changed > CHANGED * area)


def shift(where: Flags, then: Plane, now: Plane) -> Floats:
    """(2, 3): to where what is flagged has moved, as its pixels differ least there."""
    x, y, width, height = cv2.boundingRect(where.view(np.uint8))
    there = np.s_[y : y + height, x : x + width]
    border = cv2.copyMakeBorder(now, SHIFT, SHIFT, SHIFT, SHIFT, cv2.BORDER_REPLICATE)
    window = border[y : y + height + 2 * SHIFT, x : x + width + 2 * SHIFT].astype(np.float32)
    weights = where[there].astype(np.float32)
    away = cv2.matchTemplate(window, then[there].astype(np.float32), cv2.TM_SQDIFF, mask=weights)
    _, _, (dx, dy), _ = cv2.minMaxLoc(away)
    return np.array([[1, 0, dx - SHIFT], [0, 1, dy - SHIFT]], np.float32)


def motion(where: Flags, then: Plane, now: Plane) -> Floats | None:
    """(2, 3): how what is flagged has moved, turned and come nearer; None where most of it says otherwise."""
    found = cv2.goodFeaturesToTrack(then, POINTS, 0.01, 3, mask=where.view(np.uint8))
    corners = cast("Floats | None", found)  # OpenCV's types know nothing of None
    if corners is None or len(corners) < FEWEST:
        return None
    moved, status, _ = cv2.calcOpticalFlowPyrLK(
        then, now, corners, corners.copy(), winSize=WINDOW, maxLevel=3
    )
    seen = np.asarray(status).ravel() > 0
    if np.count_nonzero(seen) < FEWEST:
        return None
    fitted, agreeing = cv2.estimateAffinePartial2D(
        corners[seen], np.asarray(moved)[seen], ransacReprojThreshold=1.5
    )
    by = cast("Floats | None", fitted)
    if by is None or np.count_nonzero(agreeing) < max(FEWEST, AGREEING * len(corners)):
        return None
    return np.asarray(by, np.float32)


def warped(plane: Plane, by: Floats) -> Plane:
    """What comes in at the borders is what was there."""
    height, width = plane.shape
    moved = cv2.warpAffine(
        plane, by, (width, height), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.uint8)
