"""The thread that answers who asks, and looks at the configuration file."""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from ...models.errors import SoftfocusError
from ..errors import CannotListen
from ..live.tolerant import Tolerant
from ..settings.config import settings_from, watched_file
from .callers import Callers
from .endpoint import Endpoint, object_in
from .journal import Journal
from .running import Running
from .saved import Saved

log = logging.getLogger(__name__)

TICK = 0.25  # s between two looks at the file
GOING = 1.0  # s for an answer to leave

Attend = Callable[[Running], AbstractContextManager[object]]


class Page(Protocol):
    """The panel, while it is served."""

    url: str

    def close(self) -> None: ...


def attend(
    options: Mapping[str, object],
    environ: Mapping[str, str],
    config: Path | None = None,
    *,
    serve: Callable[[Running, Journal], Page],
    opened: Callable[[str], object] | None = None,
) -> Attend:
    """For a run with these settings' sources: what is reached of it from outside while it goes on.

    serve   begins to serve the panel; raises SoftfocusError where that cannot be done
    opened  is told the panel's address at the start; None: it is served when somebody asks for it
    """

    @contextmanager
    def attended(running: Running) -> Generator[None]:
        saved = Saved(watched_file(config, environ), lambda: settings_from(options, environ, config))
        attendant = Attendant(running, saved, listening(), serve)
        try:
            if opened:
                opened(attendant.panel())
            yield
        finally:
            attendant.close()

    return attended


def listening() -> Endpoint | None:
    """The place to be reached at; a run goes on without one."""
    try:
        return Endpoint()
    except CannotListen as error:
        log.warning("%s", error)
        return None


class Attendant:
    """One thread: one request after the other, and now and then a look at the file and the rates."""

    def __init__(
        self,
        running: Running,
        saved: Saved,
        endpoint: Endpoint | None,
        serve: Callable[[Running, Journal], Page],
    ) -> None:
        self._running = running
        self._saved = saved
        self._endpoint = endpoint
        self._serve = serve
        self._page: Page | None = None
        self._tolerant = Tolerant()
        self._journal = Journal()
        self._journal.open()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._attend, name="control", daemon=True)
        self._thread.start()

    def panel(self) -> str:
        """The panel's address; it is served from the first time on that somebody asks."""
        self._page = self._page or self._serve(self._running, self._journal)
        return self._page.url

    def close(self) -> None:
        self._end.set()
        self._thread.join(timeout=2.0)
        if self._page:
            self._page.close()
        self._journal.close()
        if self._endpoint:
            self._endpoint.close()

    def _attend(self) -> None:
        callers = Callers(self._endpoint) if self._endpoint else None
        while not self._end.is_set():
            try:
                self._look(callers)
            except Exception as error:  # it must be there for whoever asks next
                self._tolerant.tell("a request or a look at the file", error)
                self._end.wait(TICK)
        if callers:
            callers.close()

    def _look(self, callers: Callers | None) -> None:
        """At who asks, at the file and at the rates."""
        try:
            if callers:
                for caller, said in callers(TICK):
                    self._answer_to(caller, said)
            else:
                self._end.wait(TICK)
        finally:
            self._saved(self._running)
            self._running.status()  # keeps the spans of its rates short

    def _answer_to(self, caller: socket.socket, said: bytes) -> None:
        try:
            with caller:
                caller.settimeout(GOING)
                caller.sendall(json.dumps(self._answer(said)).encode() + b"\n")
        except OSError as error:
            log.debug("who asked is gone: %s", error)

    def _answer(self, said: bytes) -> dict[str, Any]:
        """What to say; the caller is told each error."""
        try:
            request = object_in(said)
            if self._endpoint and not self._endpoint.trusts(request):
                return {"error": "not for you"}
            return self._done(request)
        except ValueError as error:
            return {"error": f"not understood: {error}"}
        except SoftfocusError as error:
            return {"error": str(error)}
        except Exception as error:
            log.exception("a request failed")
            return {"error": f"it failed here: {str(error) or type(error).__name__}"}

    def _done(self, request: Mapping[str, object]) -> dict[str, Any]:
        """Do what is asked. Raises SoftfocusError, or ValueError for what is no request."""
        match request:
            case {"do": "status"}:
                return {"status": {"pid": os.getpid(), **self._running.status()}}
            case {"do": "set", "name": str(name), "text": str(text), "folder": str(folder)}:
                self._running.set(name, text, Path(folder))
                return {"settings": self._running.status()["settings"]}
            case {"do": "panel"}:
                return {"url": self.panel()}
            case _:
                raise ValueError("there are the requests status, set and panel")
