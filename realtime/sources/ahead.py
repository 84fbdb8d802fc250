"""Work that is done before its result is asked for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

DEPTH = 2  # results
LOOK = 0.1  # s between two looks whether anybody still wants them


class Ahead(Generic[T]):
    """Gives what an iterator gives, which runs on a thread of its own, a little ahead.

    To be closed by whoever does not read to the end.
    """

    def __init__(self, items: Iterator[T]) -> None:
        self._items = items
        self._made: queue.Queue[tuple[T] | Exception | None] = queue.Queue(DEPTH)  # None: the end
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="read ahead", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[T]:
        while made := self._made.get():
            if isinstance(made, Exception):
                raise made
            yield made[0]

    def close(self) -> None:
        """End the thread; waits for what it is doing."""
        self._closed.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        try:
            for item in self._items:
                if not self._put((item,)):
                    return
            self._put(None)
        except Exception as error:  # whoever reads raises it
            self._put(error)

    def _put(self, made: tuple[T] | Exception | None) -> bool:
        """False once nobody wants it."""
        while not self._closed.is_set():
            try:
                self._made.put(made, timeout=LOOK)
            except queue.Full:
                continue
            return True
        return False
