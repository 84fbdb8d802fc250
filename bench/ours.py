"""The measured process of softfocus itself: the frame path as `softfocus run` drives it.

python -m softfocus.bench.ours CASE, with the case as JSON; rounds.py tells what it then answers.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2

from ..realtime.frame import Frame
from ..realtime.governor.steering import Steering
from ..realtime.live.delivery import Counts, Delivery
from ..realtime.live.loop import Live
from ..realtime.live.outlet import Outlet
from ..realtime.matting.effort import Quality
from ..realtime.refine.open import tutor_for
from ..realtime.runs.frame_path import FramePath
from ..realtime.settings import Refine, RunSettings
from ..realtime.stopwatch import Stopwatch
from ..realtime.witnesses.open import open_inquiry
from .feeds import Camera, Held, Meter, Webcam
from .machine import descriptor_count, resident_mb, thread_count
from .rounds import Contestant, Length, Round, free_run, take_turns, taken

DEFAULTS = RunSettings()
KEEP = 100_000  # frames whose stage times a round may collect


@dataclass(frozen=True, slots=True)
class Case:
    """One way to run softfocus.

    clip    a video file as a webcam would deliver it
    memory  decode the clip beforehand and feed planes; what it holds is not counted as memory used
    paced   frames per second to feed at, through the live loop; None: as fast as they go
    sinks   how many take every frame; each keeps a copy of it, as a device would
    refine  the refiner that works beside, when paced
    """

    clip: str
    memory: bool = False
    paced: float | None = None
    sinks: int = 1
    refine: Refine = "off"
    model: str = DEFAULTS.model
    quality: Quality = DEFAULTS.quality
    threads: int = DEFAULTS.threads
    model_dirs: tuple[str, ...] = ()

    @property
    def settings(self) -> RunSettings:
        folders = tuple(Path(folder) for folder in self.model_dirs)
        return RunSettings(
            input=self.clip,
            model=self.model,
            threads=self.threads,
            model_dirs=folders,
            refine=self.refine,
            quality=self.quality,
        )


def start(name: str, case: Case) -> Contestant:
    """A process that runs the case, turn by turn."""
    return Contestant(name, [sys.executable, "-m", "softfocus.bench.ours", json.dumps(asdict(case))])


class Frames:
    """Frame after frame through the pipeline to the sinks, as fast as they go.

    Decoding and the pipeline share a thread; each sink has its own and takes every frame, as when
    `softfocus run` works through a recording.
    """

    def __init__(self, case: Case) -> None:
        self.watch = Stopwatch(keep=KEEP)
        self.feed: Held | Webcam = Webcam(case.clip)
        self._memory = case.memory
        size, settings = self.feed.size, case.settings
        tutor = tutor_for(settings, live=True)
        inquiry = open_inquiry(live=True, beside=case.paced is not None)
        self.pipeline = FramePath(settings, size, self.watch, tutor=tutor, inquiry=inquiry).pipeline()
        self.meters = [Meter(size) for _ in range(case.sinks)]
        self.counts = Counts()
        self._deliver = Delivery([Outlet(meter, lossless=True) for meter in self.meters], None, self.counts)
        while self.pipeline.gate.shut:
            self.frame()

    def frame(self) -> None:
        frame = self._read()
        self.counts.captured += 1
        composed = self.pipeline(frame)
        with self.watch.stage("deliver"):
            self._deliver(composed)

    def _read(self) -> Frame:
        """From memory there is nothing to decode, and nothing to time."""
        if isinstance(self.feed, Held):
            return self.feed.read()
        with self.watch.stage("decode"):
            return self.feed.read()

    def turn(self, length: Length) -> Round:
        """As long as asked, flat out."""
        self.load()
        shielded = self.counts.shielded
        measured = free_run(self.frame, length, watch=self.watch, held_mb=self.feed.megabytes)
        for meter in self.meters:
            meter.late.clear()
        return replace(measured, shielded=self.counts.shielded - shielded)

    def load(self) -> None:
        """Decode beforehand, where the case says so; after the first frame, for it is part of no start."""
        if self._memory and isinstance(self.feed, Webcam):
            self.feed = Held(self.feed, first=self.counts.captured)


class Call:
    """The live loop at a camera's pace, all its threads, as in a call.

    rate  frames per second
    """

    def __init__(self, case: Case, rate: float) -> None:
        self._frames = Frames(case)
        self._case = case
        self._rate = rate

    def turn(self, length: Length) -> Round:
        """As long as asked, at the camera's pace."""
        frames, watch = self._frames, self._frames.watch
        frames.load()
        count = max(length.frames, round(length.seconds * self._rate))
        camera = Camera(frames.feed, self._rate, count, watch)
        counts, meters = Counts(), [Meter(frames.feed.size) for _ in range(self._case.sinks)]
        outlets = [Outlet(meter) for meter in meters]
        auto = self._case.quality == "auto"
        steering = Steering(self._rate, frames.pipeline.spend) if auto else None
        live = Live(camera, frames.pipeline, Delivery(outlets, None, counts), counts, steering=steering)
        taken(watch)
        cpu, start = time.process_time_ns(), time.perf_counter_ns()
        live.run()
        for outlet in outlets:
            outlet.close()
        stages, work = taken(watch)
        return Round(
            wall=meters[0].late,
            cpu=(time.process_time_ns() - cpu) / 1e6,
            elapsed=(time.perf_counter_ns() - start) / 1e6,
            stages=stages,
            stage_cpu=work,
            dropped=counts.dropped + camera.missed + sum(outlet.dropped for outlet in outlets),
            shielded=counts.shielded,
            rss_mb=resident_mb(without=frames.feed.megabytes),
            threads=thread_count(),
            descriptors=descriptor_count(),
        )


def main() -> None:
    """The whole process."""
    case = Case(**json.loads(sys.argv[1]))
    cv2.setNumThreads(1)  # as `softfocus run` does
    take_turns(lambda: (Call(case, case.paced) if case.paced else Frames(case)).turn)


if __name__ == "__main__":
    main()
