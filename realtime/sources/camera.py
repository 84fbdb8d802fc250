"""Cameras, by whatever the system reads them with."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from ..errors import CameraFailed, NoSuchCamera, SourceError
from ..frame import Size
from .source import Source
from .webcam import FIRST, Webcam, candidates

log = logging.getLogger(__name__)

PATIENCE = 3.0  # s until the first picture, where there are several cameras; some webcams take two


@runtime_checkable
class Camera(Source, Protocol):
    """A source that is a device.

    identity  opens this very device again, whatever its number is then
    """

    identity: str


def open_camera(name: str, *, size: Size | None, rate: float | None) -> Camera:
    """The camera that is meant by FIRST, a number, a device, an identity, or part of its name; `pipewire` and
    `pipewire:NAME` are looked for in PipeWire.

    The first camera is a real one that gives a picture; a virtual or an infrared one, if there is no other.

    size  None takes the usual one, or what the camera has near it. Raises SourceError.
    """
    if name == FIRST:
        likely = candidates(FIRST, list_cameras(modes=False))
        return open_first(likely, lambda webcam: open_camera(webcam.identity, size=size, rate=rate))
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


def open_first(likely: Sequence[Webcam], opened: Callable[[Webcam], Camera]) -> Camera:
    """The first of these that gives a picture; those of a less likely kind are not tried.

    Raises what is wrong with the first, if it is with all.
    """
    failures: list[SourceError] = []
    alike = [webcam for webcam in likely if webcam.kind == likely[0].kind]
    for webcam in alike:
        try:
            camera = opened(webcam)
            if len(alike) == 1 or shows(camera):
                return camera
            failures.append(CameraFailed(str(webcam), f"none came within {PATIENCE:g} s"))
        except SourceError as error:
            failures.append(error)
        if len(alike) > 1:
            log.warning("%s", failures[-1])
    raise failures[0] if failures else NoSuchCamera(FIRST, [])


def shows(camera: Camera) -> bool:
    """Whether a picture comes; a camera that gives none is closed."""
    try:
        if camera.read(PATIENCE):
            return True
    except SourceError:
        camera.close()
        raise
    camera.close()
    return False


def list_cameras(*, modes: bool = True) -> list[Webcam]:
    """All that are plugged in; without their modes it is quicker."""
    match sys.platform:
        case "linux":
            from .v4l2_camera import webcams

            return list(webcams(modes=modes))
        case _:
            from .av_camera import webcams as others

            return others()


def pipewire_cameras() -> list[Webcam]:
    """Those that PipeWire knows, some of them by /dev/video as well. Raises SourceError where it is not."""
    from .pipewire_camera import webcams

    return list(webcams())
