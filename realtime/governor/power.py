"""Whether the machine should be spared: on a battery, or slowed down because it is hot. Linux tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SLOWED = 0.8  # of the processor's highest frequency: an upper limit below it was set against heat
HOT = ("passive", "hot", "critical")  # kinds of temperature at which the kernel slows down, or worse


class Power(NamedTuple):
    """battery: it is being emptied; hot: the processor is slowed down or about to be."""

    battery: bool
    hot: bool


def read_power(root: Path = Path("/sys")) -> Power:
    """What the system says now; where it says nothing, all is well."""
    supplies = list(root.glob("class/power_supply/*"))
    battery = any(
        text(each / "type") == "Battery"
        and text(each / "scope") != "Device"  # a mouse's, a headset's
        and text(each / "status") == "Discharging"
        for each in supplies
    )
    return Power(battery, any(slowed(root)) or any(heated(root)))


def slowed(root: Path) -> Iterator[bool]:
    """Of each group of cores, whether its frequency is held down."""
    for policy in root.glob("devices/system/cpu/cpufreq/policy*"):
        limit, highest = number(policy / "scaling_max_freq"), number(policy / "cpuinfo_max_freq")
        yield limit is not None and highest is not None and limit < SLOWED * highest


def heated(root: Path) -> Iterator[bool]:
    """Of each sensor's limits, whether it is reached."""
    for zone in root.glob("class/thermal/thermal_zone*"):
        temperature = number(zone / "temp")
        for kind in zone.glob("trip_point_*_type"):
            limit = number(kind.with_name(kind.name.replace("_type", "_temp")))
            if text(kind) in HOT and temperature is not None and limit is not None:
                yield 0 < limit <= temperature  # firmware may give 0 or less for a limit that there is not


def text(path: Path) -> str | None:
    """A file's one line; None where there is none, or it cannot be read now."""
    try:
        return path.read_text("ascii").strip()
    except (OSError, ValueError):
        return None


def number(path: Path) -> int | None:
    """A file's one number."""
    found = text(path)
    try:
        return int(found) if found else None
    except ValueError:
        return None
