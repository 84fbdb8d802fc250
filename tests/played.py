"""Cameras, mattings and sinks for tests of the loop: drawn frames, and doings given by the test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from drawn import SIZE, disc, frame, matte

from softfocus.realtime.backdrops.blur import Blur
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.errors import EndOfSource
from softfocus.realtime.frame import Frame, Plane, Size
from softfocus.realtime.gate.gate import Composed, Gate
from softfocus.realtime.matte import Matte
from softfocus.realtime.reason import Reason

DISC = disc()
PICTURE = frame().planes


class Camera:
    """Gives drawn frames at `rate`, until `frames` of them; `before` is called with each one's number."""

    live = True

    def __init__(
        self,
        frames: int | None = None,
        *,
        rate: float = 60.0,
        size: Size = SIZE,
        before: Callable[[int], object] = lambda number: None,
    ) -> None:
        self.name = "drawn camera"
        self.size = size
        self.rate = rate
        self.closed = threading.Event()
        self._planes = PICTURE if size == SIZE else frame(size=size).planes
        self._frames = frames
        self._given = 0
        self._before = before

    def read(self, timeout: float) -> Frame | None:
        if self._given == self._frames or self.closed.wait(1 / self.rate):
            raise EndOfSource
        self._before(self._given)
        self._given += 1
        return replace(frame(), planes=self._planes, index=self._given - 1, captured_at=time.monotonic_ns())

    def close(self) -> None:
        self.closed.set()


class Disc:
    """Finds the drawn person; `before` is called with each frame, and may raise or take its time."""

    def __init__(self, before: Callable[[Frame], object] = lambda frame: None) -> None:
        self._before = before

    def __call__(self, frame: Frame) -> Matte:
        self._before(frame)
        return matte(frame, DISC)

    def reset(self) -> None:
        """Each frame stands for itself."""


@dataclass(frozen=True)
class Got:
    """What a sink was given."""

    index: int
    captured_at: int
    shut: Reason | None
    raw: bool
    luma: Plane


class Collector:
    """Keeps copies of all frames; `before` is called with each, and may raise or take its time."""

    name = "collector"

    def __init__(self, before: Callable[[Composed], object] = lambda composed: None) -> None:
        self.got: list[Got] = []
        self.closed = 0
        self._before = before

    def send(self, composed: Composed) -> None:
        self._before(composed)
        luma = np.array(composed.planes.y)
        self.got.append(Got(composed.index, composed.captured_at, composed.shut, composed.raw, luma))

    def close(self) -> None:
        self.closed += 1


def gate() -> Gate:
    return Gate(Compositor(Blur(SIZE), SIZE), SIZE)


def until(true: Callable[[], object], timeout: float = 10.0) -> None:
    """Wait for something to become true; fail if it does not."""
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)
