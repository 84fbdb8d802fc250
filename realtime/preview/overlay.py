"""How the run goes, in a few lines over the preview."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..control.status import Report, rate, sent
from ..stopwatch import Stopwatch
from .controls import Controls

EVERY = 0.5  # s between two looks
LATEST = 30  # frames whose stage times count


class Overlay:
    """Frames per second in and out, where the time goes, how old masks are, what they are made by.

    look      the run's report of the moment
    backend   the model and what it runs on
    controls  tell how the refiner stands
    """

    def __init__(
        self,
        look: Callable[[], Report],
        watch: Stopwatch,
        backend: Callable[[], str],
        controls: Controls,
    ) -> None:
        self._look = look
        self._watch = watch
        self._backend = backend
        self._controls = controls
        self._before = time.monotonic(), look()
        self._lines: Sequence[str] = ()

    def __call__(self) -> Sequence[str]:
        """The lines; the same ones for half a second."""
        now = time.monotonic()
        then, before = self._before
        if now - then >= EVERY or not self._lines:
            report = self._look()
            self._lines = self._made(report, before, now - then)
            self._before = now, report
        return self._lines

    def _made(self, report: Report, before: Report, seconds: float) -> Sequence[str]:
        came = rate(report["captured"] - before["captured"], seconds)
        left = rate(sent(report) - sent(before), seconds)
        state = f"{report['state']}: {report['reason']}" if report["reason"] else report["state"]
        stages = medians(self._watch.laps)
        return [
            f"fps in {came:g}, out {left:g}; {report['dropped']} dropped" if came is not None else "",
            f"gate {state}; mask {report['mask_age_ms']:g} ms old",
            self._backend(),
            *([f"refinement {refinement()}"] if (refinement := self._controls.refinement) else []),
            *(f"{stage:10}{ms:6.1f} ms" for stage, ms in stages.items()),
        ]


def medians(laps: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """ms per stage, of the latest frames."""
    return {stage: float(np.median(list(times)[-LATEST:])) * 1e-6 for stage, times in dict(laps).items()}
