"""What is known of one person in one frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Extent(NamedTuple):
    """A rectangle in parts of the frame: 0..1, from the left and from the top."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Instance:
    """Somebody who is seen.

    id        stays theirs through crossings and short absences; from 1
    box, x, y the rectangle round them and their centroid, in parts of the frame
    area      part of the frame that they cover
    colours   share of their clothes by colour word, see `colours`
    """

    id: int
    box: Extent
    x: float
    y: float
    area: float
    colours: Mapping[str, float] = field(default_factory=dict[str, float])


class Mark(NamedTuple):
    """An instance as the preview and the panel show it.

    box       left, top, right, bottom, px of the frame
    centroid  x, y, px of the frame: a place inside of the person, for the number
    chosen    whether they are seen
    """

    id: int
    box: tuple[int, int, int, int]
    centroid: tuple[int, int]
    chosen: bool
