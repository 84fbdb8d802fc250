"""Cameras, by whatever the system reads them with."""

from __future__ import annotations

import sys
from typing import Protocol, runtime_checkable

from ..frame import Size
from .source import Source
from .webcam import Webcam


@runtime_checkable
class Camera(Source, Protocol):
    """A source that is a device.

    identity  opens this very device again, whatever its number is then
    """

    identity: str


def open_camera(name: str, *, size: Size | None, rate: float | None) -> Camera:
    """The camera that is meant by a number, a device, an identity, or part of its name; `pipewire` and
    `pipewire:NAME` are looked for in PipeWire.

    size  None takes the usual one, or what the camera has near it. Raises SourceError.
    """
    match sys.platform:
        case "linux" if (asked := name.partition(":"))[0] == "pipewire":
            from .pipewire_camera import PipeWireCamera

            return PipeWireCamera(asked[2], size=size, rate=rate)
        case "linux":
            from .v4l2_camera import V4L2Camera, find

            return V4L2Camera(find(name), size=size, rate=rate)
        case _:
            from .av_camera import AVCamera

            return AVCamera(name, size=size, rate=rate)


def list_cameras() -> list[Webcam]:
    """All that are plugged in."""
    match sys.platform:
        case "linux":
            from .v4l2_camera import webcams

            return list(webcams())
        case _:
            from .av_camera import webcams as others

            return list(others())


def pipewire_cameras() -> list[Webcam]:
    """Those that PipeWire knows, some of them by /dev/video as well. Raises SourceError where it is not."""
    from .pipewire_camera import webcams

    return list(webcams())
