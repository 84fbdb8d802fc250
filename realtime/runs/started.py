"""A run in this process, beside the program that wants it."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType

from ..control.running import Running
from ..control.status import Report
from ..errors import BadSetting
from ..settings import RunSettings
from .run import run
from .summary import Summary


class Started:
    """A run on a thread of its own; leaving its `with` block ends it."""

    def __init__(self, settings: RunSettings) -> None:
        self._settings = settings
        self._running: Running | None = None
        self._summary: Summary | None = None
        self._error: BaseException | None = None
        self._known = threading.Event()  # that it runs, or does not
        self._thread = threading.Thread(target=self._run, name="softfocus", daemon=True)
        self._thread.start()
        self._known.wait()
        if self._error:
            raise self._error

    @property
    def settings(self) -> RunSettings:
        """As they are now."""
        return self._reached().settings

    def status(self) -> Report:
        """How it goes, by the keys of docs/status.md, and the `settings` that may change meanwhile."""
        return self._reached().status()

    def set(self, name: str, text: str) -> None:
        """Change one setting, as written in config.toml. Raises BadSetting; then nothing has changed."""
        self._reached().set(name, text)

    def stop(self) -> Summary:
        """End the run and say what it did. Raises what ended it before its time, a SoftfocusError."""
        self._reached().stop()
        return self.wait()

    def wait(self) -> Summary:
        """As `stop`, once it ends by itself: the source is over, or every output failed."""
        self._thread.join()
        if self._error:
            raise self._error
        assert self._summary
        return self._summary

    def __enter__(self) -> Started:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reached().stop()
        self._thread.join()

    def _reached(self) -> Running:
        assert self._running  # or the constructor had raised
        return self._running

    def _run(self) -> None:
        try:
            self._summary = run(self._settings, self._attend)
        except BaseException as error:  # whoever waits for the run raises it
            self._error = error
        finally:
            self._known.set()

    @contextmanager
    def _attend(self, running: Running) -> Generator[None]:
        self._running = running
        self._known.set()
        yield


def start(settings: RunSettings) -> Started:
    """Begin a live run, of a camera, or of a recording played as if it were one.

    Raises SoftfocusError when it cannot begin.
    """
    if "window" in settings.outputs:
        raise BadSetting(
            "outputs", "a window needs the main thread; call softfocus.realtime.runs.run.run there"
        )
    return Started(replace(settings, realtime=True))
