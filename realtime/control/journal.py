"""The last log lines: what the gate, the camera and the outputs had to say."""

from __future__ import annotations

import logging
from collections import deque
from itertools import count
from typing import Any

KEPT = 200  # lines


class Journal(logging.Handler):
    """Keeps the newest lines of softfocus's log, numbered from 1."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._lines: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._numbers = count(1)

    def open(self) -> None:
        logging.getLogger("softfocus").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(
            {
                "number": next(self._numbers),
                "time": round(record.created, 3),
                "level": record.levelname.lower(),
                "text": record.getMessage(),
            }
        )

    def since(self, number: int) -> list[dict[str, Any]]:
        """Those after that one, oldest first."""
        return [line for line in self._lines.copy() if line["number"] > number]

    def close(self) -> None:
        logging.getLogger("softfocus").removeHandler(self)
        super().close()
