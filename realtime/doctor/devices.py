"""What `softfocus devices` shows: cameras to read from, virtual cameras to write to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from ..sources.camera import list_cameras
from ..sources.webcam import Mode, Webcam


@dataclass(frozen=True, slots=True)
class VirtualCamera:
    """A device that frames may go to, and whether it takes them now."""

    path: str
    name: str
    free: bool


@dataclass(frozen=True, slots=True)
class Devices:
    """What is there; of what cannot be opened, the reason."""

    cameras: tuple[Webcam, ...]
    virtual_cameras: tuple[VirtualCamera, ...]


def list_devices() -> Devices:
    """As they are now. A virtual camera that another program feeds is among the cameras, too."""
    return Devices(tuple(list_cameras()), tuple(virtual_cameras()))


def virtual_cameras() -> Iterator[VirtualCamera]:
    """Linux only: elsewhere there is OBS's, which cannot be asked without taking it."""
    if sys.platform.startswith("linux"):
        from ..sinks.loopback import loopbacks

        for device in loopbacks():
            yield VirtualCamera(device.path, device.label, device.free)


def printed(devices: Devices) -> Iterator[str]:
    """For people, line by line."""
    yield "cameras:" if devices.cameras else "cameras: none was found"
    for camera in devices.cameras:
        yield f"  {camera}{remark(camera)}"
        yield from (f"    {line}" for line in modes(camera.modes))
    if not sys.platform.startswith("linux"):
        yield "virtual camera: OBS Studio's, if it is installed"
        return
    yield (
        "virtual cameras:" if devices.virtual_cameras else "virtual cameras: none; softfocus doctor says why"
    )
    for device in devices.virtual_cameras:
        yield f"  {device.path} ({device.name}){'' if device.free else ': in use'}"


def remark(camera: Webcam) -> str:
    """What sets it apart from an ordinary camera."""
    told = camera.problem or (camera.kind if camera.kind != "camera" else "")
    return f": {told}" if told else ""


def as_dict(devices: Devices) -> dict[str, Any]:
    """The same for programs."""
    cameras = [
        asdict(camera) | {"modes": [mode._asdict() | {"size": str(mode.size)} for mode in camera.modes]}
        for camera in devices.cameras
    ]
    return {"cameras": cameras, "virtual_cameras": [asdict(device) for device in devices.virtual_cameras]}


def modes(offered: tuple[Mode, ...]) -> Iterator[str]:
    """A line per layout: the sizes with the highest rate of each."""
    for layout, group in groupby(offered, key=lambda mode: mode.layout):
        sizes = [f"{mode.size}{f'@{max(mode.rates):g}' if mode.rates else ''}" for mode in group]
        yield f"{layout}  {' '.join(sizes)}"
