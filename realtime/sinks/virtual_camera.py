"""Publishes frames as a camera that other programs can open."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pyvirtualcam  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]

from ..errors import NoVirtualCamera, SinkError, VirtualCameraTaken
from ..frame import Colour, Matrix, Range, Size
from ..gate.gate import Composed
from ..reason import Reason
from .placeholder import camera_off
from .uniform import Uniform

if TYPE_CHECKING:
    from .loopback import Watch

EXPECTED = Colour(Range.LIMITED, Matrix.BT601)  # what programs take a camera's YUV for


class VirtualCamera:
    """v4l2loopback on Linux, OBS Virtual Camera on Windows and macOS. Frames go out when they are sent.

    device  None takes the first that is free; the attribute says which it is
    """

    def __init__(self, device: str | None, size: Size, rate: float) -> None:
        self._off = camera_off(size).data
        self._in_colour = Uniform(size, EXPECTED)
        self._open = True
        self._watch: Watch | None = None
        if sys.platform == "linux":
            from . import loopback

            chosen = loopback.choose(device)
            self._camera = _camera(chosen.path, size, rate)
            self._watch = self._watched(chosen.path, size, rate)
            self.name = f"{chosen.path} '{chosen.label}' ({size} at {rate:g} fps)"
        else:
            self._camera = _camera(device, size, rate)
            self.name = f"{self._camera.device} ({size} at {rate:g} fps)"
        self.device: str = self._camera.device

    def send(self, composed: Composed) -> None:
        unwatched = composed.shut is Reason.UNWATCHED
        self._camera.send(self._off if unwatched else self._in_colour(composed))

    def close(self) -> None:
        """What stays with those who watch is a picture that says: camera off."""
        if not self._open:
            return
        self._open = False
        self._camera.send(self._off)
        if self._watch:
            self._watch.close()
        self._camera.close()

    def _watched(self, path: str, size: Size, rate: float) -> Watch:
        from .loopback import Watch

        try:
            return Watch(path, size, rate, self._off)
        except SinkError:
            self._camera.close()
            raise


def _camera(device: str | None, size: Size, rate: float) -> pyvirtualcam.Camera:
    try:
        return pyvirtualcam.Camera(*size, rate, fmt=pyvirtualcam.PixelFormat.I420, device=device)
    except RuntimeError as error:
        raise refusal(device, str(error)) from error


def refusal(device: str | None, said: str) -> NoVirtualCamera | VirtualCameraTaken:
    """What pyvirtualcam's words mean, a line from each of its backends: it has one exception for all.

    v4l2loopback is busy where a program holds the device at another size (0.13), or sends to it (0.15).
    """
    if "in use" in said or "busy" in said:
        why = "another program sends to it, or watches it in another size or format"
        return VirtualCameraTaken(device or "the virtual camera", why)
    return NoVirtualCamera("; ".join(said.splitlines()))
