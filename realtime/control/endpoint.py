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
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from platformdirs import user_cache_path

from ..errors import CannotListen, NotAnswering, NotRunning

UNIX = hasattr(socket, "AF_UNIX")
LONGEST = 65536  # bytes of a request
PATIENCE = 5.0  # s for a whole request to come; four times that for its answer


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
            arriving = place.with_suffix(".new")
            for old in (place, arriving):  # of a process that had our number, and is gone
                old.unlink(missing_ok=True)
            self.listener = self._on_path(arriving) if unix else self._on_port(arriving)
            arriving.rename(place)  # who finds it is heard
        except OSError as error:
            raise CannotListen(str(place), error.strerror or str(error)) from error
        self.listener.setblocking(False)

    def accept(self) -> socket.socket:
        """Whoever knocked. Raises OSError."""
        return self.listener.accept()[0]

    def trusts(self, request: dict[str, object]) -> bool:
        """Whether it comes from this user: the socket's mode says so, or the word."""
        given = str(request.get("word")).encode(errors="surrogatepass")
        return self._word is None or hmac.compare_digest(given, self._word.encode())

    def close(self) -> None:
        self.listener.close()
        self.place.unlink(missing_ok=True)

    def _on_path(self, place: Path) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(str(place))  # nobody else gets into the folder until its mode is right
            place.chmod(0o600)
            listener.listen()
        except OSError:
            listener.close()
            raise
        return listener

    def _on_port(self, place: Path) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", 0))
        file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(file, "w") as written:
            json.dump({"port": listener.getsockname()[1], "word": self._word}, written)
        return listener


def dial(pid: int | None = None, folder: Path | None = None) -> tuple[socket.socket, dict[str, str], str]:
    """A connection to the softfocus that began last, or to that process; what each request carries; and
    that process's number.

    Raises NotRunning, and NotAnswering where there is one that takes no more calls.
    """
    for place in places(folder or private_folder()):
        if pid is None or place.stem == str(pid):
            try:
                return *reached(place), place.stem
            except (ConnectionRefusedError, FileNotFoundError):  # it was killed: nobody listens any more
                continue
            except OSError:
                raise NotAnswering(place.stem) from None
    raise NotRunning(pid)


def reached(place: Path) -> tuple[socket.socket, dict[str, str]]:
    """A connection to who listens at that place. Raises OSError."""
    if place.suffix == ".port":
        try:
            known = json.loads(place.read_text())
            return socket.create_connection(("127.0.0.1", known["port"]), PATIENCE), {"word": known["word"]}
        except (ValueError, KeyError) as error:
            raise FileNotFoundError(f"{place} says no port") from error
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


def line_from(caller: socket.socket, patience: float = 4 * PATIENCE) -> dict[str, object]:
    """The JSON object that is the next line, within `patience` s, however it comes in pieces.

    Raises OSError, or ValueError when it is none.
    """
    line, until = b"", time.monotonic() + patience
    while not line.endswith(b"\n"):
        caller.settimeout(max(0.001, until - time.monotonic()))
        if not (part := caller.recv(4096)):
            break
        line += part
    return object_in(line)


def object_in(line: bytes) -> dict[str, object]:
    """The JSON object that a line is. Raises ValueError when it is none."""
    if not line.endswith(b"\n"):
        raise ValueError("no whole line came")
    try:
        value: Any = json.loads(line)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
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
