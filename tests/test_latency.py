"""A counter drawn into each frame and read where it comes out: what is seen is of the time it says, and
nothing waits behind anything.
"""

from __future__ import annotations

import threading
from dataclasses import replace

import counter
import cv2
import numpy as np
import pytest
from drawn import SIZE, frame
from played import Camera, Disc, gate, until

from softfocus.realtime.frame import I420, Frame
from softfocus.realtime.gate.gate import Composed
from softfocus.realtime.live.delivery import Counts, Delivery
from softfocus.realtime.live.loop import Live
from softfocus.realtime.live.outlet import Outlet
from softfocus.realtime.pipeline import Pipeline

BEHIND = 20  # frames that come while somebody is stuck


class Counting(Camera):
    """Draws each frame's number into it, as blocks of black and white."""

    def read(self, timeout: float) -> Frame | None:
        made = super().read(timeout)
        assert made
        planes = I420(SIZE).planes
        for plane, target in zip(frame().planes, planes, strict=True):
            np.copyto(target, plane)
        counter.draw(made.index, planes.y)
        self.given = made.index
        return replace(made, planes=planes)


class Reader:
    """A sink that reads the counter of each composed frame; `hold` is called with it and may wait."""

    name = "reader"

    def __init__(self) -> None:
        self.read: list[tuple[int, int]] = []  # the frame's own number, and the one in its picture
        self.hold = lambda seen: None

    def send(self, composed: Composed) -> None:
        if not composed.shut:
            seen = counter.read(np.asarray(cv2.blur(composed.planes.y, (3, 3)), np.uint8))
            self.read.append((composed.index, seen))
            self.hold(seen)

    def close(self) -> None:
        """Nothing is held open."""


class Call:
    """A live loop from a counting camera to a reader."""

    def __init__(self, matting: Disc) -> None:
        self.camera = Counting(rate=100)
        self.camera.given = 0
        self.reader = Reader()
        self.outlet = Outlet(self.reader)
        counts = Counts()
        # However long somebody is stuck, the watchdog is not what is looked at here.
        self.live = Live(
            self.camera,
            Pipeline(matting, gate()),
            Delivery([self.outlet], None, counts),
            counts,
            late=60,
            silence=60,
        )
        self.counts = counts
        self._thread = threading.Thread(target=self.live.run, daemon=True)

    def __enter__(self) -> Call:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.live.stop()
        self._thread.join(10)
        self.outlet.close()


def test_each_picture_is_of_the_frame_that_it_says() -> None:
    with Call(Disc()) as call:
        until(lambda: len(call.reader.read) > 30)
    assert all(index == seen for index, seen in call.reader.read)
    assert call.counts.usual > 0


@pytest.mark.parametrize("stuck", ["work", "sink"])
def test_behind_whoever_is_stuck_waits_one_frame_only(stuck: str) -> None:
    held: list[int] = []

    def wait(index: int) -> None:
        if index > 10 and not held:
            held.append(index)
            until(lambda: call.camera.given >= index + BEHIND)
            if stuck == "sink":
                until(lambda: call.outlet.dropped >= BEHIND // 2)
            held.append(call.camera.given)

    call = Call(Disc(lambda frame: wait(frame.index) if stuck == "work" else None))
    if stuck == "sink":
        call.reader.hold = wait
    with call:
        until(lambda: len(held) == 2 and call.reader.read[-1][1] > held[1])
    seen = [number for _, number in call.reader.read]
    first, newest = held
    after = next(number for number in seen if number > first)
    assert after >= (newest if stuck == "work" else first + BEHIND // 2) - 1, "all between were dropped"
