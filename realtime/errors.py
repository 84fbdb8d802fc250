"""What a user can put right about cameras, files and outputs; every message ends in the remedy."""

from __future__ import annotations

import sys

from ..models.errors import SoftfocusError


class SourceError(SoftfocusError):
    """Frames cannot be had."""


class NoSuchCamera(SourceError):
    """There is no such device."""

    def __init__(self, device: str, there_are: list[str]) -> None:
        seen = f"there are: {', '.join(there_are)}" if there_are else "no camera was found; plug one in"
        which = "no camera" if device == "camera" else f"no camera {device}"
        super().__init__(f"{which}; {seen} (softfocus devices lists them)")
        self.device = device


class CameraBusy(SourceError):
    """Another program holds the camera."""

    def __init__(self, device: str) -> None:
        super().__init__(f"{device} is in use; close the other program, or choose another with --input")
        self.device = device


REMEDIES = {
    "linux": "run: sudo usermod -aG video $USER, then log out and in",
    "darwin": "allow it in System Settings, Privacy & Security, Camera, for what starts softfocus",
    "win32": "allow it in Settings, Privacy & security, Camera: let desktop apps access your camera",
}


class CameraDenied(SourceError):
    """The user may not open the device; what to do depends on the system."""

    def __init__(self, device: str, system: str = "linux") -> None:
        super().__init__(f"no permission to open {device}; {REMEDIES[system]}")
        self.device = device


class CameraLacks(SourceError):
    """The device cannot do the size that was asked for."""

    def __init__(self, device: str, wanted: str, offered: list[str]) -> None:
        super().__init__(f"{device} has no {wanted}; choose one of these with --size: {', '.join(offered)}")
        self.device = device


class CameraFailed(SourceError):
    """The device answers, but gives no pictures."""

    def __init__(self, device: str, why: str) -> None:
        super().__init__(
            f"{device} gives no pictures: {why}; plug it in again, or choose another with --input"
        )
        self.device = device


class CameraLost(SourceError):
    """The device went away while it was being read."""

    def __init__(self, device: str) -> None:
        super().__init__(f"{device} was unplugged; plug it in again")
        self.device = device


class UnreadableInput(SourceError):
    """A file or URL holds no frames we can decode."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"cannot read {name}: {why}; check the file or give another with --input")
        self.name = name
        self.why = why


class DamagedInput(UnreadableInput):
    """Something is missing of a file or URL; all that could be read was given before.

    stopped  it gave up before its end, and may have more when it is opened again
    """

    def __init__(self, name: str, why: str, *, stopped: bool = False) -> None:
        SourceError.__init__(self, f"{name} is {why}; what could be read of it was used")
        self.name = name
        self.stopped = stopped


class NoCameraPortal(SourceError):
    """In a sandbox cameras come by the desktop's leave, and it is not to be had."""

    def __init__(
        self, why: str, remedy: str = "install xdg-desktop-portal and your desktop's part of it"
    ) -> None:
        super().__init__(f"no camera from the desktop's portal: {why}; {remedy}")


class CannotFilmScreen(SourceError):
    """What is on the screen cannot be had."""

    def __init__(self, why: str) -> None:
        super().__init__(f"cannot film the screen: {why}; give another --background")


class EndOfSource(Exception):
    """The source has no more frames: the regular end, not an error."""


class SinkError(SoftfocusError):
    """Frames cannot be delivered."""


class NoVirtualCamera(SinkError):
    """No virtual camera device can take frames. The remedy is that of this system unless another is said."""

    def __init__(self, why: str, remedy: str = "") -> None:
        usual = 'run: sudo modprobe v4l2loopback exclusive_caps=1 card_label="softfocus"'
        if sys.platform != "linux":
            usual = "install OBS, start and stop its virtual camera once"
        super().__init__(f"no virtual camera: {why}; {remedy or usual}")


class VirtualCameraTaken(SinkError):
    """The device cannot be ours while another program has it."""

    def __init__(self, device: str, why: str) -> None:
        super().__init__(
            f"{device} is in use: {why}; close it, or choose another with --output camera:DEVICE"
        )
        self.device = device


class VirtualCameraDenied(SinkError):
    """The user may not send to the device."""

    def __init__(self, device: str) -> None:
        super().__init__(
            f"no permission to open {device}; run: sudo usermod -aG video $USER, then log out and in"
        )
        self.device = device


class NoPipeWire(SinkError, SourceError):
    """PipeWire cannot be reached, or is not installed."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"no PipeWire: {why}; see that it runs (systemctl --user start pipewire wireplumber), or "
            "install it, for example: sudo apt install pipewire wireplumber"
        )


class NoService(SoftfocusError):
    """Nothing is known here that would keep a program running."""

    def __init__(self, system: str) -> None:
        super().__init__(f"there is no service for {system}; have your desktop start: softfocus run")


class CannotWrite(SinkError):
    """A recording or stream cannot be written."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"cannot write {name}: {why}; free some space or choose another --output")
        self.name = name


class NoDisplay(SinkError):
    """There is no screen to open a window on."""

    def __init__(self) -> None:
        super().__init__("no display for a window; use another --output, or set DISPLAY")


class BadSetting(SoftfocusError):
    """A setting has a value it cannot have.

    where  the option, environment variable, or file and line it came from; why  what is wrong with it
    """

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class NotRunning(SoftfocusError):
    """Nobody is there to be asked."""

    def __init__(self, pid: int | None = None) -> None:
        who = "no softfocus is running" if pid is None else f"no softfocus is running as process {pid}"
        super().__init__(f"{who}; start one with: softfocus run")
        self.pid = pid


class NotAnswering(SoftfocusError):
    """One is there and says nothing in time."""

    def __init__(self, pid: str) -> None:
        super().__init__(f"the softfocus that runs as process {pid} does not answer; ask again, or end it")
        self.pid = pid


class Refused(SoftfocusError):
    """The softfocus that runs says no, and why."""


class CannotListen(SoftfocusError):
    """The place where a run is reached cannot be made."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}; this run cannot be reached from outside")
        self.place = place


class PanelMissing(SoftfocusError):
    """What serves the panel is an extra."""

    def __init__(self) -> None:
        super().__init__("aiohttp is not installed; run: pip install 'softfocus[panel]'")
