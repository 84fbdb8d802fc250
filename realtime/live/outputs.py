"""Opens what a run sends to."""

from __future__ import annotations

import logging

from ..errors import NoDisplay
from ..settings import RunSettings
from ..sinks.made import Made
from ..sinks.open import open_sink
from ..sinks.sink import Sink
from ..sinks.window import Window
from ..sources.sound import Sounding
from ..sources.source import Source, aspect_of
from .outlet import Outlet

log = logging.getLogger(__name__)


def made_for(settings: RunSettings, source: Source) -> Made:
    """How the outputs of a run are made."""
    sound = source.sound if isinstance(source, Sounding) and not source.live else None
    return Made(
        mirrored=settings.mirror,
        clear=settings.background == "transparent",
        overwrite=settings.overwrite,
        live=source.live,
        sound=sound or None,
        aspect=aspect_of(source),
    )


def outputs_for(settings: RunSettings, source: Source) -> tuple[list[Outlet], Window | None]:
    """All outputs, opened; the window apart, since it lives on the main thread. Where there is no display
    the others go on without it.
    """
    made = made_for(settings, source)
    outlets: list[Outlet] = []
    window: Window | None = None
    try:
        for spec in settings.outputs:
            try:
                sink = open_sink(spec, source.size, source.rate, made)
            except NoDisplay as error:
                if set(settings.outputs) == {spec}:
                    raise
                log.warning("going on without a window: %s", error)
                continue
            log.info("to %s", sink.name)
            if isinstance(sink, Window):
                window = sink
            else:
                outlets.append(outlet_for(spec, sink, source))
    except BaseException:
        for outlet in outlets:
            outlet.close()
        raise
    return outlets, window


def outlet_for(spec: str, sink: Sink, source: Source) -> Outlet:
    """Virtual cameras are opened again when they fail; a recording would begin anew."""

    def reopen() -> Sink:
        return open_sink(spec, source.size, source.rate)

    lasting = source.live and spec.partition(":")[0] == "camera"
    return Outlet(sink, lossless=not source.live, reopen=reopen if lasting else None)
