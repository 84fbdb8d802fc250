"""All at once: a thousand who say nothing, no descriptors, no memory, a full disk. The call goes on."""

from __future__ import annotations

import json
import os
import resource
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from played import until
from reached import Ran, running

if sys.platform != "linux":
    pytest.skip("limits of another process are set on Linux", allow_module_level=True)

LEFT = 6  # descriptors; the run has far more open already
PIECE = 4096  # bytes that a file may still grow by
UNLIMITED = resource.RLIM_INFINITY


class Told:
    """What the status tells through a pipe, which was there before and needs no disk."""

    def __init__(self, pipe: Path) -> None:
        os.mkfifo(pipe)
        self._end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        self._said = b""
        self._newest: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        with suppress(BlockingIOError):
            while more := os.read(self._end, 65536):
                *whole, self._said = (self._said + more).split(b"\n")
                if whole:
                    self._newest = json.loads(whole[-1])
        return self._newest[key]

    def frames(self) -> int:
        """How many left so far."""
        return int(self["composed"] + self["shielded"])


@contextmanager
def besieged(ran: Ran, url: str) -> Iterator[None]:
    """While the block lasts, everything is short."""
    pid = ran.process.pid
    port = int(url.rpartition(":")[2].partition("/")[0])
    limits = {
        resource.RLIMIT_NOFILE: LEFT,
        resource.RLIMIT_AS: held(pid),
        resource.RLIMIT_FSIZE: (ran.home / "out.mkv").stat().st_size + PIECE,
    }
    before = {what: resource.prlimit(pid, what) for what in limits}
    with ExitStack() as idle:
        for what, most in limits.items():
            resource.prlimit(pid, what, (most, before[what][1]))
        for _ in range(1000):
            caller = idle.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port))
        yield
        for what in limits:
            resource.prlimit(pid, what, before[what])


def held(pid: int) -> int:
    """Bytes of address space that it has now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def goes_on(ran: Ran, told: Told, seconds: float) -> None:
    """Frames leave all the time: each look waits for more than the one before saw."""
    for _ in range(4):
        count = told.frames()
        time.sleep(seconds / 4)
        assert ran.process.poll() is None, ran.log.read_text()
        until(partial(more, told, count), timeout=10)


def more(told: Told, count: int) -> bool:
    return told.frames() > count


def test_the_call_goes_on_and_recovers(tmp_path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    told = Told(tmp_path / "status")
    with running(tmp_path, "demo", "320x180", "-o", "out.mkv", "--status", "status", "--panel") as ran:
        url = ran.reached.panel()
        with besieged(ran, url):
            goes_on(ran, told, seconds=6.0)  # longer than the battery is asked for, and than silence is borne
            assert told["raw"] == 0
        until(lambda: told["state"] == "open", timeout=30)
        until(lambda: ran.status()["state"] == "open", timeout=30)
        ran.reached.set("blur", "30")
        assert ran.settings()["blur"] == "30"
        goes_on(ran, told, seconds=1.0)
        sinks = {Path(sink["name"].split(" ")[0]).name: sink["error"] for sink in ran.status()["sinks"]}
        assert sinks["null"] is None
        assert "Traceback" not in ran.log.read_text()
        os.kill(ran.process.pid, 15)
        assert ran.process.wait(timeout=30) in (0, 1)
