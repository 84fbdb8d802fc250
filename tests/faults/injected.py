"""Real parts that can be made to fail: each wraps one, and does as it does until its fault is switched on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from faults.room import LENGTH, Scene, Truth

from softfocus.models.segmenter import Mask, Rgb, Segmenter
from softfocus.realtime.frame import Frame
from softfocus.realtime.gate.gate import Composed
from softfocus.realtime.sinks.sink import Sink
from softfocus.realtime.sources.file import VideoFile
from softfocus.realtime.sources.paced import Paced
from softfocus.realtime.sources.source import Source


class Shot(NamedTuple):
    """A frame, and what it really shows."""

    frame: Frame
    truth: Truth


@dataclass
class Switch:
    """Whether the fault is on.

    over       set when the test ends: whoever hangs may go
    elsewhere  gives frames of another scene
    """

    elsewhere: Callable[[Frame], Shot]
    on: bool = False
    over: threading.Event = field(default_factory=threading.Event)


SpoilMask = Callable[[Switch, Mask, int], Mask]  # the int counts what was spoilt before
SpoilShot = Callable[[Switch, Shot, int], Shot | None]
SpoilSending = Callable[[Switch], None]


class FaultySegmenter:
    """The real segmenter, whose masks are spoilt while the switch is on."""

    def __init__(self, real: Segmenter, switch: Switch, spoil: SpoilMask) -> None:
        self._real = real
        self._switch = switch
        self._spoil = spoil
        self._spoilt = 0
        self.name = real.name
        self.input_size = real.input_size

    def __call__(self, picture: Rgb) -> Mask:
        mask = self._real(picture)
        if not self._switch.on:
            self._spoilt = 0
            return mask
        self._spoilt += 1
        return self._spoil(self._switch, mask.copy(), self._spoilt - 1)

    def reset(self) -> None:
        self._real.reset()


class Device:
    """A camera that films a scene, played from disk at its own rate.

    truths  gets the truth of each frame that is given, in order; shared by all openings of the device
    spoil   what is wrong with its frames while the switch is on; lasting: on or off
    """

    live = True
    name = "test camera"

    def __init__(
        self,
        scene: Scene,
        truths: list[Truth],
        switch: Switch,
        spoil: SpoilShot | None = None,
        lasting: SpoilShot | None = None,
    ) -> None:
        self._scene = scene
        self._source: Source = Paced(VideoFile(str(scene.path), loop=True))
        self._truths = truths
        self._switch = switch
        self._spoil = spoil
        self._lasting = lasting
        self._spoilt = 0
        self.size = self._source.size
        self.rate = self._source.rate

    def read(self, timeout: float) -> Frame | None:
        frame = self._source.read(timeout)
        if frame is None:
            return None
        shot: Shot | None = Shot(frame, self._scene.truths[frame.index % LENGTH])
        if self._lasting:
            shot = self._lasting(self._switch, shot, 0)
        if self._spoil and self._switch.on and shot:
            self._spoilt += 1
            shot = self._spoil(self._switch, shot, self._spoilt - 1)
        if shot is None:
            return None
        self._truths.append(shot.truth)
        return shot.frame

    def close(self) -> None:
        self._source.close()


class Elsewhere:
    """Frames of another scene, at the time of those they are shown instead of."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._frames = self._film()

    def __call__(self, like: Frame) -> Shot:
        frame = next(self._frames)
        truth = self._scene.truths[frame.index % LENGTH]
        return Shot(replace(frame, index=like.index, captured_at=like.captured_at), truth)

    def _film(self) -> Iterator[Frame]:
        source = VideoFile(str(self._scene.path), loop=True)
        while frame := source.read(1.0):
            yield frame


class FaultySink:
    """A real sink that fails while the switch is on."""

    def __init__(self, real: Sink, switch: Switch, spoil: SpoilSending) -> None:
        self._real = real
        self._switch = switch
        self._spoil = spoil
        self.name = real.name

    def send(self, composed: Composed) -> None:
        if self._switch.on:
            self._spoil(self._switch)
        self._real.send(composed)

    def close(self) -> None:
        self._real.close()
