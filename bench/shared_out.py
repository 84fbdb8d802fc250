"""Shares measurements that do not depend on time among processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def shared_out(measure: Callable[[T], R], cases: Sequence[T], jobs: int) -> list[R]:
    """What is measured of each, in order; with one job here, else in so many processes."""
    if jobs == 1:
        return [measure(case) for case in cases]
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        return list(pool.map(measure, cases))
