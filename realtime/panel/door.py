"""Who may keep a connection to the panel: few at a time, and nobody who has nothing to say.

Any program of this machine reaches its port, and each connection takes a descriptor of the process that
holds the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

MOST = 64  # connections at a time; a browser opens six, and one for each page
SILENCE = 5.0  # s for the head of a first request
LONGEST = 65536  # bytes of it that are looked through
END = b"\r\n\r\n"  # of a head


class Door:
    """Makes the protocols of a server's connections, and closes on those who only stand there."""

    def __init__(self, server: Callable[[], asyncio.Protocol], silence: float = SILENCE) -> None:
        self._server = server
        self.silence = silence
        self.inside: list[Visit] = []

    def __call__(self) -> asyncio.Protocol:
        return Visit(self._server(), self)

    def admits(self) -> bool:
        """Whether there is room for one more, if need be that of the first who has said nothing."""
        if len(self.inside) >= MOST and (silent := next((each for each in self.inside if each.silent), None)):
            silent.leave()
        return len(self.inside) < MOST


class Visit(asyncio.Protocol):
    """One connection: passes everything on, and listens whether a request begins."""

    def __init__(self, inner: asyncio.Protocol, door: Door) -> None:
        self._inner = inner
        self._door = door
        self._head = bytearray()
        self._transport: asyncio.Transport | None = None
        self._patience: asyncio.TimerHandle | None = None
        self.silent = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if not self._door.admits():
            transport.abort()
            return
        self._door.inside.append(self)
        self._patience = asyncio.get_running_loop().call_later(self._door.silence, self._lose_patience)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self.silent:
            self._head += data
            self.silent = END not in self._head and len(self._head) <= LONGEST
        if self in self._door.inside:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self in self._door.inside else None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._patience:
            self._patience.cancel()
        if self in self._door.inside:
            self._door.inside.remove(self)
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def leave(self) -> None:
        """Go at once."""
        if self._transport:
            self._transport.abort()
        self.connection_lost(None)

    def _lose_patience(self) -> None:
        if self.silent:
            self.leave()
