"""The one joint between threads: a box that holds the newest thing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """A box for one thing: `put` replaces what nobody took, `take` waits for something.

    discard  is called with each thing that is replaced or left over at `close`

    Latency is bounded by construction: nothing ever queues (drop, never queue).
    """

    def __init__(self, discard: Callable[[T], None] = lambda thing: None) -> None:
        self._changed = threading.Condition()
        self._things: list[T] = []  # none or one; a list, since None may be a thing
        self._closed = False
        self._discard = discard
        self.dropped = 0

    def put(self, thing: T) -> None:
        """Leave `thing` for the reader; what it finds there is dropped and counted."""
        with self._changed:
            if self._closed:
                refused = [thing]
            else:
                refused, self._things = self._things, [thing]
                self.dropped += len(refused)
                self._changed.notify_all()
        for old in refused:
            self._discard(old)

    def put_when_empty(self, thing: T) -> None:
        """Leave `thing`, waiting until the reader took the one before: nothing is dropped."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._things)
        self.put(thing)

    def take(self, timeout: float | None = None) -> T | None:
        """The newest thing, waiting up to `timeout` s (for ever when None); None when none came.

        After `close`, what was left inside is still handed out once.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._things or self._closed, timeout)
            if not self._things:
                return None
            thing = self._things.pop()
            self._changed.notify_all()
            return thing

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Nothing more comes in; a waiting reader wakes up."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
