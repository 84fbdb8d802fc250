"""What can testify: small detectors, shown a part of the frame each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import cv2
import numpy as np

from ...models.detect.body import Body
from ...models.detect.detector import Detection
from ...models.detect.region import Points, Region
from ...models.segmenter import Rgb
from ..colour import to_rgb
from ..frame import Colour, Planes
from ..scale import resized

Kind = Literal["face", "pose", "palm"]
Detect = Callable[[Rgb], Sequence[Detection]]
Landmark = Callable[[Rgb, Region], Body]

# From which score a detector is heard at all, and from which it finds somebody new.
HEARD: dict[Kind, float] = {"face": 0.42, "pose": 0.45, "palm": 0.5}
NEW: dict[Kind, float] = {"face": 0.42, "pose": 0.66, "palm": 0.75}

WIDEST = {"face": 192, "pose": 224, "palm": 192}  # px: no detector sees more of what it is shown
BODY = 256  # px, likewise


class Rect(NamedTuple):
    """A rectangle, px of the coarse size; its edges may lie between pixels, and beyond the picture."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def middle(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2


def common(one: Rect, other: Rect) -> float:
    """The area that both cover, px²."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    return max(0.0, across) * max(0.0, down)


def likeness(one: Rect, other: Rect) -> float:
    """Intersection over union."""
    both = common(one, other)
    return both / max(1e-9, one.width * one.height + other.width * other.height - both)


@dataclass(frozen=True, slots=True)
class Testimony:
    """Somebody is here.

    head    of a face or a pose: the head; of a palm: the hand; coarse px
    region  where a body model should look for whom this is of; coarse px. None: a hand tells nothing of it
    """

    kind: Kind
    score: float
    head: Rect
    region: Region | None


class Senses:
    """The detectors; each is called with an RGB picture, (h, w, 3) uint8, and gives what it finds in it.

    body  looks closely at one person

    May be used from any thread: one waits for the other.
    """

    def __init__(self, *, face: Detect, pose: Detect, palm: Detect, body: Landmark) -> None:
        self._detect: dict[Kind, Detect] = {"face": face, "pose": pose, "palm": palm}
        self._body = body
        self._lock = threading.Lock()

    def look(self, kind: Kind, fine: Planes, colour: Colour, part: Rect) -> list[Testimony]:
        """What one detector finds in a part of the frame."""
        view = View(fine, colour, part, WIDEST[kind])
        with self._lock:
            found = self._detect[kind](view.picture)
        told = [view.testimony(each) for each in found]
        return [each for each in told if each and each.score >= HEARD[kind]]

    def closely(self, fine: Planes, colour: Colour, region: Region) -> Body:
        """One person, landmarks and region in coarse px."""
        half = 0.75 * region.side  # it may be turned
        x, y = region.x, region.y
        view = View(fine, colour, Rect(x - half, y - half, x + half, y + half), BODY)
        with self._lock:
            found = self._body(view.picture, view.inside(region))
        return view.body(found)


class View:
    """A part of the frame as a detector wants it, and the way back from its pixels.

    picture  (h, w, 3) RGB, its longer side at most `widest`
    """

    def __init__(self, fine: Planes, colour: Colour, part: Rect, widest: int) -> None:
        height, width = fine.y.shape
        left, right = (min(max(round(2 * x), 0), width) for x in (part.x0, part.x1))
        top, bottom = (min(max(round(2 * y), 0), height) for y in (part.y0, part.y1))
        left, top = min(left, width - 2), min(top, height - 2)
        right, bottom = max(right, left + 2), max(bottom, top + 2)
        scale = min(1.0, widest / max(right - left, bottom - top))
        size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
        planes = (resized(p[top:bottom, left:right], size, interpolation=cv2.INTER_AREA) for p in fine)
        self.picture: Rgb = to_rgb(Planes(*planes), colour)
        self._origin = np.array([left, top], np.float32)
        self._by = np.array([(right - left) / size[0], (bottom - top) / size[1]], np.float32)

    def testimony(self, found: Detection) -> Testimony | None:
        """In coarse px; None for what is no number, or of no size."""
        box = Rect(*self._places(np.array(found.box, np.float32).reshape(2, 2)).ravel().tolist())
        if not (np.isfinite((*box, found.score)).all() and box.width > 0 and box.height > 0):
            return None
        if found.kind == "face":
            region: Region | None = below(box)
        elif found.kind == "pose":
            region = self._outside(found.body)
        else:
            region = None
        return Testimony(found.kind, found.score, box, region)

    def inside(self, region: Region) -> Region:
        """A region of coarse px as one of the picture."""
        x, y = (np.array([2 * region.x, 2 * region.y], np.float32) - self._origin) / self._by
        by = 2 / float(self._by.mean())
        return Region(float(x), float(y), region.width * by, region.height * by, region.angle)

    def body(self, body: Body) -> Body:
        """The same in coarse px."""
        return Body(
            body.presence,
            self._places(body.landmarks),
            body.visibility,
            body.mask,
            self._outside(body.region),
            self._outside(body.next),
        )

    def _places(self, points: Points) -> Points:
        return np.asarray((points * self._by + self._origin) / 2, np.float32)

    def _outside(self, region: Region) -> Region:
        (x, y), by = self._places(np.array([[region.x, region.y]], np.float32))[0], float(self._by.mean()) / 2
        return Region(float(x), float(y), region.width * by, region.height * by, region.angle)


def below(face: Rect) -> Region:
    """Where the body of a face is: upright, the hips three faces below it; the body model corrects that."""
    x, y = face.middle
    side = 9.5 * face.height
    return Region(x, y + 3.2 * face.height, side, side)
