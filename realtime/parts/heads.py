"""Where heads are: told by hair and the matte together, and by neither alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from ..subjects.bodies import bodies as bodies_of
from ..subjects.bodies import grown

Flags = npt.NDArray[np.bool_]  # (h, w)
Part = Literal["face", "hair", "body", "person"]

SMALLEST = 0.004  # of the picture: smaller pieces of the matte are crumbs of somebody
HAIR_SHARE = (0.55, 1.3)  # of the head's width that its hair may have
ABOVE = 0.35  # of the head's width by which the matte may rise above the hair
LITTLE = 0.12  # of the head's width squared: less hair than that is none
WIDTHS = (0.03, 0.5)  # of the picture's width: what a head may have
CHIN = 1.4  # widths below the hair's top
UP, DOWN, BESIDE = 0.4, 1.75, 0.7  # of the head's width, from the hair's top and the head's middle
RIM = 0.15  # of the head's width that is added all around
SOFT = 5  # px: so far from who is surely there their soft edge may reach


@dataclass(frozen=True, slots=True)
class Person:
    """One piece of the matte.

    where  (h, w) its pixels
    head   (h, w) the head with the neck and a rim around it; None: not found for sure
    hair   (h, w) its hair; width  of the head, px; both mean nothing without a head
    """

    where: Flags
    head: Flags | None
    hair: Flags
    width: float = 0.0


def people(sure: Flags, hair: Flags) -> list[Person]:
    """Everybody in the matte; `sure` is where anybody is, `hair` where a model sees hair, (h, w) each."""
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(sure.view(np.uint8), connectivity=8)
    found: list[Person] = []
    for piece in range(1, count):
        where = np.asarray(pieces == piece)
        if stats[piece, cv2.CC_STAT_AREA] < SMALLEST * sure.size:
            found.append(Person(where, None, np.zeros_like(where)))
            continue
        bodies = grown(seeds, where) if len(seeds := bodies_of(where)) > 1 else where.astype(np.int32)
        found += [person(mine, hair & mine) for n in range(len(seeds)) if (mine := bodies == n + 1).any()]
    return found


def person(where: Flags, hair: Flags) -> Person:
    """The head below the largest piece of hair, if all that is known of heads fits.

    Hair is the top of a head and about as wide; the matte is as wide as the head beside it. Models take
    beards, shadows and dark collars for hair: then one of these does not hold, and no head is found.
    """
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(hair.view(np.uint8), connectivity=8)
    if count < 2:
        return Person(where, None, hair)
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    _, top, wide, high, area = (int(number) for number in stats[largest])
    its_hair = np.asarray(pieces == largest)
    crown = its_hair[top : top + max(2, min(wide, high) // 2)]
    middle = int(np.median(np.nonzero(crown)[1]))
    beside = [
        around(row, middle) for row in where[top + 3 * min(wide, high) // 10 : top + min(wide, high) + 1]
    ]
    spans = [span for span in beside if span]
    if not spans:
        return Person(where, None, hair)
    left, right = (float(np.median([span[side] for span in spans])) for side in (0, 1))
    width = right - left
    columns = np.flatnonzero(crown.any(axis=0))
    across = float(columns[-1] - columns[0] + 1)
    above = top - int(where[:, max(0, middle - 2) : middle + 3].any(axis=1).argmax())
    fits = (
        WIDTHS[0] * where.shape[1] <= width <= WIDTHS[1] * where.shape[1]
        and HAIR_SHARE[0] * width <= across <= HAIR_SHARE[1] * width
        and above <= ABOVE * width
        and area >= LITTLE * width * width
    )
    head = zone(where, its_hair, top, left, right) if fits else None
    if head is not None and np.count_nonzero(hair & ~head) > LITTLE / 2 * width * width:
        head = None  # somebody else's hair
    return Person(where, head, its_hair, width)


def around(row: npt.NDArray[np.bool_], x: int) -> tuple[int, int] | None:
    """The first and the last column of the run of set ones that x is in."""
    if not row[x]:
        return None
    gaps = np.flatnonzero(~row)
    left, right = gaps[gaps < x], gaps[gaps > x]
    return (int(left[-1]) + 1 if left.size else 0, int(right[0]) - 1 if right.size else len(row) - 1)


def zone(where: Flags, hair: Flags, top: int, left: float, right: float) -> Flags:
    """A head's rectangle and its hair, with a rim; from above the hair to below the chin. What is as high
    as the head belongs to it: somebody else's may be there.
    """
    width, middle = right - left, (left + right) / 2
    rim = RIM * width
    x0, x1 = min(left, middle - BESIDE * width) - rim, max(right, middle + BESIDE * width) + rim
    head = widened(hair, rim)
    head[max(0, int(top - UP * width)) : int(top + DOWN * width), max(0, int(x0)) : int(x1) + 1] = True
    head[: int(top + CHIN * width)] |= where[: int(top + CHIN * width)]
    return head


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
        match part:
            case "face" if one.head is not None:
                flags |= one.head
            case "hair" if one.head is not None:
                flags |= widened(one.hair, 1)
            case "body" if one.head is not None:
                flags |= whole & ~one.head
            case _:
                flags |= whole
    return flags | ~near
