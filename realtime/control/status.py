"""What other programs may know about a run: JSON lines, one a second and one at each change.

docs/status.md tells what the keys mean.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from ..disk import TAKEN, lock
from ..errors import CannotWrite
from ..gate.gate import Gate
from ..live.delivery import Counts
from ..live.outlet import Outlet

log = logging.getLogger(__name__)

TICK = 0.05  # s between two looks
EVERY = 1.0  # s between two lines when nothing changes
LONGEST = 1_000_000  # bytes after which a file begins anew

Report = dict[str, Any]


def report(
    source: str, counts: Counts, gate: Gate, outlets: Sequence[Outlet], *, live: bool = True
) -> Report:
    """How things stand now, but for times and rates."""
    reason = gate.shut
    return {
        "state": "raw" if gate.passthrough and not reason else "shielded" if reason else "open",
        "reason": reason.name.lower() if reason else None,
        "captured": counts.captured,
        "dropped": counts.dropped,
        "composed": counts.composed,
        "shielded": counts.shielded,
        "raw": counts.raw,
        "mask_age_ms": round(counts.mask_age * 1e-6, 1),
        "latency_ms": round(counts.latency * 1e-6, 1),
        "audio_delay_ms": round(counts.usual * 1e-6) if live else None,
        "cpu_s": round(time.process_time(), 2),
        "closings": {reason.name.lower(): times for reason, times in gate.closings.copy().items()},
        "shielded_s": {
            reason.name.lower(): round(ns * 1e-9, 2) for reason, ns in gate.shut_for.copy().items()
        },
        "source": source,
        "sinks": [
            {
                "name": outlet.sink.name,
                "sent": outlet.sent,
                "dropped": outlet.dropped,
                "error": str(outlet.error) if outlet.error else None,
            }
            for outlet in outlets
        ],
    }


class Status:
    """Writes reports on a thread of its own: a reader that stops reading stops nothing else.

    target  a file, readable by its user only, or - for standard output
    look    gives the report of the moment

    Raises CannotWrite when the file cannot be made.
    """

    def __init__(self, target: str, look: Callable[[], Report]) -> None:
        self._target = target
        self._look = look
        self._file = open_private(target)
        self._written: tuple[float, Report] | None = None
        self._since = time.time()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._tell, name="status", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Tell the end; waits a second at most for the reader."""
        self._end.set()
        self._thread.join(timeout=1.0)

    def _tell(self) -> None:
        try:
            while not self._end.wait(TICK):
                self._tell_if_due(self._look())
            self._write({**self._look(), "state": "ended", "reason": None})
        except OSError as error:
            log.warning("the status is told no more: %s: %s", self._target, error.strerror)
        finally:
            if self._target != "-":
                os.close(self._file)

    def _tell_if_due(self, report: Report) -> None:
        changed = self._written is None or events(report) != events(self._written[1])
        if changed or self._written is None or time.monotonic() - self._written[0] >= EVERY:
            self._write(report)

    def _write(self, report: Report) -> None:
        now = time.monotonic()
        past, before = self._written or (now, report)
        if (report["state"], report["reason"]) != (before["state"], before["reason"]):
            self._since = time.time()
        self._written = now, report
        rates = rates_between(before, report, now - past)
        line = {"time": round(time.time(), 3), **report, "since": round(self._since, 3), **rates}
        self._send(json.dumps(line).encode() + b"\n")

    def _send(self, line: bytes) -> None:
        if self._target != "-" and os.fstat(self._file).st_size > LONGEST:
            os.ftruncate(self._file, 0)
        while line:
            line = line[os.write(self._file, line) :]


def events(report: Report) -> tuple[Any, ...]:
    """What is told at once when it changes."""
    return report["state"], report["reason"], [(sink["name"], sink["error"]) for sink in report["sinks"]]


def rates_between(before: Report, report: Report, seconds: float) -> Report:
    """Frames a second and the processor's load, of one core; None before there is anything to count."""
    load = rate(100 * (report["cpu_s"] - before["cpu_s"]), seconds)
    return {
        "fps_in": rate(report["captured"] - before["captured"], seconds),
        "fps_out": rate(sent(report) - sent(before), seconds),
        "cpu_percent": load,
    }


def sent(report: Report) -> int:
    """Frames that left for the sinks."""
    return int(report["composed"] + report["shielded"] + report["raw"])


def rate(frames: float, seconds: float) -> float | None:
    """So many a second; None before there is anything to count."""
    return round(frames / seconds, 1) if seconds else None


def open_private(target: str) -> int:
    """A descriptor to write to: a file that is its user's alone, new or emptied."""
    if target == "-":
        if sys.stdout is None:
            raise CannotWrite("standard output", "it is closed")
        return sys.stdout.fileno()
    try:
        # Not through a link that somebody else laid, and not waiting for a pipe's reader.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        file = os.open(target, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
        if stat.S_ISREG(os.fstat(file).st_mode):
            if not lock(file):
                os.close(file)
                raise CannotWrite(target, TAKEN)
            os.ftruncate(file, 0)
            os.chmod(target, 0o600)
    except OSError as error:
        raise CannotWrite(target, error.strerror or str(error)) from error
    return file
