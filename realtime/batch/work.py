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
from ..runs.run import run
from .jobs import Job, Outcome, finish


def work(job: Job) -> Outcome:
    """Read, blur, write; whatever goes wrong is told in the outcome, and leaves no output."""
    try:
        summary = run(job.run)
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
    return Outcome(job.source, frames)


def failed(job: Job, why: str) -> Outcome:
    """Nothing half done is left."""
    job.partial.unlink(missing_ok=True)
    return Outcome(job.source, trouble=" ".join(why.split()))


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
    outcome = work(job)
    print(json.dumps({"frames": outcome.frames, "trouble": outcome.trouble}), file=answers, flush=True)
    os._exit(0)  # the thread that waits for the parent still holds standard input


if __name__ == "__main__":
    main()
