"""Which virtual cameras there are to be, where the user only says `camera`."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def meant(outputs: Sequence[str]) -> list[str]:
    """The outputs, with what `camera` stands for: PipeWire where programs find cameras there, v4l2loopback
    where a device takes frames, or both. Where neither is, opening `camera` says what is missing.
    """
    if not sys.platform.startswith("linux") or "camera" not in outputs:
        return list(outputs)
    chosen = ["pipewire"] if desktop_takes_cameras() else []
    if not chosen or device_is_free():
        chosen.insert(0, "camera")
    told = [spec for output in outputs for spec in (chosen if output == "camera" else [output])]
    return list(dict.fromkeys(told))


def desktop_takes_cameras() -> bool:
    """PipeWire runs, and browsers are led to it by the portal."""
    from ..pipewire import desktop

    return desktop.installed() and desktop.portal_installed() and desktop.answers()


def device_is_free() -> bool:
    from .loopback import loopbacks

    return any(device.free for device in loopbacks())
