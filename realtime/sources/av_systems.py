"""What FFmpeg needs to be told, and what it says, about webcams on macOS and Windows. All of it is text."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from av.device import DeviceInfo

from ..errors import CameraBusy, CameraDenied, CameraFailed, CameraLacks, NoSuchCamera, SourceError
from ..frame import Size
from .webcam import Mode, Webcam, identity_of, kind_of

Options = Mapping[str, str]
VIRTUAL = re.compile(
    r"\bOBS\b|virtual|unity video capture|snap camera|manycam|xsplit|mmhmm|softfocus", re.IGNORECASE
)

ROOM = 64_000_000  # bytes: DirectShow's own 3 MB lose raw pictures while something else is busy
LAYOUTS = {
    "mjpeg": "MJPG", "h264": "H264", "hevc": "HEVC", "yuyv422": "YUYV", "uyvy422": "UYVY", "nv12": "NV12",
    "yuv420p": "YU12", "bgr24": "BGR3",
}  # fmt: skip
MODE = re.compile(r"(?:vcodec|pixel_format)=(\w+)\s+min s=\d+x\d+ fps=[\d.]+ max s=(\d+)x(\d+) fps=([\d.]+)")


class System(Protocol):
    """One of FFmpeg's devices."""

    name: str
    rates: tuple[float, ...]  # to try where the camera does not say which it has

    def webcams(self, devices: Sequence[DeviceInfo]) -> Iterator[Webcam]:
        """Of FFmpeg's list, the cameras."""
        ...

    def target(self, webcam: Webcam, there_are: Sequence[Webcam]) -> tuple[str, Options]:
        """What is opened, and how it is told from the others."""
        ...

    def asking(self, size: Size | None, rate: float | None) -> dict[str, str]:
        """The options for a size and a rate."""
        ...

    def modes(self, said: str) -> list[Mode]:
        """What a camera offers, as far as FFmpeg said it."""
        ...

    def explained(self, webcam: Webcam, size: Size | None, said: str) -> SourceError:
        """Why it does not open."""
        ...


def options_for(size: Size | None, rate: float | None) -> dict[str, str]:
    asked = {"video_size": str(size)} if size else {}
    return asked | ({"framerate": f"{rate:.6f}".rstrip("0").rstrip(".")} if rate else {})


def last_line(said: str) -> str:
    """The reason that FFmpeg gave last."""
    lines = [line.strip().rstrip(".") for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "FFmpeg does not say why"


class AVFoundation:
    """macOS. The list has the screens, too, behind the cameras; places in it shift, so that a camera's number
    may become a screen's. So cameras are opened by their names, and FFmpeg takes the first that begins so.
    """

    name = "avfoundation"
    rates: tuple[float, ...] = (30.0, 29.97, 25.0, 60.0, 15.0)

    def webcams(self, devices: Sequence[DeviceInfo]) -> Iterator[Webcam]:
        seen: list[str] = []
        for device in devices:
            label = device.description or device.name
            if "video" not in device.media_types or label.startswith("Capture screen"):
                continue
            seen.append(label)
            node = str(seen.count(label)) if seen.count(label) > 1 else ""
            kind = kind_of(label, (), virtual=bool(VIRTUAL.search(label)))
            yield Webcam(label, label, identity_of(label, self.name, node), kind=kind)

    def target(self, webcam: Webcam, there_are: Sequence[Webcam]) -> tuple[str, Options]:
        """By a number only where a name cannot say which: `list_unchanged` is to be asked afterwards."""
        told = webcam.name.partition(":")[0]  # what follows would be the microphone
        first = next((other for other in there_are if other.name.startswith(told)), None)
        if first is webcam and not re.match(r"\s*[+-]?\d|default|none|$", told):
            return f"{told}:none", {}
        return "none:none", {"video_device_index": str(there_are.index(webcam))}

    def asking(self, size: Size | None, rate: float | None) -> dict[str, str]:
        return options_for(size, rate)

    def modes(self, said: str) -> list[Mode]:
        """1280x720@[15.000000 30.000030]fps: it takes the faster rate of each, and nothing between."""
        rates: dict[Size, list[float]] = {}
        for width, height, fastest in re.findall(r"(\d+)x(\d+)@\[[\d.]+ ([\d.]+)\]fps", said):
            rates.setdefault(Size(int(width), int(height)), []).append(float(fastest))
        return [Mode("NV12", size, tuple(dict.fromkeys(some))) for size, some in rates.items()]

    def explained(self, webcam: Webcam, size: Size | None, said: str) -> SourceError:
        if "device not found" in said or "Invalid device index" in said:
            return NoSuchCamera(webcam.name, [])
        if re.search("not authorized|denied|permission", said, re.IGNORECASE):
            return CameraDenied(webcam.name, "darwin")
        return CameraFailed(str(webcam), last_line(said))


class DirectShow:
    """Windows. Each camera has a second name of its own, such as @device_pnp_…, which two of one kind do not
    share; programs' cameras have one that begins with @device_sw_.
    """

    name = "dshow"
    rates: tuple[float, ...] = ()

    def webcams(self, devices: Sequence[DeviceInfo]) -> Iterator[Webcam]:
        for device in devices:
            if "video" in device.media_types:
                interface = re.search("&mi_([0-9a-f]{2})", device.name, re.IGNORECASE)
                identity = identity_of(
                    device.description, device.name.lstrip("@"), interface[1] if interface else "0"
                )
                virtual = device.name.startswith("@device_sw_") or bool(VIRTUAL.search(device.description))
                kind = kind_of(device.description, (), virtual=virtual)
                yield Webcam(device.name, device.description, identity, kind=kind)

    def target(self, webcam: Webcam, there_are: Sequence[Webcam]) -> tuple[str, Options]:
        return f"video={webcam.path}", {}

    def asking(self, size: Size | None, rate: float | None) -> dict[str, str]:
        return {"rtbufsize": str(ROOM), **options_for(size, rate)}

    def modes(self, said: str) -> list[Mode]:
        found: dict[tuple[str, Size], list[float]] = {}
        for codec, width, height, rate in MODE.findall(said):
            if layout := LAYOUTS.get(codec):
                found.setdefault((layout, Size(int(width), int(height))), []).append(float(rate))
        return [Mode(layout, size, tuple(dict.fromkeys(rates))) for (layout, size), rates in found.items()]

    def explained(self, webcam: Webcam, size: Size | None, said: str) -> SourceError:
        if re.search("BindToObject|denied|0x80070005", said, re.IGNORECASE):
            return CameraDenied(webcam.name, "win32")
        if "Could not find video device" in said:
            return NoSuchCamera(webcam.name, [])
        if "already in use" in said:
            return CameraBusy(webcam.name)
        if "Could not set video options" in said and size:
            return CameraLacks(webcam.name, str(size), sorted({str(mode.size) for mode in self.modes(said)}))
        return CameraFailed(str(webcam), last_line(said))


def system_here() -> System:
    """The one that this machine has."""
    return DirectShow() if sys.platform == "win32" else AVFoundation()
