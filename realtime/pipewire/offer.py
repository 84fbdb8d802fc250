"""What cameras of PipeWire's offer, in the words that all our cameras use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from ..frame import Size
from .pod import Choose, Property, properties
from .video import MJPG, RAW, Key, Layout, clear

V4L2_NAMES = {Layout.I420: "YU12", Layout.NV12: "NV12", Layout.YUY2: "YUYV", Layout.UYVY: "UYVY"}
LAYOUTS = {name: layout for layout, name in V4L2_NAMES.items()}

Offer = tuple[str, Size, tuple[float, ...]]  # layout by V4L2's name, size, frames per second


def offers(pods: Iterable[bytes], wanted: Size) -> list[Offer]:
    """All that the formats hold; of a range of sizes its ends, its default and what is wanted."""
    found: dict[Offer, None] = {}
    for pod in pods:
        told = properties(pod)
        rates = tuple(float(rate) for rate in values(told.get(Key.RATE)) if isinstance(rate, Fraction))
        for layout in layouts(told):
            found |= {
                (layout, size, rates): None
                for size in sizes(told.get(Key.SIZE), wanted)
                if layout != "YU12" or clear(size)
            }
    return list(found)


def layouts(told: dict[int, Property]) -> Iterator[str]:
    """Those that we know; how others lie in memory we do not."""
    kind = values(told.get(Key.MEDIA_SUBTYPE))
    if MJPG in kind:
        yield "MJPG"
    if RAW in kind:
        there = values(told.get(Key.LAYOUT))
        yield from (name for layout, name in V4L2_NAMES.items() if layout in there)


def sizes(told: Property | None, wanted: Size) -> Iterator[Size]:
    there = [size for size in values(told) if isinstance(size, Size)]
    yield from there
    if told and told.choice in (Choose.RANGE, Choose.STEP) and wanted not in there and len(there) >= 2:
        least, most = min(there), max(there)
        if all(low <= side <= high for low, side, high in zip(least, wanted, most, strict=True)):
            yield wanted


def values(told: Property | None) -> tuple[object, ...]:
    """Each once: the default of an enumeration stands in it again. Of steps, their width is no value."""
    if not told:
        return ()
    return tuple(dict.fromkeys(told.values[:3] if told.choice is Choose.STEP else told.values))
