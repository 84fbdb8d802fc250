"""A run in a process of its own, for tests that reach it from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from played import until
from test_cli import softfocus

from softfocus.realtime.control.endpoint import dial, line_from
from softfocus.realtime.control.remote import Remote


class Ran:
    """`softfocus run` on a recording as a camera, in a process and a home of its own."""

    def __init__(self, home: Path, source: str = "demo", size: str = "320x180", *more: str) -> None:
        self.home = home
        self.config = home / "settings.toml"
        self.config.touch()
        self.log = home / "log"
        self.environ = {"XDG_RUNTIME_DIR": str(home), "XDG_DATA_HOME": str(home)}
        options = ("-i", source, "--realtime", "-o", "null", "--size", size, *more)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "softfocus", "run", *options, "--config", str(self.config)],
                cwd=home,
                env={**os.environ, **self.environ},
                stderr=log,
            )
        self.reached = Remote(self.process.pid, home / "softfocus")
        self.socket = home / "softfocus" / f"{self.process.pid}.sock"
        until(self.socket.exists, timeout=60)
        until(lambda: self.status()["state"] == "open", timeout=60)

    def softfocus(self, *arguments: str) -> tuple[int, str, str]:
        return softfocus(*arguments, at=self.home, **self.environ)

    def ask(self, line: bytes) -> dict[str, Any]:
        """One line over the socket, and its answer."""
        caller, _, _ = dial(self.process.pid, self.home / "softfocus")
        with caller:
            caller.sendall(line)
            return line_from(caller)

    def status(self) -> dict[str, Any]:
        return self.reached.status()

    def settings(self) -> dict[str, str]:
        return dict(self.status()["settings"])

    def save(self, text: str) -> None:
        self.config.write_text(text)

    def says(self, text: str) -> bool:
        return text in self.log.read_text()


@contextmanager
def running(home: Path, source: str = "demo", size: str = "320x180", *more: str) -> Iterator[Ran]:
    ran = Ran(home, source, size, *more)
    try:
        yield ran
    finally:
        ran.process.kill()
        ran.process.wait()
