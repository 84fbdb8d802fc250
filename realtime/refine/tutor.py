"""When a refiner is asked, and when its answer lands: beside the call, or in a recording's own time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from ..priority import ENDING, step_back
from ..slot import Latest
from .snapshot import Refiner, Snapshot
from .teacher import Answer, Teacher

log = logging.getLogger(__name__)

ASKED = "looking closely"


@dataclass(slots=True)
class Standing:
    """How a tutor does, to be told to people.

    doing  opens its model, waits for a snapshot, looks at one, rests for its share of CPU, or has failed
    accepted  answers that were believed; refused: that were not
    """

    doing: Literal["opening", "ready", "looking", "resting", "failed"] = "opening"
    accepted: int = 0
    refused: int = 0

    def count(self, believed: bool) -> None:
        """One answer more."""
        if believed:
            self.accepted += 1
        else:
            self.refused += 1

    def __str__(self) -> str:
        return f"{self.doing}; {self.accepted} answers believed, {self.refused} refused"


class Tutor(Protocol):
    """Answers snapshots, later."""

    @property
    def standing(self) -> Standing:
        """Whoever takes its answers counts them here."""
        ...

    def wants(self, seconds: float) -> bool:
        """Whether it is time for another snapshot, at that frame's time."""
        ...

    def ask(self, snapshot: Snapshot) -> None:
        """Show it a snapshot; returns at once where somebody waits for frames."""
        ...

    def answer(self, seconds: float) -> Answer | None:
        """What it has found out by that frame's time and was not told yet."""
        ...

    def refine_now(self) -> str:
        """Want a snapshot of the next frame; from any thread. What to tell who asked for it."""
        ...

    def close(self) -> None:
        """Ask no more."""
        ...


class Pace:
    """Every so many seconds, or when somebody says so."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._last: float | None = None
        self._now = threading.Event()

    def due(self, seconds: float) -> bool:
        return self._now.is_set() or self._last is None or not 0 <= seconds - self._last < self._every

    def taken(self, seconds: float) -> None:
        self._now.clear()
        self._last = seconds

    def hurry(self) -> None:
        self._now.set()


class Beside:
    """A refiner on a thread of its own, which yields to all others.

    open   makes the refiner, on that thread: a large model takes seconds, and a call must not wait for it
    every  s between two snapshots, of the frames' time
    share  of one core that it may take over time: it rests between answers accordingly

    A refiner that fails is given up and said so; the call goes on as if there were none.
    """

    def __init__(self, open: Callable[[], Refiner], *, every: float, share: float) -> None:
        self._open = open
        self._pace = Pace(every)
        self._share = share
        self.standing = Standing()
        self._asked: Latest[Snapshot] = Latest()
        self._found: Latest[Answer] = Latest()
        self._idle = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="refine", daemon=True)
        self._thread.start()

    def wants(self, seconds: float) -> bool:
        return self._idle.is_set() and self._pace.due(seconds)

    def ask(self, snapshot: Snapshot) -> None:
        self._pace.taken(snapshot.seconds)
        self._idle.clear()
        self.standing.doing = "looking"
        self._asked.put(snapshot)

    def answer(self, seconds: float) -> Answer | None:
        return self._found.take(timeout=0)

    def refine_now(self) -> str:
        self._pace.hurry()
        return ASKED

    def close(self) -> None:
        self._closing.set()
        self._asked.close()
        self._thread.join(timeout=ENDING)

    def _work(self) -> None:
        step_back()
        try:
            teach = Teacher(self._open())
            self._rest(0)
            while snapshot := self._asked.take():
                start = time.thread_time()
                self._found.put(teach(snapshot))
                self._rest((time.thread_time() - start) * (1 / self._share - 1))
        except Exception as error:  # whatever it is, it is no reason to disturb the call
            self.standing.doing = "failed"
            log.warning("no refinement: %s", error)

    def _rest(self, seconds: float) -> None:
        self.standing.doing = "resting"
        self._closing.wait(seconds)
        self.standing.doing = "ready"
        self._idle.set()


class Simulated:
    """A refiner in a recording's time: each answer lands as late as it would in a call.

    latency  s from a snapshot to its answer; None: as long as this machine takes for it
    cpu      s of CPU that the refiner has taken
    """

    def __init__(self, refiner: Refiner, *, every: float, latency: float | None) -> None:
        self._teach = Teacher(refiner)
        self._pace = Pace(every)
        self._latency = latency
        self._coming: tuple[float, Answer] | None = None
        self.standing = Standing("ready")
        self.cpu = 0.0

    def wants(self, seconds: float) -> bool:
        return self._coming is None and self._pace.due(seconds)

    def ask(self, snapshot: Snapshot) -> None:
        self._pace.taken(snapshot.seconds)
        start, cpu = time.perf_counter(), time.thread_time()
        answer = self._teach(snapshot)
        took = time.perf_counter() - start
        self.cpu += time.thread_time() - cpu
        self._coming = snapshot.seconds + (took if self._latency is None else self._latency), answer

    def answer(self, seconds: float) -> Answer | None:
        if self._coming is None or seconds < self._coming[0]:
            return None
        _, answer = self._coming
        self._coming = None
        return answer

    def refine_now(self) -> str:
        self._pace.hurry()
        return ASKED

    def close(self) -> None:
        """There is nothing to end."""
