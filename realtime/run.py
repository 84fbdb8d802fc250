"""One run from its settings: opens everything, drives it, closes everything, tells what happened."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import cv2

from ..models.device import open_on
from ..models.manifest import DEFAULT_MODEL
from .backdrops.open import behind, open_backdrop
from .compose import Compositor
from .control.running import Running
from .errors import BadSetting, NoDisplay
from .frame import Size
from .gate.gate import Gate
from .governor.steering import Steering, described
from .live.delivery import Counts, Delivery
from .live.keeper import Kept
from .live.loop import Live, go_on, run_every_frame
from .live.ondemand import Demand, OnDemand, demand_from
from .live.outlet import Outlet
from .matting.effort import LADDER, LEVELS
from .matting.matting import MatteSettings, Matting
from .matting.proof import Proven
from .pipeline import Pipeline
from .preview.controls import Controls
from .preview.matte import MatteCopy
from .preview.open import open_preview, reach, reach_plate
from .preview.pointing import Pointing
from .reason import Reason
from .refine.lessons import Lessons
from .refine.open import tutor_for
from .refine.tutor import Tutor
from .settings import RunSettings
from .sinks.open import open_sink
from .sinks.sink import Sink
from .sinks.window import Window
from .sources.open import open_source, reopener
from .sources.source import Source
from .status import Report, Status, report
from .stopwatch import Stopwatch
from .subjects.errors import SubjectError
from .subjects.subjects import Subjects

log = logging.getLogger(__name__)

CLOSE_MODEL = "selfie-square"  # looks closely at the people whom the default model finds


@dataclass(slots=True)
class Summary:
    """What a run did.

    seconds   wall clock, from the first frame to the end
    sent      frames by sink; late: frames dropped by sink because it was too slow
    failed    what went wrong with sinks, by sink
    closings  how often the gate shut, by reason; shut_for: s, by reason
    late_by   ms from a frame's capture until it left, usually, in a live run; 0 for a recording
    """

    source: str
    counts: Counts
    seconds: float
    sent: Mapping[str, int] = field(default_factory=dict[str, int])
    late: Mapping[str, int] = field(default_factory=dict[str, int])
    failed: Mapping[str, str] = field(default_factory=dict[str, str])
    closings: Mapping[Reason, int] = field(default_factory=dict[Reason, int])
    shut_for: Mapping[Reason, float] = field(default_factory=dict[Reason, float])
    late_by: float = 0.0

    def __str__(self) -> str:
        """One line for people."""
        told = [f"{self.counts.composed} frames composed in {self.seconds:.1f} s ({self.fps:.1f} a second)"]
        told += [f"{self.counts.shielded} shielded"] if self.counts.shielded else []
        told += [f"{self.counts.dropped} dropped"] if self.counts.dropped else []
        told += [f"{late} too late for {name}" for name, late in self.late.items()]
        told += [f"the picture is late: delay your audio by {self.late_by:.0f} ms"] if self.late_by else []
        told += [f"{self.counts.raw} NOT BLURRED"] if self.counts.raw else []
        told += [f"{name} failed: {why}" for name, why in self.failed.items()]
        told += [
            f"gate shut {times}x, {self.shut_for.get(reason, 0):.1f} s: {reason}"
            for reason, times in self.closings.items()
        ]
        return "; ".join(told)

    @property
    def fps(self) -> float:
        counts = self.counts
        return (counts.composed + counts.shielded + counts.raw) / self.seconds if self.seconds else 0.0


def run(
    settings: RunSettings, attend: Callable[[Running], AbstractContextManager[object]] = nullcontext
) -> Summary:
    """Run until the source ends or the user stops it. Raises SoftfocusError with what to do about it.

    attend  is entered for as long as a live run goes on, with what reaches it from outside
    """
    if settings.status == "-" and "-" in settings.outputs:
        raise BadSetting("--status", "standard output takes the video already; give a file")
    refuse_input_as_output(settings)
    cv2.setNumThreads(1)  # planes this small gain nothing from more, and spinning threads cost a core
    with ExitStack() as opened:
        source = open_source(settings.input, size=settings.size, rate=settings.rate, paced=settings.realtime)
        opened.callback(source.close)
        log.info("from %s", source.name)
        subjects = subjects_for(settings, source.size, live=source.live)
        tutor = tutor_for(settings, live=source.live)
        if tutor:
            opened.callback(tutor.close)
        watch = Stopwatch()
        pipeline = pipeline_for(settings, source.size, watch, subjects, tutor)
        opened.callback(pipeline.gate.close_backdrop)
        pipeline.witness = matte = MatteCopy(source.size)
        counts = Counts()
        governed = source.live and settings.quality == "auto"
        steering = Steering(source.rate, pipeline.spend) if governed else None
        outlets, window = outputs_for(settings, source)

        def look() -> Report:
            told = report(source.name, counts, pipeline.gate, outlets, live=source.live)
            refinement = asdict(tutor.standing) if tutor else None
            return {**told, "quality": described(settings.quality, steering), "refinement": refinement}

        if settings.status:
            status = Status(settings.status, look)
            opened.callback(status.close)
        for outlet in outlets:
            opened.callback(outlet.close)
        if window:
            opened.callback(window.close)
            subjects.marking = True
        start = time.monotonic()
        try:
            demand = demand_from(outlets) if source.live and not (window or settings.always_on) else None
            if demand:
                opened.callback(demand.close)
            deliver = Delivery(outlets, window, counts)
            pointing = Pointing(subjects)
            controls = Controls(choose=pointing.choose, click=pointing.click, marks=subjects.marked)
            if tutor:
                controls.refine, controls.refinement = tutor.refine_now, lambda: str(tutor.standing)
            reach_plate(controls, pipeline, at_once=settings.plate)
            press = open_preview(window, pipeline, controls, matte, look, watch).press if window else go_on
            live = live_for(settings, source, pipeline, deliver, counts, demand, steering)
            if live:
                applied = Applied(settings, live, source.size, subjects)
                running = Running(
                    applied,
                    subjects,
                    look=look,
                    watch=deliver.tap,
                    matte=matte.newest,
                    crop=lambda: pipeline.gate.crop,
                    stop=live.stop,
                )
                reach(controls, live, running)
                opened.enter_context(attend(running))
                live.run(press)
            else:
                run_every_frame(source, pipeline, deliver, counts, press)
                if subjects.problem:
                    raise subjects.problem
        finally:
            opened.close()
            summary = summed_up(source, counts, time.monotonic() - start, outlets, pipeline.gate)
            log.info("%s", summary)
    return summary


def refuse_input_as_output(settings: RunSettings) -> None:
    """A recording that is opened for writing is empty at once. Raises BadSetting."""
    read = Path(settings.input)
    for output in settings.outputs:
        if read.is_file() and Path(output).exists() and read.samefile(output):
            raise BadSetting("--output", f"{output} is the file that is read; write to another one")


def live_for(
    settings: RunSettings,
    source: Source,
    pipeline: Pipeline,
    deliver: Delivery,
    counts: Counts,
    demand: Demand | None,
    steering: Steering | None,
) -> Live | None:
    """What drives frames at the source's pace; None for a source that waits for us."""
    if not source.live:
        return None
    camera = kept(settings, source, pipeline)
    if demand:
        resting = OnDemand(camera, lambda timeout: deliver.tapped or demand(timeout))
        return Live(resting, pipeline, deliver, counts, resting=lambda: resting.resting, steering=steering)
    return Live(camera, pipeline, deliver, counts, steering=steering)


