"""OBS Studio's virtual camera on Windows and macOS, by way of the package pyvirtualcam."""

from __future__ import annotations

import importlib
from typing import Any

from ..errors import NoVirtualCamera, SinkError, VirtualCameraTaken
from ..frame import Size

NAME = "OBS Virtual Camera"
ABSENT = (
    "the package pyvirtualcam is not installed",
    "run: pip install pyvirtualcam (there is none for Windows on ARM: give another --output there)",
)
ONLY_ONE = "softfocus sends to it already, and this system has only one"
INSTALL = "install OBS (macOS 13 and later: OBS 30 or later), start and stop its virtual camera once"


def open_camera(device: str | None, size: Size, rate: float) -> Any:
    """A pyvirtualcam.Camera for I420. Raises SinkError."""
    try:
        pyvirtualcam: Any = importlib.import_module("pyvirtualcam")
    except ImportError as error:
        raise NoVirtualCamera(*ABSENT) from error
    try:
        return pyvirtualcam.Camera(*size, rate, fmt=pyvirtualcam.PixelFormat.I420, device=device)
    except RuntimeError as error:
        raise refusal(device, str(error)) from error


def refusal(device: str | None, said: str) -> SinkError:
    """What pyvirtualcam's words mean, a line from each of its backends: it has one exception for all."""
    name = device or NAME
    if "Multiple cameras" in said:
        return VirtualCameraTaken(name, ONLY_ONE)
    if "could not be started" in said or "in use" in said:
        return VirtualCameraTaken(name, "OBS itself or another program sends to it")
    if "supports only" in said:
        return NoVirtualCamera(f"{name} is none", f"choose: --output 'camera:{NAME}'")
    if "Upgrade to OBS" in said:
        return NoVirtualCamera("this version of OBS is too old", INSTALL)
    if "not installed" in said or "not found" in said:
        return NoVirtualCamera("OBS's is not installed", INSTALL)
    return NoVirtualCamera("; ".join(said.splitlines()))
