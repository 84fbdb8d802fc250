"""Those who ask: each says one line, and nobody waits for one who is slow to say it."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

from .endpoint import LONGEST, PATIENCE, Endpoint

MOST = 16  # at a time; who has waited longest for their own words makes room


class Callers:
    """Listens to all at once, for one thread; a request that is not there within PATIENCE never will be."""

    def __init__(self, endpoint: Endpoint, patience: float = PATIENCE) -> None:
        self._endpoint = endpoint
        self._patience = patience
        self._said: dict[socket.socket, bytearray] = {}
        self._until: dict[socket.socket, float] = {}
        self._knocks = selectors.DefaultSelector()
        self._knocks.register(endpoint.listener, selectors.EVENT_READ)

    def __call__(self, timeout: float) -> Iterator[tuple[socket.socket, bytes]]:
        """Who has said all, and what; within `timeout` s. Whoever gets it closes the socket.

        Raises OSError where nobody more can be let in.
        """
        self._send_away(time.monotonic())
        for key, _ in self._knocks.select(timeout):
            caller = key.fileobj
            assert isinstance(caller, socket.socket)
            if caller is self._endpoint.listener:
                self._let_in()
            elif self._listen(caller):
                yield caller, bytes(self._forget(caller))

    def close(self) -> None:
        for caller in list(self._said):
            self._forget(caller)
            caller.close()
        self._knocks.close()

    def _let_in(self) -> None:
        caller = self._endpoint.accept()
        if len(self._said) >= MOST:
            self._send_away(time.monotonic(), least=1)
        caller.setblocking(False)
        self._said[caller] = bytearray()
        self._until[caller] = time.monotonic() + self._patience
        self._knocks.register(caller, selectors.EVENT_READ)

    def _listen(self, caller: socket.socket) -> bool:
        """Whether that is all that they say: a line, the end, or too much."""
        try:
            part = caller.recv(4096)
        except BlockingIOError:
            return False
        except OSError:  # gone
            part = b""
        self._said[caller] += part
        return not part or part.endswith(b"\n") or len(self._said[caller]) > LONGEST

    def _send_away(self, now: float, least: int = 0) -> None:
        """Those whose time is over, and as many of the others as must go; the first came first."""
        for number, caller in enumerate(list(self._said)):
            if self._until[caller] <= now or number < least:
                self._forget(caller)
                caller.close()

    def _forget(self, caller: socket.socket) -> bytearray:
        with suppress(KeyError, ValueError):
            self._knocks.unregister(caller)
        del self._until[caller]
        return self._said.pop(caller)