class Applied:
    """The settings of a live run as they are now, and how those that may change are put into effect."""

    def __init__(self, settings: RunSettings, live: Live, size: Size, subjects: Subjects) -> None:
        self.size = size
        self._settings = settings
        self._live = live
        self._subjects = subjects

    @property
    def settings(self) -> RunSettings:
        return replace(self._settings, subject=self._subjects.current)  # a key or a click may have changed it

    def change(self, now: RunSettings) -> None:
        """Raises SoftfocusError, and nothing has changed then."""
        before = self.settings
        if behind(before) != behind(now):
            self._live.change_backdrop(now)
        if before.subject != now.subject:
            self._choose(before, now)
        if before.frame != now.frame:
            self._live.frame(now.frame)
        if before.background != now.background:
            self._live.pass_through(False)
        self._settings = now

    def _choose(self, before: RunSettings, now: RunSettings) -> None:
        try:
            self._subjects.choose(now.subject)
        except SubjectError:
            self._live.change_backdrop(before)
            raise


def kept(settings: RunSettings, source: Source, pipeline: Pipeline) -> Kept:
    """A camera that may leave and come back; each return is a new scene to the pipeline."""
    reopen = reopener(source, settings.input, size=settings.size, rate=settings.rate, paced=settings.realtime)
    return Kept(source, reopen, changed=lambda: pipeline.start_over(Reason.SOURCE_CHANGED))


