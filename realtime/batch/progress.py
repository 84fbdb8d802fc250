"""Works jobs off and tells how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ..commands.say import printable
from .jobs import Job, JobTold, Outcome, undone

Doers = Callable[[Sequence[Job], JobTold], Iterator[Outcome]]


def work_off(jobs: Sequence[Job], workers: int | None, ray: str | None) -> int:
    """The exit status: 1 when a job failed, or something of a recording is missing."""
    left = undone(jobs)
    console = Console(stderr=True, highlight=False)
    if len(left) < len(jobs):
        console.print(f"softfocus: {len(jobs) - len(left)} of {len(jobs)} are there already", markup=False)
    outcomes = tell(left, doers(workers, ray), console) if left else []
    bad = [each for each in outcomes if each.trouble]
    lacking = [each for each in outcomes if each.damage]
    console.print(f"softfocus: {len(jobs) - len(bad)} of {len(jobs)} recordings done", markup=False)
    return 1 if bad or lacking else 0


def doers(workers: int | None, ray: str | None) -> Doers:
    """Who does the jobs."""
    if ray:
        from .cluster import Cluster

        return Cluster(ray)
    from .local import Workers, usable_cores

    return Workers(workers or usable_cores())


def tell(jobs: Sequence[Job], do: Doers, console: Console) -> list[Outcome]:
    """The outcomes; a bar with the time that is left, by the size of the files, and a line per file."""
    sizes = {job.source: job.source.stat().st_size for job in jobs}
    columns = (TextColumn("{task.fields[files]}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    outcomes: list[Outcome] = []
    done = dict.fromkeys(sizes, 0.0)
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task("", total=sum(sizes.values()), files=f"0/{len(jobs)}")

        def told(source: Path, share: float) -> None:
            done[source] = share * sizes[source]
            progress.update(task, completed=sum(done.values()), files=f"{len(outcomes)}/{len(jobs)}")

        for outcome in do(jobs, lambda job, share: told(job.source, share)):
            outcomes.append(outcome)
            line = printable(f"{outcome.source.name}: {outcome}")
            progress.console.print(line, markup=False, soft_wrap=True)
            told(outcome.source, 1.0)
    return outcomes
