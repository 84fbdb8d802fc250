"""What no program on this machine can go below: python -m softfocus.bench.floor WIDTHxHEIGHT

One copy of the frame, and the model's multiplications at the speed of a large matrix product.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..realtime.frame import I420, Size
from ..realtime.settings.texts import read_size
from ..realtime.stopwatch import Stopwatch
from .rounds import Contestant, Length, Round, free_run, take_turns

SIDE = 512  # of the matrices: they fit into the second-level cache
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "VECLIB")}

# Multiplications with additions of one picture, by the layers' shapes, millions.
MILLION_MACS = {"selfie-landscape": 33.3, "selfie-square": 59.2}


@dataclass(frozen=True, slots=True)
class Floor:
    """ms of one core.

    copy        of the I420 frame; arithmetic: of the model, None where it was not counted
    gigaflops   float32, one core, measured
    """

    copy_ms: float
    arithmetic_ms: float | None
    gigaflops: float

    @property
    def total_ms(self) -> float:
        return self.copy_ms + (self.arithmetic_ms or 0.0)


def start(size: Size) -> Contestant:
    """A process that measures the floor, turn by turn."""
    command = [sys.executable, "-m", "softfocus.bench.floor", str(size)]
    return Contestant("floor", command, environment=ONE_THREAD)


def floor_of(rounds: Sequence[Round], model: str) -> Floor:
    """The typical copy and the best product: peaks are not averages."""
    copies = [time for each in rounds for time in each.stage_cpu["copy"]]
    product = min(time for each in rounds for time in each.stage_cpu["product"])
    gigaflops = 2 * SIDE**3 / product
    macs = MILLION_MACS.get(model)
    arithmetic = None if macs is None else 2e6 * macs / gigaflops / 1e6
    return Floor(float(np.median(copies)) / 1e6, arithmetic, gigaflops)


class Work:
    """One copy and one product."""

    def __init__(self, size: Size) -> None:
        self._watch = Stopwatch(keep=100_000)
        self._from, self._to = I420(size).data, I420(size).data
        self._from.fill(1)
        rng = np.random.default_rng(0)
        self._a, self._b = (rng.random((SIDE, SIDE), np.float32) for _ in range(2))
        self._c = np.empty_like(self._a)
        self.frame()

    def frame(self) -> None:
        with self._watch.stage("copy"):
            np.copyto(self._to, self._from)
        with self._watch.stage("product"):
            np.matmul(self._a, self._b, out=self._c)

    def turn(self, length: Length) -> Round:
        return free_run(self.frame, length, watch=self._watch)


if __name__ == "__main__":
    take_turns(lambda: Work(read_size(sys.argv[1])).turn)
