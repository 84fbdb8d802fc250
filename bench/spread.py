"""Many times, in few figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles of a frame's time, and its mean, ms."""

    p50: float
    p95: float
    p99: float
    mean: float


def spread(nanoseconds: Iterable[int]) -> Spread:
    """At least one time."""
    times = np.fromiter(nanoseconds, np.float64) / 1e6
    p50, p95, p99 = (round(float(value), 4) for value in np.percentile(times, (50, 95, 99)))
    return Spread(p50, p95, p99, round(float(times.mean()), 4))