def subjects_for(settings: RunSettings, size: Size, *, live: bool) -> Subjects:
    """Who of the people is shown; left and right are those of the window."""
    return Subjects(
        size, settings.subject, flipped=settings.mirror, asks=settings.subject_model, eager=not live
    )


def pipeline_for(
    settings: RunSettings,
    size: Size,
    watch: Stopwatch | None = None,
    subjects: Subjects | None = None,
    tutor: Tutor | None = None,
) -> Pipeline:
    """Everything between a frame and a composed one."""
    return Pipeline(
        matting_for(settings, size, watch, subjects, tutor),
        gate_for(settings, size, watch),
        watch=watch,
        spare=Spare(settings, size, watch, subjects, tutor),
    )


class Spare:
    """Makes another matte path for one that failed: once as it was asked for, then the bundled one."""

    def __init__(
        self,
        settings: RunSettings,
        size: Size,
        watch: Stopwatch | None = None,
        subjects: Subjects | None = None,
        tutor: Tutor | None = None,
    ) -> None:
        self._settings = settings
        self._subjects = subjects
        self._tutor = tutor
        self._size = size
        self._watch = watch
        self._made = 0

    def __call__(self) -> Matting:
        self._made += 1
        if self._made > 1 and self._settings.model != DEFAULT_MODEL:
            log.error("model %s keeps failing; going on with %s", self._settings.model, DEFAULT_MODEL)
            self._settings = replace(self._settings, model=DEFAULT_MODEL, model_dirs=())
        return matting_for(self._settings, self._size, self._watch, self._subjects, self._tutor)


def matting_for(
    settings: RunSettings,
    size: Size,
    watch: Stopwatch | None = None,
    subjects: Subjects | None = None,
    tutor: Tutor | None = None,
) -> Matting:
    """The matte path that the settings ask for."""
    segmenter = open_on(
        settings.device, settings.model, threads=settings.threads, model_dirs=settings.model_dirs
    )
    close: Proven | None = None
    if settings.model == DEFAULT_MODEL:
        close = Proven(open_on(settings.device, CLOSE_MODEL, threads=settings.threads))
    wanted = MatteSettings(grow=settings.grow, feather=settings.feather)
    return Matting(
        Proven(segmenter),
        size,
        close=close,
        lessons=Lessons(tutor) if tutor else None,
        settings=wanted,
        subjects=subjects,
        effort=LADDER[LEVELS[settings.quality]].effort,
        watch=watch,
    )


def gate_for(settings: RunSettings, size: Size, watch: Stopwatch | None = None) -> Gate:
    """The gate, with the backdrop that the settings ask for."""
    gate = Gate(Compositor(open_backdrop(settings, size), size, watch=watch), size)
    gate.pass_through(settings.background == "none")
    gate.frame(settings.frame)
    return gate


def outputs_for(settings: RunSettings, source: Source) -> tuple[list[Outlet], Window | None]:
    """All outputs, opened; the window apart, since it lives on the main thread. Where there is no display
    the others go on without it.
    """
    outlets: list[Outlet] = []
    window: Window | None = None
    try:
        for spec in settings.outputs:
            try:
                sink = open_sink(spec, source.size, source.rate, mirrored=settings.mirror)
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


def summed_up(
    source: Source, counts: Counts, seconds: float, outlets: Sequence[Outlet], gate: Gate
) -> Summary:
    return Summary(
        source=source.name,
        counts=counts,
        seconds=seconds,
        sent={outlet.sink.name: outlet.sent for outlet in outlets},
        late={outlet.sink.name: outlet.dropped for outlet in outlets if outlet.dropped},
        failed={outlet.sink.name: str(outlet.error) for outlet in outlets if outlet.error},
        closings=dict(gate.closings),
        shut_for={reason: ns * 1e-9 for reason, ns in gate.shut_for.items()},
        late_by=counts.usual * 1e-6 if source.live else 0.0,
    )
