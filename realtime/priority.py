"""Threads that yield to all others."""

from __future__ import annotations

import os
import sys
import threading

LOWEST = 19  # nice value
ENDING = 60.0  # s that a look may still take while the program ends: it would crash in its midst


def step_back() -> None:
    """Give this thread the lowest priority, where that can be done for one thread (Linux)."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST)
