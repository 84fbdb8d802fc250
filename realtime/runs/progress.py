"""How much of a recording is done, and a bar that shows it to whoever looks at a terminal."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Protocol, TextIO, runtime_checkable

from ..frame import Frame
from ..sources.source import Source

Told = Callable[[float], None]  # the share that is done, 0..1; negative: not known


@runtime_checkable
class Lasting(Protocol):
    """A source that tells how long it is."""

    @property
    def length(self) -> float:
        """s; 0: not known."""
        ...


def silent(done: float) -> None:
    """Tell nobody."""


def share_of(source: Source) -> Callable[[Frame], float]:
    """What gives the share that is done by a frame."""
    length = source.length if isinstance(source, Lasting) else 0.0
    return lambda frame: min(1.0, frame.seconds / length) if length else -1.0


@contextmanager
def bar(name: str) -> Generator[Told]:
    """A bar with the time left on standard error, if that is a terminal; it begins when it is first told."""
    terminal = sys.stderr
    if not terminal.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    progress = Progress(*columns, TimeRemainingColumn(), console=Console(file=terminal), transient=True)
    task = progress.add_task(name, total=None)

    def told(done: float) -> None:
        if not progress.live.is_started:
            progress.start()
            move_log(terminal, sys.stderr)  # which writes above the bar
        if done >= 0:
            progress.update(task, completed=done, total=1.0)

    try:
        yield told
    finally:
        move_log(sys.stderr, terminal)
        progress.stop()


def move_log(before: TextIO, now: TextIO) -> None:
    """Let what is logged to one stream go to another."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is before:
            handler.setStream(now)
