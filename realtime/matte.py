"""The alpha that the compositor works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .frame import Plane


class Box(NamedTuple):
    """A rectangle of pixels: x0 <= x < x1, y0 <= y < y1."""

    x0: int
    y0: int
    x1: int
    y1: int


@dataclass(frozen=True, slots=True)
class Matte:
    """Who is a person, at the frame's size.

    alpha        (H, W) uint8, 0 = background, 255 = person; its maker's until the next matte
    box          alpha is 0 outside of it; even edges; empty (x0 == x1) when nobody is there
    index        of the frame it was computed from; captured_at that frame's time, ns
    """

    alpha: Plane
    box: Box
    index: int
    captured_at: int
