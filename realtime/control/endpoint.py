"""Where a run is reached: a Unix socket that is its user's alone, one per process.

Windows' Python knows no Unix sockets. There a file that is its user's alone names a port of this
machine, and a word that each request must begin with.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from platformdirs import user_cache_path

from ..errors import CannotListen, NotRunning

UNIX = hasattr(socket, "AF_UNIX")
LONGEST = 65536  # bytes of a line
PATIENCE = 5.0  # s for a line to come or go


class Endpoint:
    """Listens for this process's user.

    Raises CannotListen.
    """

    def __init__(self, folder: Path | None = None, *, unix: bool = UNIX) -> None:
        place = (folder or private_folder()) / (f"{os.getpid()}.sock" if unix else f"{os.getpid()}.port")
        self.place = place
        self._word: str | None = None if unix else secrets.token_urlsafe()
        try:
            made_private(place.parent)
            place.unlink(missing_ok=True)  # of a process that had our number, and is gone
            self.listener = self._on_path() if unix else self._on_port()
        except OSError as error:
            raise CannotListen(str(place), error.strerror or str(error)) from error
        self.listener.setblocking(False)

    def accept(self) -> socket.socket:
        """Whoever knocked. Raises OSError."""
        caller, _ = self.listener.accept()
        caller.settimeout(PATIENCE)
        return caller

    def trusts(self, request: dict[str, object]) -> bool:
        """Whether it comes from this user: the socket's mode says so, or the word."""
        return self._word is None or hmac.compare_digest(str(request.get("word")), self._word)

    def close(self) -> None:
        self.listener.close()
        self.place.unlink(missing_ok=True)

    def _on_path(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(str(self.place))  # nobody else gets into the folder until its mode is right
            self.place.chmod(0o600)
            listener.listen()
        except OSError:
            listener.close()
            raise
        return listener

    def _on_port(self) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", 0))
        file = os.open(self.place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(file, "w") as written:
            json.dump({"port": listener.getsockname()[1], "word": self._word}, written)
        return listener


def dial(pid: int | None = None, folder: Path | None = None) -> tuple[socket.socket, dict[str, str]]:
    """A connection to the softfocus that began last, or to that process; and what each request carries.

    Raises NotRunning.
    """
    for place in places(folder or private_folder()):
        if pid is None or place.stem == str(pid):
            try:
                return reached(place)
            except OSError:  # it was killed: nobody listens there any more
                continue
    raise NotRunning(pid)


def reached(place: Path) -> tuple[socket.socket, dict[str, str]]:
    """A connection to who listens at that place. Raises OSError."""
    if place.suffix == ".port":
        try:
            known = json.loads(place.read_text())
            return socket.create_connection(("127.0.0.1", known["port"]), PATIENCE), {"word": known["word"]}
        except (ValueError, KeyError) as error:
            raise OSError(f"{place} says no port") from error
    caller = socket.socket(socket.AF_UNIX)
    caller.settimeout(PATIENCE)
    try:
        caller.connect(str(place))
    except OSError:
        caller.close()
        raise
    return caller, {}


def places(folder: Path) -> Iterator[Path]:
    """Where runs are reached, the one that began last first."""
    found = [place for place in folder.glob("*") if place.suffix in (".sock", ".port")]
    yield from sorted(found, key=lambda place: place.lstat().st_mtime, reverse=True)


def line_from(caller: socket.socket) -> dict[str, object]:
    """The JSON object that is the next line. Raises OSError, or ValueError when it is none."""
    line = b""
    while not line.endswith(b"\n"):
        if not (part := caller.recv(4096)) or len(line) > LONGEST:
            raise ValueError("no whole line came")
        line += part
    value: Any = json.loads(line)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return cast("dict[str, object]", value)


def private_folder() -> Path:
    """The user's own folder for things that live as long as a process does."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return Path(runtime, "softfocus") if runtime else user_cache_path("softfocus") / "run"


def made_private(folder: Path) -> None:
    """Make the folder, for its user alone; raises OSError when it is somebody else's, or a link."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "getuid"):
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise PermissionError(None, f"{folder} belongs to somebody else")
        folder.chmod(0o700)
