"""Looks for the part now and then, on a thread of its own where frames do not wait."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import cv2
import numpy as np

from ...models.detect.detector import Detection
from ...models.detect.region import Region
from ...models.errors import SoftfocusError
from ...models.segmenter import InputSize, Mask, Rgb
from ..colour import to_rgb
from ..frame import Frame, Plane, Planes
from ..matte import Head, Matte
from ..scale import Halver
from ..slot import Latest
from .heads import Face, Flags, Part, hidden, people

log = logging.getLogger(__name__)

TIMES = 2  # halvings: parts are told apart at 320x180 of a 720p frame
EVERY = 0.2  # s of frame time between two looks, where they cost anybody's time
SURE = 127  # alpha above which somebody is there
AROUND = 3.0  # heads: the square in which a face is looked for again
MOVED = 1.0  # heads by which it may have moved in between
KNOWN = 2.0  # s for which a head that shows no face is still somewhere near
SPEED = 1.0  # widths of a head that it may move in a second without being looked at anew
MISSING = 1.0  # s without any head until that is said


class Faces(Protocol):
    """Finds faces in a region of a picture."""

    def __call__(self, picture: Rgb, region: Region | None = None) -> Sequence[Detection]: ...


class Hair(Protocol):
    """Sees hair: an RGB picture of `input_size` in, (H, W) out, 1 = hair."""

    @property
    def input_size(self) -> InputSize: ...

    def __call__(self, picture: Rgb) -> Mask: ...


class View(NamedTuple):
    """What is looked at: (H/2, W/2, 3) RGB, (h, w) alpha, the heads that witnesses know, px of the frame, and
    the frame's time, s.
    """

    picture: Rgb
    alpha: Plane
    heads: Sequence[Head]
    seconds: float


class Seen(NamedTuple):
    """What a look found, at 1 / 2**TIMES of the frame's size.

    hidden   (h, w) what is not to be seen; there (h, w): where anybody was at all
    width    px, of the widest face; 0: there is none
    seconds  of the frame that was looked at
    """

    hidden: Flags
    there: Flags
    width: float
    seconds: float


class Sight:
    """The newest look at the people of a matte.

    faces  looks again, closely, where witnesses knew of a head; their word alone grows old between looks
    part   what is not to be seen, as `heads.hidden` says
    waits  a look is waited for: for recordings, whose frames wait as well. Else a thread looks.
    hair   sees it; only where that is the part
    """

    def __init__(self, faces: Faces, part: Part, *, waits: bool, hair: Hair | None = None) -> None:
        self._faces = faces
        self._hair = hair
        self._part: Part = part
        self._waits = waits
        self._halvers = tuple(Halver(n) for n in (1, 0, 0))
        self._began: float | None = None
        self._seen: Seen | None = None
        self._heads: list[Head] = []
        self._missing: float | None = None  # s: since when no head is found
        self._said = False
        self._slot: Latest[View] = Latest()
        if not waits:
            threading.Thread(target=self._follow, name="parts", daemon=True).start()

    def __call__(self, frame: Frame, matte: Matte) -> Seen | None:
        """The newest look, of this frame or an earlier one; None before the first."""
        every = 0.0 if self._waits and self._hair is None else EVERY
        if self._began is None or abs(frame.seconds - self._began) >= every:
            self._began = frame.seconds
            view = self._view(frame, matte)
            if self._waits:
                self._seen = self._look(view)
            else:
                self._slot.put(view)
        return self._seen

    def close(self) -> None:
        """The thread ends, soon."""
        self._slot.close()

    def _view(self, frame: Frame, matte: Matte) -> View:
        half = Planes(*(halve(plane) for halve, plane in zip(self._halvers, frame.planes, strict=True)))
        alpha = matte.halved(TIMES)
        return View(to_rgb(half, frame.colour), alpha.copy(), matte.heads, frame.seconds)

    def _follow(self) -> None:
        try:
            while view := self._slot.take():
                self._seen = self._look(view)
        except SoftfocusError as error:
            log.warning("all of the person is blurred from now on: %s", error)
            self._seen = None

    def _look(self, view: View) -> Seen:
        self._heads = self._again(view)
        faces = [face_of(head, view.seconds) for head in self._heads]
        found = people(view.alpha > SURE, faces, self._hairy(view))
        widest = max((one.width for one in found if one.head is not None), default=0.0)
        if found:
            self._tell(view.seconds, missing=widest == 0)
        flags = hidden(found, view.alpha.shape, self._part)
        return Seen(flags, np.asarray(view.alpha > 0), widest, view.seconds)

    def _again(self, view: View) -> list[Head]:
        """Every head that is known, seen anew where its face is; without those that were lost long ago."""
        known: list[Head] = []
        for head in sorted((*view.heads, *self._heads), key=lambda head: -head.seconds):
            if view.seconds - head.seconds <= KNOWN and not any(same(head, each) for each in known):
                known.append(head)
        found: list[Head] = []
        for head in known:
            seen = self._closely(view, head)
            if not any(same(seen, each) for each in found):
                found.append(seen)
        return found

    def _closely(self, view: View, head: Head) -> Head:
        """The head where its face is now; as it was, where none is seen."""
        x, y = (head.x0 + head.x1) / 2, (head.y0 + head.y1) / 2
        side = max(head.x1 - head.x0, head.y1 - head.y0)
        region = Region(x / 2, y / 2, AROUND * side / 2, AROUND * side / 2)
        now = [
            Head(2 * box.left, 2 * box.top, 2 * box.right, 2 * box.bottom, view.seconds)
            for box in (face.box for face in self._faces(view.picture, region))
        ]
        near = sorted((apart(each, head), each) for each in now)
        return near[0][1] if near and near[0][0] < MOVED * side else head

    def _hairy(self, view: View) -> Flags | None:
        if self._hair is None:
            return None
        small = cv2.resize(view.picture, self._hair.input_size, interpolation=cv2.INTER_AREA)
        height, width = view.alpha.shape
        hair = cv2.resize(
            self._hair(np.asarray(small, np.uint8)), (width, height), interpolation=cv2.INTER_AREA
        )
        return np.asarray(hair > 0.5)

    def _tell(self, seconds: float, *, missing: bool) -> None:
        """Say it once when no head is found, at first or for a while."""
        if not missing:
            self._missing, self._said = None, False
            return
        if self._missing is None:
            self._missing = seconds if self._seen else seconds - MISSING
        if not self._said and seconds - self._missing >= MISSING:
            self._said = True
            log.warning("no head found, so all of you is blurred")


def face_of(head: Head, seconds: float) -> Face:
    """At the size of the parts, with a margin that grows with its age."""
    x0, y0, x1, y1, since = head
    scale = 1 / (1 << TIMES)
    return Face(x0 * scale, y0 * scale, x1 * scale, y1 * scale, SPEED * (seconds - since) * (x1 - x0) * scale)


def apart(one: Head, other: Head) -> float:
    """Between their middles, px."""
    return float(np.hypot(one.x0 + one.x1 - other.x0 - other.x1, one.y0 + one.y1 - other.y0 - other.y1)) / 2


def same(one: Head, other: Head) -> bool:
    """Whether they are one and the same."""
    return apart(one, other) < 0.5 * max(one.x1 - one.x0, other.x1 - other.x0)
