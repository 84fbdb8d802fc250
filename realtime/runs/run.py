"""One run from its settings: opens everything, drives it, closes everything, tells what happened."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import asdict, replace

import cv2

from ..control.applied import Applied
from ..control.running import Running
from ..control.status import Report, Status, report
from ..errors import BadSetting
from ..forms import told
from ..governor.steering import Steering, described
from ..live.delivery import Counts, Delivery
from ..live.loop import Live, Press, go_on, run_every_frame
from ..live.ondemand import demand_from
from ..live.open import live_for
from ..live.outputs import outputs_for
from ..preview.controls import Controls
from ..preview.matte import MatteCopy
from ..preview.open import open_preview, reach, reach_plate
from ..preview.pointing import Pointing
from ..refine.open import tutor_for
from ..settings import RunSettings
from ..sinks.open import keeps_aspect
from ..sources.camera import Camera
from ..sources.open import open_source
from ..stopwatch import Stopwatch
from ..witnesses.open import open_inquiry
from .apart import refuse_what_meets
from .frame_path import FramePath, subjects_for
from .progress import Told, share_of, silent
from .summary import Summary, summed_up

log = logging.getLogger(__name__)

Attend = Callable[[Running], AbstractContextManager[object]]


def run(settings: RunSettings, attend: Attend = nullcontext, told: Told = silent) -> Summary:
    """Run until the source ends or the user stops it. Raises SoftfocusError with what to do about it.

    attend  is entered for as long as a live run goes on, with what reaches it from outside
    told    is told after every frame of a recording how much is done
    """
    if settings.status == "-" and "-" in settings.outputs:
        raise BadSetting("--status", "standard output takes the video already; give a file")
    refuse_what_meets(settings)
    cv2.setNumThreads(1)  # planes this small gain nothing from more, and spinning threads cost a core
    with ExitStack() as opened:
        parts = Parts(settings, opened)
        start = time.monotonic()
        try:
            parts.drive(attend, told)
        finally:
            opened.close()
            summary = parts.summary(time.monotonic() - start)
            log.info("%s", summary)
    return summary


class Parts:
    """What a run is made of, opened in the order in which one needs the other.

    opened  closes them, last first
    """

    def __init__(self, settings: RunSettings, opened: ExitStack) -> None:
        self._settings = settings
        self._opened = opened
        clear = settings.background == "transparent"
        self._source = source = open_source(
            settings.input,
            size=settings.size,
            rate=settings.rate,
            paced=settings.realtime,
            heard=settings.audio,
            squared=settings.realtime or not all(keeps_aspect(out, clear=clear) for out in settings.outputs),
        )
        opened.callback(source.close)
        log.info("from %s; %s", source.name, told())
        if isinstance(source, Camera):  # whatever is plugged in later: this one films
            self._settings = settings = replace(settings, input=source.identity)
        self._subjects = subjects_for(settings, source.size, live=source.live)
        opened.callback(self._subjects.close)
        self._tutor = tutor_for(settings, live=source.live)
        if self._tutor:
            opened.callback(self._tutor.close)
        inquiry = open_inquiry(live=source.live, beside=False)
        opened.callback(inquiry.close)
        self._watch = Stopwatch()
        self._pipeline = FramePath(
            settings, source.size, self._watch, self._subjects, self._tutor, inquiry, live=source.live
        ).pipeline()
        opened.callback(self._pipeline.gate.close_backdrop)
        self._pipeline.witness = self._matte = MatteCopy(source.size)
        self._counts = Counts()
        self._steering: Steering | None = None
        if source.live:
            self._steering = Steering(source.rate, self._pipeline.spend, settings.quality)
        self._outlets, self._window = outputs_for(settings, source)
        self._attach(opened)

    def _attach(self, opened: ExitStack) -> None:
        """The status first: it is told of the outputs until they are closed."""
        if self._settings.status:
            opened.callback(Status(self._settings.status, self._look).close)
        for outlet in self._outlets:
            opened.callback(outlet.close)
        if self._window:
            opened.callback(self._window.close)
            self._subjects.marking = True

    def drive(self, attend: Attend, told: Told) -> None:
        """Until the source ends or the user stops it."""
        deliver = Delivery(self._outlets, self._window, self._counts)
        controls = self._controls()
        press = self._press(controls)
        if not self._source.live:
            done = share_of(self._source)
            run_every_frame(
                self._source, self._pipeline, deliver, self._counts, press, lambda frame: told(done(frame))
            )
            if self._subjects.problem:
                raise self._subjects.problem
            return
        live = self._live(deliver)
        running = self._running(live, deliver, controls)
        reach(controls, live, running)
        self._opened.enter_context(attend(running))
        live.run(press)

    def summary(self, seconds: float) -> Summary:
        """What it did in that time."""
        return summed_up(self._source, self._counts, seconds, self._outlets, self._pipeline)

    def _look(self) -> Report:
        told = report(
            self._source.name, self._counts, self._pipeline.gate, self._outlets, live=self._source.live
        )
        refinement = asdict(self._tutor.standing) if self._tutor else None
        quarantine = self._pipeline.quarantine
        return {
            **told,
            "quarantine": {"on": quarantine.on, "frames": quarantine.frames, "times": quarantine.times},
            "quality": described(self._settings.quality, self._steering),
            "refinement": refinement,
        }

    def _controls(self) -> Controls:
        """The keys that every run has."""
        pointing = Pointing(self._subjects)
        controls = Controls(
            choose=pointing.choose,
            click=pointing.click,
            mirror=pointing.mirror,
            marks=self._subjects.marked,
        )
        if tutor := self._tutor:
            controls.refine, controls.refinement = tutor.refine_now, lambda: str(tutor.standing)
        reach_plate(controls, self._pipeline, at_once=self._settings.plate)
        return controls

    def _press(self, controls: Controls) -> Press:
        """What a key in the window does."""
        if not self._window:
            return go_on
        return open_preview(
            self._window, self._pipeline, controls, self._matte, self._look, self._watch
        ).press

    def _live(self, deliver: Delivery) -> Live:
        watched = self._window or self._settings.always_on
        demand = None if watched else demand_from(self._outlets)
        if demand:
            self._opened.callback(demand.close)
        return live_for(
            self._settings, self._source, self._pipeline, deliver, self._counts, demand, self._steering
        )

    def _running(self, live: Live, deliver: Delivery, controls: Controls) -> Running:
        applied = Applied(self._settings, live, self._source.size, self._subjects)
        return Running(
            applied,
            self._subjects,
            look=self._look,
            watch=deliver.tap,
            matte=self._matte.newest,
            crop=lambda: self._pipeline.gate.crop,
            stop=live.stop,
            refine=controls.refine,
            learn=controls.capture_plate,
            notice=controls.notice,
        )
