"""Jobs on a Ray cluster. All its nodes must see both folders under the same path."""

from __future__ import annotations

import importlib
import logging
import os
import socket
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from ...models.errors import SoftfocusError
from .jobs import Job, JobTold, Outcome, unheard

ANSWER = 5.0  # s
HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"  # and settings, of which there are none
SETTINGS = 4  # the kind of frame that every server of HTTP/2, as Ray's are, begins with


class RayMissing(SoftfocusError):
    """Ray is an extra."""

    def __init__(self) -> None:
        super().__init__("ray is not installed; run: pip install 'softfocus[ray]'")


class NoCluster(SoftfocusError):
    """There is nothing at that address."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"no Ray cluster at {address}: {why}; start one with ray start --head")
        self.address = address


def answers(address: str) -> None:
    """Raises NoCluster where nothing listens there, or nothing like Ray: it would ask again for minutes.

    Addresses without a port, such as auto, are left to Ray.
    """
    place = urlsplit(address if "://" in address else f"//{address}")
    try:
        port = place.port
    except ValueError as error:
        raise NoCluster(address, str(error)) from None
    if not place.hostname or port is None:
        return
    try:
        with socket.create_connection((place.hostname, port), ANSWER) as connection:
            connection.sendall(HELLO)
            frame = connection.recv(9)
    except OSError as error:
        raise NoCluster(address, error.strerror or str(error)) from None
    if len(frame) < 4 or frame[3] != SETTINGS:
        raise NoCluster(address, "something else answers there")


class Cluster:
    """Hands jobs to the cluster's nodes, one per core.

    address  host:port, ray://host:port, or auto

    Raises RayMissing and NoCluster, which a dead address is within ANSWER.
    """

    def __init__(self, address: str) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it reports to its makers else
        try:
            self._ray: Any = importlib.import_module("ray")
        except ImportError:
            raise RayMissing from None
        answers(address)
        try:
            self._ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise NoCluster(address, str(error).splitlines()[0]) from None

    def __call__(self, jobs: Sequence[Job], told: JobTold = unheard) -> Iterator[Outcome]:
        """The outcomes, as they come; of what is not done yet nothing is told."""
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
