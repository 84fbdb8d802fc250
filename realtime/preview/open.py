"""From a run's parts to the preview of it."""

from __future__ import annotations

from collections.abc import Callable

from ..control.running import Running
from ..control.status import Report
from ..live.loop import Live
from ..matting.matting import Matting
from ..matting.proof import Proven
from ..pipeline import Pipeline
from ..sinks.window import Window
from ..stopwatch import Stopwatch
from .controls import Controls
from .matte import MatteCopy
from .overlay import Overlay
from .preview import Preview
from .scenery import Scenery


def open_preview(
    window: Window,
    pipeline: Pipeline,
    controls: Controls,
    matte: MatteCopy,
    look: Callable[[], Report],
    watch: Stopwatch,
) -> Preview:
    """Keys, figures and the matte for a window.

    look   the run's report of the moment
    watch  what the pipeline's stages are timed with
    """
    overlay = Overlay(look, watch, lambda: backend(pipeline), controls)
    preview = Preview(
        window.view, controls, matte=matte.newest, overlay=overlay, raw=pipeline.gate.passthrough
    )
    window.view.crop = lambda: pipeline.gate.crop
    window.on_click = preview.click
    return preview


def reach(controls: Controls, live: Live, running: Running) -> None:
    """What every live run has for keys."""
    scenery = Scenery(running)
    controls.pass_through = live.pass_through
    controls.next_background, controls.strengthen = scenery.next, scenery.strengthen


def reach_plate(controls: Controls, pipeline: Pipeline, *, at_once: bool) -> None:
    """The key for learning the room. `at_once`: the user is asked to step aside right from the start."""

    def ask() -> str | None:
        matting = pipeline.newest.matting
        if not isinstance(matting, Matting):
            return None
        if not matting.effort.plate:
            return "the room is not learnt while quality is low"
        matting.capture.ask()
        return None

    def notice() -> str | None:
        matting = pipeline.newest.matting
        return matting.capture.notice if isinstance(matting, Matting) else None

    controls.capture_plate, controls.notice = ask, notice
    if at_once:
        ask()


def backend(pipeline: Pipeline) -> str:
    """The model that makes the mattes now, and what it runs on."""
    matting = pipeline.newest.matting
    if not isinstance(matting, Matting):
        return "no model"
    segmenter = matting.segmenter
    opened = segmenter.inner if isinstance(segmenter, Proven) else segmenter
    providers: tuple[str, ...] = tuple(getattr(opened, "providers", ()))
    return f"{segmenter.name} on {providers[0].removesuffix('ExecutionProvider') if providers else '?'}"
