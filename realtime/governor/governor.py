"""Gives up quality step by step where frames take too long, and gives it back where there is room.

A closed loop on the 95th percentile of the frame time against the frame's share of time, the budget. It is
pure: times come in with the frames. That it does not oscillate has three reasons. Going down needs frames
near the whole budget; going up needs that they would stay well below it, judged by what the step is known
to save; and a climb that had to be taken back teaches the real saving and doubles the wait for the next.
What was learnt so may have been an uneven load's doing: it fades, the slower the more climbs failed, and
once a climb has stood, the next ones follow soon.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

from ..matting.effort import LADDER, Rung

TOGETHER = 6  # frames whose mean counts: looks, lessons and proofs make some frames dearer than others
SPAN = 1.0  # s of frames that are judged
SETTLE = 0.4  # s after a change before the next step down
TIGHT = 0.9  # of the budget: more is too much
ROOM = 0.8  # of the budget: what frames may take after a step up
MISSED = 0.03  # of the frames: so many lost are too many, however fast the others were
WAIT, LONGEST_WAIT = 0.6, 60.0  # s of room before a step up
FAILED = 8.0  # s within which a step down takes a step up back
FORGIVEN = 60.0  # s without a step down after which the wait is short again
DEAREST = 3.0  # times as long, at most, is what one step is believed to cost


class Governor:
    """Chooses a rung of the ladder, one step at a time.

    rate   frames per second to hold
    least  rungs that are given up whatever the load, see `spare`

    rung   the index in the ladder now
    why    what led there, for people
    """

    def __init__(self, rate: float, ladder: Sequence[Rung] = LADDER) -> None:
        self.ladder = ladder
        self.rung = 0
        self.why = "there is room"
        self._budget = 1 / rate
        self._least = 0
        self._reason = ""
        self._failed: dict[int, tuple[float, float]] = {}  # by the rung left: when, and the gain it taught
        self._latest: deque[float] = deque(maxlen=TOGETHER)
        self._window: deque[tuple[float, float, int]] = deque()  # when, the mean of the latest, lost so far
        self._changed: float | None = None
        self._climbed: tuple[float, float] | None = None  # when, and what frames took before
        self._went_down: float | None = None
        self._wait = WAIT
        self._roomy_since: float | None = None

    def __call__(self, seconds: float, took: float, missed: int) -> bool:
        """One more frame is done; whether the rung changed.

        seconds  when, monotonic
        took     s that it was worked on
        missed   frames so far that gave way to newer ones
        """
        self._latest.append(took)
        self._window.append((seconds, sum(self._latest) / len(self._latest), missed))
        while len(self._window) > TOGETHER and seconds - self._window[0][0] > SPAN:
            self._window.popleft()
        if self._changed is None:
            self._changed = seconds
        if self.rung < self._least:
            return self._step(seconds, +1, self._reason)
        passed = seconds - self._changed
        if passed < SETTLE or (passed < SPAN and len(self._window) < TOGETHER):
            return False
        slow = self._p95
        if self._lost > MISSED or slow > TIGHT * self._budget:
            return self._down(seconds, slow)
        return self._up(seconds, slow)

    def spare(self, rungs: int, reason: str) -> None:
        """Give up so many rungs at least, for a reason that is not the load: a battery, a hot processor."""
        self._least, self._reason = min(rungs, len(self.ladder) - 1), reason

    @property
    def step(self) -> Rung:
        """The rung as such."""
        return self.ladder[self.rung]

    @property
    def _p95(self) -> float:
        """s"""
        times = sorted(mean for _, mean, _ in self._window)
        return times[min(len(times) - 1, int(0.95 * len(times)))]

    @property
    def _lost(self) -> float:
        """The share of frames in the window that were lost."""
        lost = self._window[-1][2] - self._window[0][2]
        return lost / (lost + len(self._window)) if lost > 1 else 0.0

    def _down(self, seconds: float, slow: float) -> bool:
        self._roomy_since = None
        if self.rung + 1 == len(self.ladder):
            self.why = (
                f"frames take {slow * 1000:.0f} of {self._budget * 1000:.0f} ms; nothing is left to give up"
            )
            return False
        if self._climbed and seconds - self._climbed[0] < FAILED:
            learnt = max(self._gain(self.rung + 1, seconds), slow / max(self._climbed[1], 1e-4))
            self._failed[self.rung + 1] = seconds, min(DEAREST, learnt)
            self._wait = min(2 * self._wait, LONGEST_WAIT)
        elif self._went_down is not None and seconds - self._went_down > FORGIVEN:
            self._wait = WAIT
        self._climbed, self._went_down = None, seconds
        return self._step(seconds, +1, f"frames took {slow * 1000:.0f} of {self._budget * 1000:.0f} ms")

    def _up(self, seconds: float, slow: float) -> bool:
        if self.rung <= self._least or slow * self._gain(self.rung, seconds) > ROOM * self._budget:
            self._roomy_since = None
            return False
        if self._roomy_since is None:
            self._roomy_since = seconds
        wait = WAIT if self._climbed else self._wait  # a climb is remembered until a step down
        if seconds - self._roomy_since < wait - SETTLE:
            return False
        self._climbed = (seconds, slow)
        return self._step(seconds, -1, f"frames take {slow * 1000:.0f} of {self._budget * 1000:.0f} ms")

    def _gain(self, rung: int, seconds: float) -> float:
        """How many times as long a frame would take without that rung, as far as is known now."""
        known = self.ladder[rung].gain
        if rung not in self._failed:
            return known
        at, learnt = self._failed[rung]
        return known + max(0.0, learnt - known) * math.exp2((at - seconds) / self._wait)

    def _step(self, seconds: float, by: int, why: str) -> bool:
        self.rung += by
        self.why = why
        self._changed, self._roomy_since = seconds, None
        self._window.clear()
        self._latest.clear()
        return True
