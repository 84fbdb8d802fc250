"""What webcams offer, and which of it to take."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ..errors import CameraFailed, CameraLacks
from ..frame import Size

USUAL = Size(1280, 720)
USUAL_RATE = 30.0
SMOOTH = 0.8  # of the wanted rate: 25 instead of 30 is fine, 10 for a larger picture is not

FIRST = "camera"  # what is written for the first that there is

# The layouts we read, the cheapest first (720p to I420: 0.1, 0.2, 0.6, 0.6 and 1.3 ms). Raw pictures fill
# USB: many webcams do 720p at 30 frames per second as MJPG only. Films, where each picture counts, are last.
LAYOUTS = (
    "YU12", "YV12", "NV12", "NV21", "YUYV", "UYVY", "YVYU", "RGB3", "BGR3", "MJPG", "JPEG", "H264", "HEVC",
)  # fmt: skip
GREY = "GREY"  # read where there is nothing else
INFRARED = (GREY, "Y8  ", "Y8I ", "Y10 ", "Y10B", "Y10P", "Y12 ", "Y12I", "Y14 ", "Y16 ", "Z16 ", "INVZ")

# A real one; one that is a program's output; one that sees in the dark, or distances, to know a face again.
Kind = Literal["camera", "virtual", "infrared"]
KINDS: tuple[Kind, ...] = ("camera", "virtual", "infrared")  # the likelier first


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
    identity  still means this camera after it was plugged in again, when `path` may not: name@bus#node,
              where the node tells two of one device apart
    problem   why nothing more is known; None when all is
    """

    path: str
    name: str
    identity: str
    modes: tuple[Mode, ...] = ()
    problem: str | None = None
    kind: Kind = "camera"

    def __str__(self) -> str:
        """Paths other than Linux's are not for people."""
        if not self.path.startswith("/dev/"):
            return self.name
        return f"{self.path} ({self.name})" if self.name else self.path


def candidates(name: str, there_are: Sequence[Webcam]) -> list[Webcam]:
    """Those that `name` may mean, the likeliest first: FIRST, a path, an identity, or part of a name.

    A number is no part of a name. Of an identity, another socket is fine, another camera is not.
    """
    likely = sorted(there_are, key=lambda webcam: KINDS.index(webcam.kind))
    if name == FIRST:
        return likely
    wanted = name.lower()
    tries: tuple[Callable[[Webcam], bool], ...] = (
        lambda webcam: name in (webcam.identity, webcam.path),
        lambda webcam: moved(name, webcam.identity),
        lambda webcam: wanted == webcam.name.lower(),
        lambda webcam: wanted in webcam.name.lower() and not name.isdecimal(),
    )
    found = ([webcam for webcam in likely if fits(webcam)] for fits in tries)
    return next((some for some in found if some), list[Webcam]())


def identity_of(name: str, bus: str, node: str) -> str:
    """See Webcam."""
    return f"{name}@{bus}#{node}" if node else f"{name}@{bus}"


def moved(before: str, now: str) -> bool:
    """Whether two identities are one camera's in two sockets."""
    (old_name, _, old_place), (name, _, place) = before.rpartition("@"), now.rpartition("@")
    old_node, node = (where.rpartition("#")[2] if "#" in where else "" for where in (old_place, place))
    return bool(name) and name == old_name and (not old_node or node == old_node)


def kind_of(name: str, layouts: Collection[str], *, virtual: bool) -> Kind:
    """By what it offers, as the system lists it; some that see in the dark say so in their names only."""
    if virtual:
        return "virtual"
    dark = layouts and all(layout in INFRARED for layout in layouts)
    return "infrared" if dark or re.search(r"\b(IR|infrared)\b", name, re.IGNORECASE) else "camera"


def choose(device: str, modes: Sequence[Mode], size: Size | None, rate: float) -> Mode:
    """The mode that is smooth at `rate`, nearest to `size` (or to the usual one), cheapest to read.

    A size that was asked for is kept even where it is not smooth. Raises CameraLacks when it is not
    offered, CameraFailed when nothing is that we can read.
    """
    known = [mode for mode in modes if mode.layout in LAYOUTS]
    known = known or [mode for mode in modes if mode.layout == GREY]
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
        return -speed, apart, (*LAYOUTS, GREY).index(mode.layout)

    return min(known, key=merit)
