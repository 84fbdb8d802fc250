"""A run in another process of the same user."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import NotAnswering, Refused
from .endpoint import dial, line_from

if TYPE_CHECKING:
    from .status import Report  # with all that makes one


class Remote:
    """Asks the softfocus that began last, or the one that is process `pid`.

    Every method raises NotRunning when there is none, NotAnswering when it says nothing in time.
    """

    def __init__(self, pid: int | None = None, folder: Path | None = None) -> None:
        self._pid = pid
        self._folder = folder  # where runs are reached, if not at the user's usual place

    def status(self) -> Report:
        """How it goes, by the keys of docs/status.md, and the `settings` that may change meanwhile."""
        return dict(self._ask(do="status")["status"])

    def set(self, name: str, text: str) -> None:
        """Change one setting. Raises Refused with the reason when it cannot have that value."""
        self._ask(do="set", name=name, text=text, folder=os.getcwd())

    def panel(self) -> str:
        """The address of its panel, which is served from now on. Raises Refused where that cannot be done."""
        return str(self._ask(do="panel")["url"])

    def _ask(self, **request: str) -> dict[str, Any]:
        caller, credentials, where = dial(self._pid, self._folder)
        try:
            with caller:
                caller.sendall(json.dumps({**credentials, **request}).encode() + b"\n")
                answer = line_from(caller)
        except (OSError, ValueError) as error:  # it is about to end, hangs, or has too much to do
            raise NotAnswering(where) from error
        if "error" in answer:
            raise Refused(str(answer["error"]))
        return answer


def connect(pid: int | None = None) -> Remote:
    """The softfocus that runs: the one that began last, or process `pid`.

    Raises NotRunning, or NotAnswering.
    """
    remote = Remote(pid)
    remote.status()
    return remote
