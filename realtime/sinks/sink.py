"""What the loop asks of a place that frames go to."""

from __future__ import annotations

from typing import Protocol

from ..gate.gate import Composed


class Sink(Protocol):
    """Takes composed frames, and nothing else. One thread sends and closes."""

    @property
    def name(self) -> str:
        """For people: the device or file, and what was really got."""
        ...

    def send(self, composed: Composed) -> None:
        """Deliver one frame. The caller holds it until `send` returns; keep a copy, not the frame.

        Raises SinkError when the device or file takes no more.
        """
        ...

    def close(self) -> None:
        """Finish files, release devices; closing twice is fine."""
        ...
