"""What `softfocus devices` shows: cameras to read from, virtual cameras to write to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from ..errors import SourceError
from ..pipewire import desktop
from ..pipewire.registry import OURS
from ..sources.camera import list_cameras, pipewire_cameras
from ..sources.webcam import Mode, Webcam

V4L2 = ":v4l2_input."  # in the identity of one with a /dev/video, as WirePlumber names it


@dataclass(frozen=True, slots=True)
class VirtualCamera:
    """A device that frames may go to, and whether it takes them now. PipeWire's is made when frames come."""

    path: str
    name: str
    free: bool


@dataclass(frozen=True, slots=True)
class Devices:
    """What is there; of what cannot be opened, the reason.

    pipewire  cameras that PipeWire knows and that are not among the others
    """

    cameras: tuple[Webcam, ...]
    virtual_cameras: tuple[VirtualCamera, ...]
    pipewire: tuple[Webcam, ...] = ()


def list_devices() -> Devices:
    """As they are now. A virtual camera that another program feeds is among the cameras, too."""
    cameras = tuple(list_cameras())
    return Devices(cameras, tuple(virtual_cameras()), tuple(only_in_pipewire(cameras)))


def only_in_pipewire(cameras: tuple[Webcam, ...]) -> Iterator[Webcam]:
    """Linux only. Its session manager shows webcams that have a /dev/video as well."""
    with suppress(SourceError):  # there is no PipeWire, or no leave to ask it
        if sys.platform.startswith("linux"):
            yield from (each for each in pipewire_cameras() if not cameras or V4L2 not in each.identity)


def virtual_cameras() -> Iterator[VirtualCamera]:
    """Linux only: elsewhere there is OBS's, which cannot be asked without taking it."""
    if sys.platform.startswith("linux"):
        from ..sinks.loopback import loopbacks

        for device in loopbacks():
            yield VirtualCamera(device.path, device.label, device.free)
        if desktop.installed() and desktop.answers():
            yield VirtualCamera("pipewire", OURS, free=True)


def printed(devices: Devices) -> Iterator[str]:
    """For people, line by line."""
    yield "cameras:" if devices.cameras else "cameras: none was found"
    for camera in devices.cameras:
        yield from described(camera)
    if devices.pipewire:
        yield "cameras that only PipeWire knows:"
    for camera in devices.pipewire:
        yield from described(camera)
    if not sys.platform.startswith("linux"):
        yield "virtual camera: OBS Studio's, if it is installed"
        return
    yield (
        "virtual cameras:" if devices.virtual_cameras else "virtual cameras: none; softfocus doctor says why"
    )
    for device in devices.virtual_cameras:
        yield f"  {device.path} ({device.name}){'' if device.free else ': in use'}"


def described(camera: Webcam) -> Iterator[str]:
    yield f"  {camera}{remark(camera)}"
    yield from (f"    {line}" for line in modes(camera.modes))


def remark(camera: Webcam) -> str:
    """What sets it apart from an ordinary camera."""
    told = camera.problem or (camera.kind if camera.kind != "camera" else "")
    return f": {told}" if told else ""


def as_dict(devices: Devices) -> dict[str, Any]:
    """The same for programs."""
    return {
        "cameras": [camera_as_dict(camera) for camera in devices.cameras],
        "pipewire": [camera_as_dict(camera) for camera in devices.pipewire],
        "virtual_cameras": [asdict(device) for device in devices.virtual_cameras],
    }


def camera_as_dict(camera: Webcam) -> dict[str, Any]:
    modes = [mode._asdict() | {"size": str(mode.size)} for mode in camera.modes]
    return asdict(camera) | {"modes": modes}


def modes(offered: tuple[Mode, ...]) -> Iterator[str]:
    """A line per layout: the sizes with the highest rate of each."""
    for layout, group in groupby(offered, key=lambda mode: mode.layout):
        sizes = [f"{mode.size}{f'@{max(mode.rates):g}' if mode.rates else ''}" for mode in group]
        yield f"{layout}  {' '.join(sizes)}"
