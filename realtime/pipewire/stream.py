"""A stream of pictures, out or in."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..errors import NoPipeWire
from ..frame import Plane
from . import pod
from .connection import Connection
from .library import Params, library, new_properties
from .structs import (
    ANY,
    HEADER,
    Buffer,
    Data,
    Flag,
    Hook,
    MetaHeader,
    ParamChanged,
    Process,
    SpaBuffer,
    State,
    StateChanged,
    StreamEvents,
)
from .video import FORMAT

if TYPE_CHECKING:
    from ctypes import _Pointer as Pointer  # pyright: ignore[reportPrivateUsage]


class Stream:
    """Callbacks come on the connection's thread.

    on_state   is told how it is now, and why it failed if it did
    on_format  is told what was agreed on, as a pod; None: nothing any more
    on_buffer  is told that there is a buffer to be taken
    """

    def __init__(
        self,
        connection: Connection,
        name: str,
        properties: Mapping[str, str],
        *,
        on_state: Callable[[State, str], None],
        on_format: Callable[[bytes | None], None],
        on_buffer: Callable[[], None] | None = None,
    ) -> None:
        self._connection = connection
        self._tell_state, self._tell_format = on_state, on_format
        self._hook = Hook()
        self._events = StreamEvents(
            state_changed=StateChanged(self._state_changed), param_changed=ParamChanged(self._param_changed)
        )
        if on_buffer:
            self._tell_buffer = on_buffer
            self._events.process = Process(self._processed)
        connection.keep(self._hook, self._events)
        pw = library()
        with connection.locked():
            self._stream: int | None = pw.pw_stream_new(
                connection.core, name.encode(), new_properties(properties)
            )
            pw.pw_stream_add_listener(self._stream, self._hook, self._events, None)

    def connect(self, direction: int, formats: list[bytes], flags: Flag) -> None:
        """Be seen; called once. Raises NoPipeWire."""
        params = Params(formats)
        with self._connection.locked():
            result = library().pw_stream_connect(
                self._stream, direction, ANY, flags, params.address, params.count
            )
        if result < 0:
            raise NoPipeWire(f"it refuses a stream (error {-result})")

    def update(self, pods: list[bytes]) -> None:
        """Say something new about formats or buffers, with the lock held or in a callback."""
        params = Params(pods)
        library().pw_stream_update_params(self._stream, params.address, params.count)

    def take(self) -> Pointer[Buffer] | None:
        """A buffer to be filled or read, with the lock held; None when there is none."""
        taken: Pointer[Buffer] | None = library().pw_stream_dequeue_buffer(self._stream) or None
        return taken

    def give(self, buffer: Pointer[Buffer]) -> None:
        """Send it, or give back what was read."""
        library().pw_stream_queue_buffer(self._stream, buffer)

    def go(self) -> None:
        """Have all who watch take what was given."""
        library().pw_stream_trigger_process(self._stream)

    def close(self) -> None:
        """Vanish; closing twice is fine."""
        if self._stream:
            with self._connection.locked():
                library().pw_stream_destroy(self._stream)
                self._stream = None

    def _state_changed(self, _: object, old: int, new: int, error: bytes | None) -> None:
        self._tell_state(State(new), (error or b"").decode(errors="replace"))

    def _processed(self, _: object) -> None:
        self._tell_buffer()

    def _param_changed(self, _: object, number: int, address: int | None) -> None:
        if number == FORMAT:
            self._tell_format(pod.at(address) if address else None)


def header_of(buffer: SpaBuffer) -> MetaHeader | None:
    """Where the picture's time and number stand, if they do."""
    for meta in buffer.metas[: buffer.n_metas]:
        if meta.type == HEADER and meta.size >= ctypes.sizeof(MetaHeader):
            return MetaHeader.from_address(meta.data)
    return None


def bytes_at(data: Data) -> Plane:
    """A buffer's memory, flat; only with the lock held."""
    return np.ctypeslib.as_array((ctypes.c_uint8 * data.maxsize).from_address(data.data or 0))


def pictured(data: Data) -> Plane:
    """The picture that was sent in a buffer, flat, for as long as that is ours.

    A driver's own memory (DMA-BUF) is mapped here, and no more once the last array that shows it is gone.
    """
    chunk = data.chunk.contents
    start = chunk.offset % data.maxsize if data.maxsize else 0
    end = start + min(chunk.size, data.maxsize - start)
    if data.data:
        return bytes_at(data)[start:end]
    from_page = data.mapoffset % mmap.PAGESIZE
    length = from_page + data.maxsize
    mapped = mmap.mmap(data.fd, length, access=mmap.ACCESS_READ, offset=data.mapoffset - from_page)
    return np.frombuffer(mapped, np.uint8, data.maxsize, from_page)[start:end]
