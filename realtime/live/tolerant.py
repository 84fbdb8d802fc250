"""What a call can do without: where it fails, that is logged, and the call goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import cv2

T = TypeVar("T")

log = logging.getLogger(__name__)

AGAIN = 60.0  # s after which the same trouble is worth another line


def passes(error: Exception) -> bool:
    """Whether the machine lacked something, descriptors, memory or space, which it may have again soon."""
    no_memory = isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem
    return no_memory or isinstance(error, MemoryError | OSError)


class Tolerant:
    """Asks for what need not be there: the battery, who watches, a fresh thread, a key's doings."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}

    def __call__(self, what: str, ask: Callable[[], T], otherwise: T) -> T:
        """What it gives, or `otherwise` when it fails; `what` it is, for people."""
        try:
            return ask()
        except Exception as error:  # no descriptors, no memory, a full disk, a bug: none of them ends a call
            self.tell(what, error)
            return otherwise

    def tell(self, what: str, error: Exception) -> None:
        """Log it, once in a while."""
        now = time.monotonic()
        if now - self._told.get(what, -AGAIN) >= AGAIN:
            self._told[what] = now
            log.warning("%s failed, the call goes on: %s", what, str(error) or type(error).__name__)
