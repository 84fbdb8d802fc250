"""Nothing is written that is read, and nothing is written twice."""

from __future__ import annotations

import stat
from pathlib import Path

from ..errors import BadSetting
from ..settings import Feed, RunSettings
from ..sources.identity import Identity, of_sink, of_source


def refuse_what_meets(settings: RunSettings) -> None:
    """Compare inputs, background, outputs and status by what they are, whatever they are called.

    A recording that is opened for writing is empty at once. Raises BadSetting.
    """
    taken: dict[Identity | None, str] = {}
    if settings.input != "demo":
        taken[of_source(settings.input)] = "the file that is read"
    behind = background(settings)
    if behind is not None:
        taken.setdefault(of_source(behind), "the background")
    written = [("--output", output) for output in settings.outputs]
    if settings.status:
        written.append(("--status", settings.status))
    for option, target in written:
        identity = of_sink(target)
        if identity is None or shared(target):
            continue
        if identity in taken:
            raise BadSetting(option, f"{target} is {taken[identity]}; write to another one")
        taken[identity] = "an output already" if option == "--output" else "where the status goes"


def background(settings: RunSettings) -> str | None:
    """The file, camera or URL behind the person."""
    match settings.background:
        case Path() as path:
            return str(path)
        case Feed(text):
            return text.removeprefix("camera:")
        case _:
            return None


def shared(target: str) -> bool:
    """Whether many may write there: a device such as /dev/null."""
    try:
        return stat.S_ISCHR(Path(target).stat().st_mode)
    except (OSError, ValueError):
        return False
