"""Does one job. python -m softfocus.realtime.batch.work does it in a process of its own: a film that
brings the decoder down takes no other with it.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import threading
from typing import BinaryIO

from ...models.errors import SoftfocusError
from ..runs.progress import Told, silent
from ..runs.run import run
from .jobs import Job, Outcome, finish

STEP = 0.01  # of a recording


def work(job: Job, told: Told = silent) -> Outcome:
    """Read, blur, write; whatever goes wrong is told in the outcome, and leaves no output. What a damaged
    recording still has is output enough.
    """
    try:
        summary = run(job.run, told=told)
        counts = summary.counts
        frames = counts.composed + counts.shielded + counts.raw
        if summary.failed or sum(summary.sent.values()) != frames or not frames:
            why = "; ".join(summary.failed.values()) or "not all frames were written"
            return failed(job, why if frames else "it has no frames")
        finish(job)
    except SoftfocusError as error:
        return failed(job, str(error))
    except Exception as error:  # a bug, or a library's: this film's trouble, not the others'
        return failed(job, f"{type(error).__name__}: {error}")
    return Outcome(job.source, frames, damage=summary.counts.trouble)


def failed(job: Job, why: str) -> Outcome:
    """Nothing half done is left."""
    job.drop()
    return Outcome(job.source, trouble=" ".join(why.split()))


def in_steps(told: Told) -> Told:
    """Tell no more than each hundredth."""
    before = 0.0

    def step(done: float) -> None:
        nonlocal before
        if done >= before + STEP:
            before = done
            told(done)

    return step


def end_with_parent(pipe: BinaryIO) -> None:
    """Wait until whoever started this process is gone, and go then, too."""
    pipe.read()
    os._exit(1)


def main() -> None:
    """The whole process: the job comes on standard input, the outcome goes to standard output."""
    job: Job = pickle.load(sys.stdin.buffer)
    threading.Thread(target=end_with_parent, args=[sys.stdin.buffer], daemon=True).start()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # libraries that print must not talk into the answer

    def answer(**answer: object) -> None:
        print(json.dumps(answer), file=answers, flush=True)

    outcome = work(job, in_steps(lambda done: answer(done=done)))
    answer(frames=outcome.frames, trouble=outcome.trouble, damage=outcome.damage)
    os._exit(0)  # the thread that waits for the parent still holds standard input


if __name__ == "__main__":
    main()
