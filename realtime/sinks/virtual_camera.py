"""Publishes frames as a camera that other programs can open."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Protocol

from ..errors import SinkError
from ..frame import Colour, Matrix, Plane, Range, Size
from ..gate.gate import Composed
from ..reason import Reason
from .placeholder import camera_off
from .uniform import Uniform

EXPECTED = Colour(Range.LIMITED, Matrix.BT601)  # what programs take a camera's YUV for


class Published(Protocol):
    """What this system's virtual cameras have in common."""

    @property
    def device(self) -> str: ...

    def send(self, picture: Plane, /) -> None: ...

    def close(self) -> None: ...


class VirtualCamera:
    """v4l2loopback on Linux, OBS Virtual Camera on Windows and macOS. Frames go out when they are sent.

    device  None takes the first that is free; the attribute says which it is
    """

    def __init__(self, device: str | None, size: Size, rate: float) -> None:
        self._off = camera_off(size).data
        self._in_colour = Uniform(size, EXPECTED)
        self._open = True
        self._camera, label = _published(device, size, rate, self._off)
        self.device: str = self._camera.device
        self.name = f"{label} ({size} at {rate:g} fps)"

    def send(self, composed: Composed) -> None:
        unwatched = composed.shut is Reason.UNWATCHED
        self._camera.send(self._off if unwatched else self._in_colour(composed))

    def close(self) -> None:
        """What stays with those who watch is a picture that says: camera off."""
        if not self._open:
            return
        self._open = False
        with suppress(SinkError):  # it is gone, and nobody watches
            self._camera.send(self._off)
        self._camera.close()


def _published(device: str | None, size: Size, rate: float, off: Plane) -> tuple[Published, str]:
    """The camera, and what people call it."""
    if sys.platform == "linux":
        from .loopback import choose
        from .loopback_camera import LoopbackCamera

        chosen = choose(device)
        return LoopbackCamera(chosen.path, size, rate, off), f"{chosen.path} '{chosen.label}'"
    from .obs_camera import open_camera

    camera = open_camera(device, size, rate)
    return camera, camera.device
