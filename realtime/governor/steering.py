"""Ties the governor to a running pipeline, and says what it does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from ..matting.effort import LADDER, LEVELS, Effort, Quality
from .governor import Governor
from .power import Power, read_power

log = logging.getLogger(__name__)

LOOK = 5.0  # s between two looks at battery and heat
SPARED = {"battery": 1, "hot": 2}  # rungs that are given up then
REASONS = {"battery": "the machine runs on its battery", "hot": "the processor is hot"}


class Steering:
    """Holds the rate of one run. Frames come from the working thread, looks from the watching one.

    rate     frames per second to hold
    apply    puts an effort into effect with the next frame
    quality  "auto": hold the rate; else a level, which stays as it is; see `want`
    power    tells whether the machine should be spared

    changes  (monotonic s, rung, why) of each change, the newest thousand
    """

    def __init__(
        self,
        rate: float,
        apply: Callable[[Effort], None],
        quality: Quality = "auto",
        power: Callable[[], Power] = read_power,
    ) -> None:
        self.quality: Quality = quality
        self.governor = Governor(rate)
        self.changes: list[tuple[float, int, str]] = []
        self._apply = apply
        self._power = power
        self._looked: float | None = None
        self._rate = rate
        self._lock = threading.Lock()  # what is wanted changes beside the frames

    def want(self, quality: Quality) -> None:
        """Go on with that level, or with what the rate allows, from the next frame on."""
        with self._lock:
            self.quality, self.governor, self._looked = quality, Governor(self._rate), None
            self._apply(LEVELS[quality].effort)
        log.info("quality is %s", quality)

    def frame(self, seconds: float, took: float, missed: int) -> None:
        """A frame was worked on for `took` s; `missed` of them were lost so far."""
        with self._lock:
            governor, before = self.governor, self.governor.rung
            if self.quality != "auto" or not governor(seconds, took, missed):
                return
            self._apply(governor.step.effort)
        self.changes = [*self.changes[-999:], (seconds, governor.rung, governor.why)]
        direction = "less" if governor.rung > before else "more"
        log.info("%s work per frame: %s (%s)", direction, governor.step.name, governor.why)

    def look(self, seconds: float) -> None:
        """At the battery and the heat, from time to time."""
        if self.quality != "auto":
            return
        if self._looked is not None and seconds - self._looked < LOOK:
            return
        self._looked = seconds
        power = self._power()
        reason = "hot" if power.hot else "battery" if power.battery else ""
        self.governor.spare(SPARED.get(reason, 0), REASONS.get(reason, ""))


def described(quality: Quality, steering: Steering | None) -> dict[str, Any]:
    """For the status."""
    if steering and steering.quality == "auto":
        governor = steering.governor
        return {"wanted": "auto", "step": governor.step.name, "given_up": governor.rung, "why": governor.why}
    wanted = steering.quality if steering else quality
    rung = LEVELS[wanted]
    given_up = LADDER.index(rung) if rung in LADDER else 0
    return {"wanted": wanted, "step": rung.name, "given_up": given_up, "why": "as it was asked for"}
