"""Rounds: every contestant is a process of its own, and they take turns.

The parent writes how long the next round is; the child works and answers with what it measured.
Whoever waits for its turn takes no CPU. Turns are short and interleaved, so a machine that slows
down for a while slows everybody down, and ratios stay true.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import IO

from ..models.errors import SoftfocusError
from ..realtime.stopwatch import Stopwatch
from .machine import descriptor_count, resident_mb, thread_count


class BenchFailed(SoftfocusError):
    """A measuring process ended before its time."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} cannot be measured: {why}")
        self.name = name


Laps = dict[str, list[int]]  # ns of each frame, by stage


@dataclass(frozen=True, slots=True)
class Length:
    """How long a round is: both must be reached.

    seconds  s of wall time; frames  at least so many
    """

    seconds: float
    frames: int = 1


@dataclass(frozen=True, slots=True)
class Round:
    """What one process did in one turn.

    wall     ns of each frame, in order; when paced, ns from capture to sink
    cpu      ms of the whole process, all its threads, in this turn
    elapsed  ms from the turn's first frame to its last
    stages   ns of each frame, per stage; stage_cpu: what the stage's own thread computed of that
    dropped  frames that were not worked on; shielded  frames that went out without a trusted mask
    rss_mb   at the turn's end, without the frames that are held for measuring only; threads and open
             descriptors then; None where the system does not tell
    """

    wall: list[int]
    cpu: float
    elapsed: float
    stages: Laps = field(default_factory=dict[str, list[int]])
    stage_cpu: Laps = field(default_factory=dict[str, list[int]])
    dropped: int = 0
    shielded: int = 0
    rss_mb: float | None = None
    threads: int | None = None
    descriptors: int | None = None

    @property
    def frames(self) -> int:
        return len(self.wall)

    @property
    def cpu_per_frame(self) -> float:
        """ms"""
        return self.cpu / self.frames

    @property
    def core_share(self) -> float:
        """Of one core, %; over 100 when several are busy."""
        return 100 * self.cpu / self.elapsed


Turn = Callable[[Length], Round]


def free_run(
    frame: Callable[[], None],
    length: Length,
    *,
    watch: Stopwatch | None = None,
    held_mb: float = 0.0,
) -> Round:
    """Frame after frame as fast as they go; `watch` is what the frames' stages are timed with."""
    watch = watch or Stopwatch()
    taken(watch)
    wall: list[int] = []
    cpu, start = time.process_time_ns(), time.perf_counter_ns()
    end = start + round(length.seconds * 1e9)
    before = start
    while before < end or len(wall) < length.frames:
        frame()
        now = time.perf_counter_ns()
        wall.append(now - before)
        before = now
    cpu = time.process_time_ns() - cpu
    stages, work = taken(watch)
    return Round(
        wall,
        cpu / 1e6,
        (before - start) / 1e6,
        stages,
        work,
        rss_mb=resident_mb(without=held_mb),
        threads=thread_count(),
        descriptors=descriptor_count(),
    )


def taken(watch: Stopwatch) -> tuple[Laps, Laps]:
    """The stage times so far, and their threads' own, out of the watch: it begins anew."""
    both = [{name: list(lap) for name, lap in laps.items()} for laps in (watch.laps, watch.work)]
    watch.laps.clear()
    watch.work.clear()
    return both[0], both[1]


def take_turns(prepare: Callable[[], Turn]) -> None:
    """The child's whole life: get ready (which includes a first composed frame), then answer each line.

    Libraries that print must not talk into the answers: the real standard output is set aside first.
    """
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    turn = prepare()
    print("ready", file=answers)
    for line in sys.stdin:
        print(json.dumps(asdict(turn(Length(**json.loads(line))))), file=answers)


class Contestant:
    """The parent's end of a measuring process.

    first_frame_s  from starting the process to its first composed frame, s
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        # What it says to people: a pipe that nobody reads would stop a talkative one.
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 (`close` closes it)
        started = time.perf_counter()
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self._listen()
        self.first_frame_s = time.perf_counter() - started

    def __call__(self, length: Length) -> Round:
        """One turn."""
        requests = _pipe(self._process.stdin)
        try:
            requests.write(json.dumps(asdict(length)) + "\n")
            requests.flush()
        except BrokenPipeError:
            raise self._failed() from None
        return Round(**json.loads(self._listen()))

    def close(self) -> None:
        """No more turns; the process ends."""
        with suppress(BrokenPipeError):  # it ended before
            _pipe(self._process.stdin).close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _pipe(self._process.stdout).close()
        self._said.close()

    def __enter__(self) -> Contestant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _listen(self) -> str:
        answer = _pipe(self._process.stdout).readline()
        if not answer:
            raise self._failed()
        return answer

    def _failed(self) -> BenchFailed:
        """Why it ended, by its own last words."""
        code = self._process.wait()
        self._said.seek(0)
        said = self._said.read().strip().splitlines()
        self.close()
        return BenchFailed(self.name, said[-1] if said else f"its process ended with {code}")


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise ValueError("the process has no such pipe")
    return pipe
