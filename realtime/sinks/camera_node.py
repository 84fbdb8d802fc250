"""Publishes frames as a camera of PipeWire's, which needs no kernel module."""

from __future__ import annotations

import itertools
import time
from contextlib import closing

from ..errors import NoPipeWire
from ..frame import Colour, Matrix, Planes, Range, Size, planes_of
from ..gate.gate import Composed
from ..pipewire.audience import Audience
from ..pipewire.connection import Connection
from ..pipewire.pictures import write
from ..pipewire.registry import OURS, Registry
from ..pipewire.stream import Stream, bytes_at, header_of
from ..pipewire.structs import OUTPUT, Flag, State
from ..pipewire.video import Format, agreed, buffers, offered
from ..reason import Reason
from .placeholder import camera_off
from .uniform import Uniform

EXPECTED = Colour(Range.LIMITED, Matrix.BT601)  # what programs take a camera's YUV for
# What is told for each frame (RT_PROCESS) is told on a thread of the library's: we need no telling.
FLAGS = Flag.DRIVER | Flag.MAP_BUFFERS | Flag.RT_PROCESS
GOODBYE = 0.1  # s that those who watch have to take the last picture


class CameraNode:
    """A node that programs list as a camera. It is gone when this process is, however that ends.

    name      that programs list it by
    audience  goes on from a camera before this one, whose PipeWire was lost

    audience  whether anybody takes pictures
    """

    def __init__(
        self, name: str | None, size: Size, rate: float, *, audience: Audience | None = None
    ) -> None:
        self.audience = audience or Audience()
        self._closing = False
        self._wanted = name
        self._rate = rate
        self._format: Format | None = None
        self._streaming = False
        self._failed: str | None = None
        self._sent = 0
        self._fit(size)
        self._connection = Connection(on_lost=lambda: self._watched(State.UNCONNECTED, "PipeWire has ended"))
        try:
            label = unused(name or OURS, self._connection)
            self._stream = Stream(
                self._connection, label, described(label), on_state=self._watched, on_format=self._agreed
            )
            self._stream.connect(OUTPUT, offered(size, rate, EXPECTED), FLAGS)
            self._connection.settle()
        except NoPipeWire:
            self._connection.close()
            raise
        self.name = f"PipeWire '{label}' ({size} at {rate:g} fps)"

    def again(self) -> CameraNode:
        """The same camera, on another connection. Raises NoPipeWire."""
        return CameraNode(self._wanted, self._size, self._rate, audience=self.audience)

    def send(self, composed: Composed) -> None:
        if self._failed:
            raise NoPipeWire(self._failed)
        if composed.size != self._size:
            self._resize(composed.size)
        if not self._streaming:
            return
        if composed.shut is Reason.UNWATCHED:
            self._put(self._off.planes, composed.captured_at)
        else:
            self._put(planes_of(self._in_colour(composed)), composed.captured_at)

    def close(self) -> None:
        """The last that those who watch see is a picture that says: camera off."""
        if self._closing:
            return
        self._closing = True
        if self._streaming and not self._failed:
            self._put(self._off.planes, time.monotonic_ns())
            time.sleep(GOODBYE)
        self._stream.close()
        self._connection.close()
        self.audience.tell(False)

    def _fit(self, size: Size) -> None:
        self._size = size
        self._off = camera_off(size)
        self._in_colour = Uniform(size, EXPECTED)

    def _resize(self, size: Size) -> None:
        """Ask those who watch to take another size; they get no picture until they have agreed."""
        with self._connection.locked():
            self._fit(size)
            self._format = None
            self._stream.update(offered(size, self._rate, EXPECTED))

    def _put(self, planes: Planes, captured_at: int) -> None:
        """Copied once, into memory that those who watch share. Who is slow misses this one."""
        with self._connection.locked():
            if not self._format or self._format.size != planes.size or not (taken := self._stream.take()):
                return
            content = taken.contents.buffer.contents
            data, size = content.datas[0], self._format.memory
            chunk = data.chunk.contents
            if data.data and data.maxsize >= size:
                write(planes, bytes_at(data), self._format)
                chunk.offset, chunk.size, chunk.stride, chunk.flags = 0, size, self._format.pitch, 0
            else:
                chunk.size = 0
            if header := header_of(content):
                header.flags = header.offset = header.dts_offset = 0
                header.pts, header.seq = captured_at, self._sent
            self._sent += 1
            self._stream.give(taken)
            self._stream.go()

    def _watched(self, state: State, error: str) -> None:
        """On PipeWire's thread."""
        self._streaming = state is State.STREAMING
        if state in (State.ERROR, State.UNCONNECTED) and not self._closing:
            self._failed = self._failed or error or "the camera was taken off"
        self.audience.tell(self._streaming)

    def _agreed(self, told: bytes | None) -> None:
        """On PipeWire's thread."""
        self._format = agreed(told) if told else None
        if self._format:
            self._stream.update(buffers(self._format))


def unused(name: str, connection: Connection) -> str:
    """The name, with a number where another program's camera has it already."""
    with closing(Registry(connection)) as registry:
        taken = {node.label for node in registry.nodes}
    numbered = (f"{name} {number}" for number in itertools.count(2))
    return next(each for each in itertools.chain([name], numbered) if each not in taken)


def described(name: str) -> dict[str, str]:
    """What makes a node a camera, and how programs show it."""
    return {
        "media.class": "Video/Source",
        "media.role": "Camera",
        "node.name": OURS if name == OURS else f"{OURS}.{name}",
        "node.description": name,
        "media.name": name,
        "media.icon-name": "camera-web",
        "application.name": OURS,
        "application.icon-name": "camera-web",
        "node.virtual": "true",
    }
