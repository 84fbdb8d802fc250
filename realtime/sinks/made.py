"""How outputs are made."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..sources.sound import Sound


@dataclass(frozen=True, slots=True)
class Made:
    """What a run says of all its outputs.

    mirrored   windows: left and right change places
    clear      what is behind the person may be transparent, in files that can be
    overwrite  files that are there already; else the new ones get a number
    live       frames come at a camera's pace, and the first one is the beginning; else all frames of a
               recording are written, which begins at time 0
    sound      of the recording, for files that can have it; None: it has none
    aspect     how much wider than high its pixels are
    """

    mirrored: bool = False
    clear: bool = True
    overwrite: bool = False
    live: bool = True
    sound: Sound | None = None
    aspect: Fraction = Fraction(1)
