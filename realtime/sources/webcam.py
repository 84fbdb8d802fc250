"""What webcams offer, and which of it to take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import CameraFailed, CameraLacks
from ..frame import Size

USUAL = Size(1280, 720)
USUAL_RATE = 30.0
SMOOTH = 0.8  # of the wanted rate: 25 instead of 30 is fine, 10 for a larger picture is not

# The layouts we read, the cheapest first (720p to I420: 0.1, 0.2, 0.6, 0.6 and 1.3 ms). Raw pictures fill
# USB: many webcams do 720p at 30 frames per second as MJPG only.
LAYOUTS = ("YU12", "NV12", "YUYV", "UYVY", "MJPG", "JPEG")


class Mode(NamedTuple):
    """One thing a camera can do.

    layout  of its pixels, by V4L2's name for it, such as YUYV or MJPG
    rates   frames per second; none when the driver does not say
    """

    layout: str
    size: Size
    rates: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Webcam:
    """A camera that is plugged in.

    path      what the system calls it; name  what people call it
    identity  still means this camera after it was plugged in again, when `path` may not
    problem   why nothing more is known; None when all is
    """

    path: str
    name: str
    identity: str
    modes: tuple[Mode, ...] = ()
    problem: str | None = None

    def __str__(self) -> str:
        return f"{self.path} ({self.name})" if self.name else self.path


def choose(device: str, modes: Sequence[Mode], size: Size | None, rate: float) -> Mode:
    """The mode that is smooth at `rate`, nearest to `size` (or to the usual one), cheapest to read.

    A size that was asked for is kept even where it is not smooth. Raises CameraLacks when it is not
    offered, CameraFailed when nothing is that we can read.
    """
    known = [mode for mode in modes if mode.layout in LAYOUTS]
    if not known:
        offered = ", ".join(sorted({mode.layout for mode in modes})) or "no layout"
        raise CameraFailed(device, f"it offers {offered}, and we read {', '.join(LAYOUTS)}")
    if size:
        sizes = sorted({mode.size for mode in known})
        known = [mode for mode in known if mode.size == size]
        if not known:
            raise CameraLacks(device, str(size), [str(size) for size in sizes])
    wanted = size or USUAL

    def merit(mode: Mode) -> tuple[float, float, int]:
        speed = min(max(mode.rates, default=rate), SMOOTH * rate)
        apart = abs(math.log(mode.size.width * mode.size.height / (wanted.width * wanted.height)))
        return -speed, apart, LAYOUTS.index(mode.layout)

    return min(known, key=merit)
