"""Jobs on this machine, several at a time, each in a process of its own."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from .jobs import Job, JobTold, Outcome, unheard


class Workers:
    """Starts processes and ends them.

    count  how many at a time
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._ended = False

    def __call__(self, jobs: Sequence[Job], told: JobTold = unheard) -> Iterator[Outcome]:
        """The outcomes, as they come.

        told  is told now and then how much of a recording is done, on any thread
        """
        with ThreadPoolExecutor(self._count) as pool:
            waiting = [pool.submit(self._do, job, told) for job in jobs]
            try:
                for done in as_completed(waiting):
                    yield done.result()
            finally:  # also when nobody asks for more, as after Ctrl-C
                self._end()
                for job in waiting:
                    job.cancel()

    def _do(self, job: Job, told: JobTold) -> Outcome:
        with self._lock:
            if self._ended:
                return Outcome(job.source, trouble="not begun")
            process = subprocess.Popen(
                [sys.executable, "-m", "softfocus.realtime.batch.work"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for the one that watches over them
            )
            self._running.add(process)
        try:
            return self._outcome(job, process, told)
        finally:
            with self._lock:
                self._running.discard(process)

    def _outcome(self, job: Job, process: subprocess.Popen[bytes], told: JobTold) -> Outcome:
        assert process.stdin
        assert process.stdout
        with process, process.stdin:
            pickle.dump(job, process.stdin)
            process.stdin.flush()
            for line in process.stdout:  # its standard input stays open until then: it ends with us
                answer: dict[str, Any] = json.loads(line)
                if "done" not in answer:
                    return Outcome(job.source, **answer)
                told(job, answer["done"])
        job.drop()
        return Outcome(job.source, trouble=f"its process ended with {process.returncode}")

    def _end(self) -> None:
        with self._lock:
            self._ended = True
            for process in self._running:
                process.kill()


def usable_cores() -> int:
    """How many recordings at a time suit this machine: each keeps one core busy."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
