"""Webcams on macOS and Windows, through FFmpeg's AVFoundation and DirectShow.

Checked by types only so far: no such machine is among those that run the tests. DirectShow waits for a
frame however long it takes, so there a stalled camera is noticed by the loop and not by `read`.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import av
from av.container import InputContainer
from av.device import enumerate_input_devices
from av.error import BlockingIOError as NothingYet
from av.error import FFmpegError

from ..errors import CameraFailed, CameraLost, EndOfSource, NoSuchCamera
from ..frame import Frame, Size
from .decoded import PlaneReader, even
from .webcam import USUAL, USUAL_RATE, Webcam

SYSTEM = "dshow" if sys.platform == "win32" else "avfoundation"
NAP = 0.004  # s between two looks for a frame
CLOSED = "it may be in use, lack that size, or be barred by the system's privacy settings"


class AVCamera:
    """A webcam, at the size and rate that were asked for, or the usual ones, or its own."""

    live = True

    def __init__(self, name: str, *, size: Size | None = None, rate: float | None = None) -> None:
        webcam = find(name)
        self.identity = webcam.identity
        self._label = str(webcam)
        self._index = 0
        self._lock = threading.Lock()
        self._container: InputContainer | None = None
        self._container = container = self._open(webcam, size, rate)
        self._stream = container.streams.video[0]
        self.size = even(self._stream.width, self._stream.height)
        self.rate = float(self._stream.average_rate or rate or USUAL_RATE)
        self.name = f"{webcam} {self.size}@{self.rate:g} {self._stream.codec_context.name}"
        self._planes = PlaneReader(self.size)

    def read(self, timeout: float) -> Frame | None:
        """The next frame."""
        until = time.monotonic() + timeout
        while True:
            with self._lock:
                if picture := self._next():
                    planes, colour = self._planes(picture)
                    index, self._index = self._index, self._index + 1
                    return Frame(planes, index, time.monotonic_ns(), colour)
            if time.monotonic() > until:
                return None
            time.sleep(NAP)

    def close(self) -> None:
        """Let go of the camera."""
        with self._lock:
            if self._container:
                self._container.close()
                self._container = None

    def _next(self) -> av.VideoFrame | None:
        """A frame; None when the camera has none yet."""
        if self._container is None:
            raise EndOfSource
        try:
            packet = next(self._container.demux(self._stream))
        except NothingYet:
            return None
        except (FFmpegError, StopIteration) as error:
            raise CameraLost(self._label) from error
        try:
            pictures = packet.decode()
        except FFmpegError:  # a damaged picture; the next one may be fine
            return None
        return pictures[-1] if pictures else None

    def _open(self, webcam: Webcam, size: Size | None, rate: float | None) -> InputContainer:
        """With what was asked for; if that is nothing, with the usual, or else with the camera's own."""
        asked = {"video_size": str(size or USUAL), "framerate": f"{rate or USUAL_RATE:g}"}
        try:
            return av.open(address(webcam), format=SYSTEM, options=asked)
        except FFmpegError as error:
            if size or rate:
                raise CameraFailed(str(webcam), CLOSED) from error
        try:
            return av.open(address(webcam), format=SYSTEM)
        except FFmpegError as error:
            raise CameraFailed(str(webcam), CLOSED) from error


def address(webcam: Webcam) -> str:
    """What FFmpeg opens: the camera, without its microphone."""
    return f"{webcam.path}:none" if sys.platform == "darwin" else f"video={webcam.path}"


def webcams() -> Iterator[Webcam]:
    """All that are plugged in; FFmpeg does not tell their modes."""
    for device in enumerate_input_devices(SYSTEM):
        if "video" in device.media_types:
            yield Webcam(device.name, device.description, device.name)


def find(name: str) -> Webcam:
    """The camera that is meant by its place in the list, its identity, or part of its name.

    Raises NoSuchCamera.
    """
    there_are = list(webcams())
    for number, webcam in enumerate(there_are):
        if name in (str(number), webcam.identity) or name.lower() in webcam.name.lower():
            return webcam
    raise NoSuchCamera(name, [str(webcam) for webcam in there_are])
