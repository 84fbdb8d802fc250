"""PipeWire, its session manager and a D-Bus of a test's own, apart from the machine's."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

PROGRAMS = ("dbus-daemon", "pipewire", "wireplumber", "pw-dump", "gst-launch-1.0", "gdbus")
PORTAL = Path("/usr/libexec/xdg-desktop-portal")
ASKS = """[portal]
DBusName=org.freedesktop.impl.portal.desktop.test
Interfaces=org.freedesktop.impl.portal.Access
UseIn=test
"""  # the part of a desktop that would ask the user; the answer is there before
STORE = "org.freedesktop.impl.portal.PermissionStore"
PATIENCE = 20.0  # s until something that must come has come; a busy machine needs some of them


def missing() -> str | None:
    """The first program that is not here."""
    programs = (name for name in PROGRAMS if not shutil.which(name))
    return next(programs, None if PORTAL.exists() else PORTAL.name)


def until(happens: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """What it gives once that is true; fails after so long."""
    end = time.monotonic() + seconds
    while not (came := happens()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return came


class Session:
    """Runs while the block lasts.

    folder   holds its sockets and logs
    environ  leads programs to it
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ours = {"XDG_RUNTIME_DIR", "PIPEWIRE_RUNTIME_DIR", "HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"}
        self.environ = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("PIPEWIRE", "XDG"))},
            **dict.fromkeys(ours, str(folder)),
            "GST_REGISTRY": str(folder / "gst-registry"),
            "XDG_DESKTOP_PORTAL_DIR": str(folder),
            "XDG_CURRENT_DESKTOP": "test",
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Session:
        reader, writer = os.pipe()
        self.start("dbus-daemon", "--session", "--nofork", f"--print-address={writer}", pass_fds=(writer,))
        os.close(writer)
        with open(reader) as told:
            self.environ["DBUS_SESSION_BUS_ADDRESS"] = told.readline().strip()
        (self.folder / "test.portal").write_text(ASKS)
        self.start_pipewire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(self._running):
            self.stop(name)

    def start(self, *command: str, pass_fds: Sequence[int] = ()) -> subprocess.Popen[bytes]:
        """A program of the session; its words go to a file that is called as it is."""
        with open(self.folder / f"{command[0]}.log", "ab") as log:
            program = subprocess.Popen(
                command, env=self.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=pass_fds
            )
        self._running[command[0]] = program
        return program

    def stop(self, name: str, by: signal.Signals = signal.SIGTERM) -> None:
        program = self._running[name]
        program.send_signal(by)
        try:
            program.wait(5)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()

    def allow_cameras(self, answer: str) -> None:
        """What the user told the portal for good: yes or no."""
        store = ("--session", "--dest", STORE, "--object-path", f"/{STORE.replace('.', '/')}")
        change = (f"{STORE}.SetPermission", "devices", "true", "camera", "", f"['{answer}']")
        command = ["gdbus", "call", *store, "--method", *change]
        subprocess.run(command, env=self.environ, check=True, capture_output=True, timeout=PATIENCE)

    def start_pipewire(self) -> None:
        """The server and its session manager; both answer when this returns."""
        self.start("pipewire")
        until((self.folder / "pipewire-0").exists)
        self.start("wireplumber")
        until(lambda: any(of(thing, "application.name") == "WirePlumber" for thing in self.things()))

    def things(self) -> list[dict[str, Any]]:
        """All that PipeWire knows, as pw-dump tells it."""
        done = subprocess.run(["pw-dump"], env=self.environ, capture_output=True, timeout=PATIENCE)
        try:
            found: list[dict[str, Any]] = json.loads(done.stdout or b"[]")
        except ValueError:  # it may leave while it is asked
            return []
        return found

    def cameras(self) -> list[dict[str, Any]]:
        """The nodes that are cameras."""
        return [thing for thing in self.things() if of(thing, "media.class") == "Video/Source"]


def of(thing: dict[str, Any], name: str) -> Any:
    """A property."""
    return ((thing.get("info") or {}).get("props") or {}).get(name)
