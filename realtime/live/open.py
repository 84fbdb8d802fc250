"""From settings to what drives frames at a camera's pace."""

from __future__ import annotations

from ..governor.steering import Steering
from ..pipeline import Pipeline
from ..reason import Reason
from ..settings import RunSettings
from ..sources.open import reopener
from ..sources.source import Source
from .delivery import Counts, Delivery
from .keeper import Kept
from .loop import Live
from .ondemand import Demand, OnDemand


def live_for(
    settings: RunSettings,
    source: Source,
    pipeline: Pipeline,
    deliver: Delivery,
    counts: Counts,
    demand: Demand | None,
    steering: Steering | None,
) -> Live:
    """What drives frames at the source's pace."""
    camera = kept(settings, source, pipeline)
    if demand:
        resting = OnDemand(camera, lambda timeout: deliver.tapped or demand(timeout))
        return Live(resting, pipeline, deliver, counts, resting=lambda: resting.resting, steering=steering)
    return Live(camera, pipeline, deliver, counts, steering=steering)


def kept(settings: RunSettings, source: Source, pipeline: Pipeline) -> Kept:
    """A camera that may leave and come back; each return is a new scene to the pipeline."""
    reopen = reopener(source, settings.input, size=settings.size, rate=settings.rate, paced=settings.realtime)
    return Kept(source, reopen, changed=lambda: pipeline.start_over(Reason.SOURCE_CHANGED))
