"""Cameras that PipeWire knows: those with a /dev/video as well, and those without, as by libcamera."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

from ..errors import CameraFailed, CameraLost, EndOfSource, NoSuchCamera, SourceError
from ..frame import Frame, Matrix, Range, Size
from ..pipewire.connection import Connection
from ..pipewire.offer import LAYOUTS, offers
from ..pipewire.portal import camera_portal
from ..pipewire.registry import OURS, Node, Registry, ours
from ..pipewire.stream import Stream, header_of, pictured
from ..pipewire.structs import CORRUPTED, INPUT, Buffer, Flag, State
from ..pipewire.video import Format, agreed, described, received
from .decoded import even
from .unpack import FULL_RANGE, Unpacker, unpacker
from .v4l2 import PixelFormat
from .webcam import USUAL, USUAL_RATE, Mode, Webcam, choose

log = logging.getLogger(__name__)

KIND = "pipewire"
REC601, REC709, LIMITED_RANGE = 1, 2, 2  # V4L2_YCBCR_ENC_..., V4L2_QUANTIZATION_...
SHOWN = 1.0  # s until the portal's cameras are there, if there are any
AGREEING = 5.0  # s until both sides know the format: the camera is started, and that takes some of them long


class PipeWireCamera:
    """A camera, in the mode that suits best.

    name        part of what people call it, or its identity; empty takes the first
    size, rate  None takes the usual ones, or what the camera has near them

    bad       damaged pictures so far, none of which was given
    identity  opens the same camera after it was plugged in again
    """

    live = True

    def __init__(self, name: str, *, size: Size | None = None, rate: float | None = None) -> None:
        self.bad = 0
        self._index = -1
        self._lost = False
        self._closing = False
        self._format: Format | None = None
        self._unpack: Unpacker | None = None
        self._ready = threading.Condition()  # a buffer, a format, or the end
        self._buffers = 0
        self.name = KIND
        self._lock = threading.Lock()  # held while the stream is used
        self._stream: Stream | None = None
        self._node = 0
        portal = camera_portal()
        self._connection = Connection(portal, on_lost=self._end)
        try:
            self._registry = registry_on(self._connection, portal, on_gone=self._left)
            self._start(chosen(name, self._registry.nodes), size, rate or USUAL_RATE)
        except SourceError:
            self.close()
            raise

    def _start(self, node: Node, size: Size | None, rate: float) -> None:
        modes = [Mode(*offer) for offer in offers(self._registry.formats(node), size or USUAL)]
        mode = choose(node.label, modes, size, rate)
        self.rate = min(mode.rates, key=lambda offered: abs(offered - rate), default=rate)
        self.size = even(*mode.size)
        self.name = f"PipeWire '{node.label}' {mode.size}@{self.rate:g} {mode.layout}"
        self.identity = f"{KIND}:{node.name}"
        self._node = node.number
        self._stream = Stream(
            self._connection,
            OURS,
            consumer(node),
            on_state=self._changed,
            on_format=self._agreed,
            on_buffer=self._came,
        )
        wanted = described(LAYOUTS.get(mode.layout), mode.size, self.rate if mode.rates else 0)
        self._stream.connect(INPUT, [wanted], Flag.AUTOCONNECT | Flag.MAP_BUFFERS | Flag.DONT_RECONNECT)
        with self._ready:
            if not self._ready.wait_for(lambda: self._format or self._lost, AGREEING) or self._lost:
                raise CameraFailed(node.label, "another program may hold it in another size or format")

    def read(self, timeout: float) -> Frame | None:
        """The newest picture; those that nobody read in time are passed over and leave a gap."""
        until = time.monotonic() + timeout
        while self._waited(until):
            with self._lock:
                if self._stream and (frame := self._newest(self._stream)):
                    return frame
        return None

    def close(self) -> None:
        """Let go of the camera; a read in progress ends at once."""
        with self._ready:
            self._closing = True
            self._ready.notify_all()
        with self._lock:
            if self._stream:
                self._stream.close()
            self._stream = None
            if hasattr(self, "_registry"):
                self._registry.close()
            self._connection.close()

    def _waited(self, until: float) -> bool:
        """Whether a buffer has come. Raises what ends reading."""
        with self._ready:
            self._ready.wait_for(
                lambda: self._buffers or self._lost or self._closing, max(0.0, until - time.monotonic())
            )
            if self._closing:
                raise EndOfSource
            if self._lost:
                raise CameraLost(self.name)
            came, self._buffers = self._buffers > 0, 0
            return came

    def _newest(self, stream: Stream) -> Frame | None:
        with self._connection.locked():
            taken = stream.take()
            while taken and (newer := stream.take()):
                stream.give(taken)
                taken = newer
                self._index += 1
            if not taken:
                return None
            try:
                return self._frame(taken.contents)
            finally:
                stream.give(taken)

    def _frame(self, buffer: Buffer) -> Frame | None:
        """The picture as a frame; None when it is damaged."""
        content = buffer.buffer.contents
        data = content.datas[0]
        chunk = data.chunk.contents
        now = time.monotonic_ns()
        self._index += 1
        unpacked = None
        if self._format and chunk.size and not chunk.flags & CORRUPTED:
            self._unpack = self._unpack or unpacker(pixels(self._format, chunk.stride))
            unpacked = self._unpack(pictured(data))
        if unpacked is None:
            self.bad += 1
            log.debug("%s gave a damaged picture, the %d. so far", self.name, self.bad)
            return None
        header = header_of(content)
        taken_at = header.pts if header else now
        return Frame(unpacked[0], self._index, taken_at if 0 < taken_at < now else now, unpacked[1])

    def _came(self) -> None:
        with self._ready:
            self._buffers += 1
            self._ready.notify_all()

    def _agreed(self, told: bytes | None) -> None:
        with self._ready:
            self._format = agreed(told) if told else None
            self._unpack = None
            if self._format and self._stream:
                self._stream.update(received())
            self._ready.notify_all()

    def _changed(self, state: State, error: str) -> None:
        if state in (State.ERROR, State.UNCONNECTED):
            log.debug("%s: %s", self.name, error or state.name.lower())
            self._end()

    def _left(self, number: int) -> None:
        if number == self._node:
            self._end()

    def _end(self) -> None:
        with self._ready:
            self._lost = True
            self._ready.notify_all()


def pixels(format: Format, stride: int) -> PixelFormat:
    """The same as V4L2 says it: what is unpacked is alike."""
    fourcc = {layout: name for name, layout in LAYOUTS.items()}[format.layout] if format.layout else "MJPG"
    return PixelFormat(
        width=format.size.width,
        height=format.size.height,
        fourcc=fourcc.encode(),
        pitch=stride if stride > 0 else format.pitch,
        encoding=REC709 if format.colour.matrix is Matrix.BT709 else REC601,
        quantization=FULL_RANGE if format.colour.range is Range.FULL else LIMITED_RANGE,
    )


def consumer(node: Node) -> dict[str, str]:
    """What makes a stream one that reads that camera and no other."""
    return {
        "media.type": "Video",
        "media.category": "Capture",
        "media.role": "Camera",
        "target.object": node.serial,
        "node.dont-reconnect": "true",
        "application.name": OURS,
    }


def registry_on(
    connection: Connection, portal: int | None, on_gone: Callable[[int], None] = lambda number: None
) -> Registry:
    return Registry(connection, on_gone, patience=0.0 if portal is None else SHOWN)


def chosen(name: str, nodes: list[Node]) -> Node:
    """The camera that is meant by an identity or part of what people call it; never our own picture.

    Raises NoSuchCamera.
    """
    cameras = [node for node in nodes if not ours(node)]
    part = name.lower()
    meant = [node for node in cameras if node.name == name]
    meant += [node for node in cameras if part in node.label.lower() and (node.camera or name)]
    if not meant:
        raise NoSuchCamera(f"{KIND}:{name}" if name else "in PipeWire", [shown(node) for node in cameras])
    return meant[0]


def shown(node: Node) -> str:
    return f"{KIND}:{node.name} ({node.label})"


def webcams() -> Iterator[Webcam]:
    """All cameras that PipeWire knows. Raises NoPipeWire."""
    portal = camera_portal()
    with (
        closing(Connection(portal)) as connection,
        closing(registry_on(connection, portal)) as registry,
    ):
        for node in registry.nodes:
            if node.camera and not ours(node):
                identity = f"{KIND}:{node.name}"
                modes = [Mode(*offer) for offer in offers(registry.formats(node), USUAL)]
                yield Webcam(identity, node.label, identity, tuple(modes))
