"""Webcams and the virtual camera on Windows and macOS, which are asked by being opened for a moment."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from ..errors import EndOfSource, SinkError, SourceError
from ..frame import Size
from ..sinks.obs_camera import open_camera as open_virtual
from ..sources.camera import list_cameras, open_camera
from ..sources.source import Source
from ..sources.webcam import Webcam
from .finding import Finding, wrong
from .rate import ENOUGH, rate_of

CAMERA, VIRTUAL = "camera", "virtual camera"
USUAL, RATE = Size(1280, 720), 30.0
ALLOW = {
    "darwin": "let your terminal use the camera: System Settings, Privacy & Security, Camera",
    "win32": "let desktop apps use it: Settings, Privacy & security, Camera",
}
NO_CAMERA = "plug one in; softfocus devices lists what is seen"
SLOW = "give it more light, or close what else uses it"


def webcams(
    listed: Callable[[], list[Webcam]] = list_cameras, opened: Callable[..., Source] = open_camera
) -> Iterator[Finding]:
    """Each is opened and read for a second."""
    cameras = listed()
    for camera in cameras:
        yield tried(camera, opened)
    if not cameras:
        yield Finding(CAMERA, False, "none was found", allowed(NO_CAMERA))


def tried(webcam: Webcam, opened: Callable[..., Source]) -> Finding:
    """What comes of opening it."""
    try:
        with closing(opened(webcam.identity, size=None, rate=None)) as camera:
            got = rate_of(camera)
            name, promised = camera.name, camera.rate
    except SourceError as error:
        return wrong(CAMERA, error)
    except EndOfSource:
        got, name, promised = None, str(webcam), 0.0
    if got is None:
        return Finding(CAMERA, False, f"{name} gives no pictures", allowed("plug it in again"))
    if got < ENOUGH * promised:
        return Finding(CAMERA, False, f"{name} gives only {got:.0f} frames a second", SLOW)
    return Finding(CAMERA, True, f"{name} gives {got:.0f} frames a second")


def allowed(otherwise: str) -> str:
    """The system's own bar comes first: it hides cameras, or gives black or nothing."""
    permission = ALLOW.get(sys.platform)
    return f"{permission}; or {otherwise}" if permission else otherwise


def virtual_camera(opened: Callable[..., Any] = open_virtual) -> Iterator[Finding]:
    """OBS's, which is taken and given back: it answers nobody who only asks."""
    try:
        with closing(opened(None, USUAL, RATE)) as camera:
            yield Finding(VIRTUAL, True, f"{camera.device} is free")
    except SinkError as error:
        yield wrong(VIRTUAL, error)
