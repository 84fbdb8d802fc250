"""Which pixels are whose head, and what must not be seen: told by faces and the matte together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ..subjects.bodies import bodies as bodies_of
from ..subjects.bodies import grown

Flags = npt.NDArray[np.bool_]  # (h, w)
Part = Literal["face", "hair", "body", "person"]

SMALLEST = 0.004  # of the picture: smaller pieces of the matte are crumbs of somebody
INSIDE = 0.4  # of a face that must lie in a body for it to be theirs
LITTLE = 0.12  # of the face's width squared: less hair than that is none
CHIN = 0.05  # of the face's height, below it: what is higher is as high as the head
UP, DOWN, BESIDE = 0.8, 0.2, 0.9  # faces: what is a head's above, below and beside the middle, and a rim
FARTHEST = 3.5  # widths to both sides of a face: what is beyond may be somebody else
SOFT = 5  # px: so far from who is surely there their soft edge may reach


class Face(NamedTuple):
    """A face, px; it may lie beyond the picture's border.

    margin  px by which it may have moved since it was seen
    """

    x0: float
    y0: float
    x1: float
    y1: float
    margin: float = 0.0

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def x(self) -> float:
        return (self.x0 + self.x1) / 2


@dataclass(frozen=True, slots=True)
class Person:
    """One piece of the matte.

    where  (h, w) its pixels
    head   (h, w) the head with the neck and a rim around it; None: no face was found
    hair   (h, w) its hair; width  of the face, px; both mean nothing without a head
    """

    where: Flags
    head: Flags | None
    hair: Flags
    width: float = 0.0


def people(sure: Flags, faces: Sequence[Face], hair: Flags | None = None) -> list[Person]:
    """Everybody in the matte; `sure` is where anybody is, `hair` where a model sees hair, (h, w) each."""
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(sure.view(np.uint8), connectivity=8)
    hair = np.zeros_like(sure) if hair is None else hair
    found: list[Person] = []
    for piece in range(1, count):
        where = np.asarray(pieces == piece)
        if stats[piece, cv2.CC_STAT_AREA] < SMALLEST * sure.size:
            found.append(Person(where, None, np.zeros_like(where)))
            continue
        seeds = bodies_of(where)
        bodies = grown(seeds, where) if len(seeds) > 1 else where.astype(np.int32)
        found += [
            person(mine, faces, hair & mine) for n in range(len(seeds)) if (mine := bodies == n + 1).any()
        ]
    return found


def person(where: Flags, faces: Sequence[Face], hair: Flags) -> Person:
    """One body, with the head round its face. Of people who touch, each must have a face of their own."""
    mine = [face for face in faces if share(face, where) >= INSIDE]
    if not mine:
        return Person(where, None, hair)
    head = np.zeros_like(where)
    for face in mine:
        head |= zone(where, face)
    near = np.zeros_like(where)
    for face in mine:
        near[:, span(face.x - FARTHEST * face.width, face.x + FARTHEST * face.width)] = True
    return Person(where, head | (where & ~near), hair, max(face.width for face in mine))


def zone(where: Flags, face: Face) -> Flags:
    """A head's rectangle, from above the hair to below the chin. What is as high as the head belongs to it:
    somebody else's may be there.
    """
    rim = face.margin
    head = np.zeros_like(where)
    across = BESIDE * max(face.width, face.height) + rim
    down = span(face.y0 - UP * face.height - rim, face.y1 + DOWN * face.height + rim)
    head[down, span(face.x - across, face.x + across)] = True
    chin = span(0, face.y1 + CHIN * face.height + rim)
    head[chin] |= where[chin]
    return head


def share(face: Face, where: Flags) -> float:
    """How much of a face is flagged; of what is beyond the border, nothing is asked."""
    there = where[span(face.y0, face.y1), span(face.x0, face.x1)]
    return float(there.mean()) if there.size else 0.0


def span(low: float, high: float) -> slice:
    return slice(max(0, int(low)), max(0, int(np.ceil(high))))


def widened(flags: Flags, reach: float) -> Flags:
    """With `reach` px more around."""
    side = 2 * max(1, round(reach)) + 1
    return np.asarray(cv2.dilate(flags.view(np.uint8), np.ones((side, side), np.uint8)) > 0)


def hidden(found: Sequence[Person], shape: tuple[int, int], part: Part) -> Flags:
    """(h, w) what must not be seen: of these people the part, or all of whose head is not found; and what is
    near to nobody.
    """
    flags, near = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    for one in found:
        whole = widened(one.where, SOFT)
        near |= whole
        bald = np.count_nonzero(one.hair) < LITTLE * one.width * one.width
        match part:
            case "face" if one.head is not None:
                flags |= one.head
            case "hair" if one.head is not None and not bald:
                flags |= widened(one.hair, 1)
            case "body" if one.head is not None:
                flags |= whole & ~one.head
            case _:
                flags |= whole
    return flags | ~near
