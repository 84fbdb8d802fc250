"""Nowhere: for measuring, and for running without an output."""

from __future__ import annotations

from ..gate.gate import Composed


class Null:
    """Forgets every frame.

    sent  how many it was given
    """

    name = "null"

    def __init__(self) -> None:
        self.sent = 0

    def send(self, composed: Composed) -> None:
        self.sent += 1

    def close(self) -> None:
        pass
