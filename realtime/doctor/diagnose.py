"""All looks, in the order in which a frame meets what they look at."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from . import compiled, software
from .finding import Finding


def diagnose() -> list[Finding]:
    """Everything that was looked at, good or bad."""
    return [finding for look in looks() for finding in look()]


def ways_out() -> Iterator[Finding]:
    """What may carry the virtual camera on Linux."""
    from .pipewire import either, pipewire
    from .virtual_cameras import virtual_cameras

    yield from either([*pipewire(), *virtual_cameras()])


def looks() -> Iterator[Callable[[], Iterator[Finding]]]:
    if sys.platform.startswith("linux"):
        from .webcams import webcams

        yield from (webcams, ways_out)
    else:
        from . import desktop

        yield from (desktop.webcams, desktop.virtual_camera)
    yield from (software.models, software.runtime, compiled.compiled, software.packages)
    yield from (software.settings, software.display)
