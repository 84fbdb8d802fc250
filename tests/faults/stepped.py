"""One fault, frame by frame and without a clock: the same on each machine, whichever frames it would drop."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from faults.catalogue import Fault
from faults.injected import FaultySegmenter, Shot, Switch
from faults.room import LENGTH, RATE, RECOGNISABLE, SIZE, Scene, recognisable

from softfocus.realtime.frame import I420, Frame
from softfocus.realtime.matting.effort import Effort
from softfocus.realtime.matting.matting import Matting
from softfocus.realtime.matting.open import open_matting
from softfocus.realtime.pipeline import Pipeline
from softfocus.realtime.runs.frame_path import FramePath
from softfocus.realtime.settings import RunSettings
from softfocus.realtime.sources.file import VideoFile

AFTERWARDS = 1.0  # s that are looked at when it is over
LATER = 1.3  # s before the latest beginning
NEXT = (1, 1, 1, 2, 2, 3)  # frames from one that is worked on to the next, on a busy machine


@cache
def film_of(path: Path) -> list[Frame]:
    """All frames of a scene, in memory."""
    source = VideoFile(str(path))
    frames: list[Frame] = []
    for _ in range(LENGTH):
        frame = source.read(1.0)
        assert frame
        copy = I420(frame.size)
        for plane, onto in zip(frame.planes, copy.planes, strict=True):
            onto[:] = plane
        frames.append(replace(frame, planes=copy.planes))
    source.close()
    return frames


def leaks(fault: Fault, effort: Effort, scene: Scene, seed: int) -> list[tuple[float, float]]:
    """When the room was recognisable, s since the fault began, and how much so.

    seed  of when it begins (an odd one: with the call) and which frames are worked on (a multiple of 4: all)
    """
    chance = random.Random(seed)
    begin = 0.0 if seed % 2 else chance.uniform(0.3, LATER)
    switch = Switch(nowhere)
    switch.over.set()  # who would wait does not
    pipeline = Pipeline(matting(fault, effort, switch), FramePath(RunSettings(), SIZE).gate())
    film, first = film_of(scene.path), chance.randrange(LENGTH)
    seen: list[tuple[float, float]] = []
    index, spoilt = first, 0
    while (seconds := (index - first) / RATE - begin) < fault.seconds + AFTERWARDS:
        switch.on = 0 <= seconds < fault.seconds
        captured_at = 1_000_000_000 + round(1e9 * index / RATE)
        frame = replace(film[index % LENGTH], index=index, captured_at=captured_at)
        shot = Shot(frame, scene.truths[index % LENGTH])
        if fault.shot and switch.on:
            shot = fault.shot(switch, shot, spoilt) or shot
            spoilt += 1
        composed = pipeline(shot.frame)
        trace = recognisable(composed.planes, shot.truth, apart=composed.shut is None)
        composed.release()
        if trace > RECOGNISABLE:
            seen.append((seconds, trace))
        index += chance.choice(NEXT) if seed % 4 else 1
    return seen


def matting(fault: Fault, effort: Effort, switch: Switch) -> Matting:
    """As in a run, but its models' masks are spoilt while the switch is on."""
    if fault.mask is None:
        return open_matting(SIZE, effort=effort)
    return open_matting(SIZE, around=partial(FaultySegmenter, switch=switch, spoil=fault.mask), effort=effort)


def nowhere(like: Frame) -> Shot:
    raise AssertionError("none of these faults is of another scene")
