"""Jobs on a Ray cluster. All its nodes must see both folders under the same path."""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Iterator, Sequence
from typing import Any

from ...models.errors import SoftfocusError
from .jobs import Job, Outcome


class RayMissing(SoftfocusError):
    """Ray is an extra."""

    def __init__(self) -> None:
        super().__init__("ray is not installed; run: pip install 'softfocus[ray]'")


class NoCluster(SoftfocusError):
    """There is nothing at that address."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"no Ray cluster at {address}: {why}; start one with ray start --head")
        self.address = address


class Cluster:
    """Hands jobs to the cluster's nodes, one per core.

    address  host:port, ray://host:port, or auto

    Raises RayMissing and NoCluster.
    """

    def __init__(self, address: str) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it reports to its makers else
        try:
            self._ray: Any = importlib.import_module("ray")
        except ImportError:
            raise RayMissing from None
        try:
            self._ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise NoCluster(address, str(error).splitlines()[0]) from None

    def __call__(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """The outcomes, as they come."""
        remote = self._ray.remote(num_cpus=1, max_retries=1)(on_node)
        waiting = {remote.remote(job): job for job in jobs}
        try:
            while waiting:
                done, _ = self._ray.wait(list(waiting))
                for each in done:
                    yield self._outcome(each, waiting.pop(each))
        finally:
            self._ray.shutdown()

    def _outcome(self, done: Any, job: Job) -> Outcome:
        try:
            outcome: Outcome = self._ray.get(done)
        except self._ray.exceptions.RayError as error:
            return Outcome(job.source, trouble=str(error).splitlines()[0])
        return outcome


def on_node(job: Job) -> Outcome:
    """What a node does: as a process here does."""
    from .local import Workers

    (outcome,) = Workers(1)([job])
    return outcome
