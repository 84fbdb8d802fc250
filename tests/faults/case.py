"""One fault at one moment of a call: the real loop, from a camera to its sinks, and what came out of it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from faults.catalogue import Fault
from faults.injected import Device, Elsewhere, FaultySegmenter, FaultySink, Switch
from faults.room import RECOGNISABLE, SIZE, Scene, Truth, recognisable

from softfocus.models.segmenter import Segmenter
from softfocus.realtime.errors import CameraLost
from softfocus.realtime.frame import I420, Planes
from softfocus.realtime.gate.gate import Composed
from softfocus.realtime.live.delivery import Counts, Delivery
from softfocus.realtime.live.keeper import Kept
from softfocus.realtime.live.loop import Live
from softfocus.realtime.live.outlet import Outlet
from softfocus.realtime.matting.matting import Matting
from softfocus.realtime.matting.open import open_matting
from softfocus.realtime.pipeline import Pipeline
from softfocus.realtime.reason import Reason
from softfocus.realtime.runs.frame_path import FramePath
from softfocus.realtime.settings import Paint, RunSettings
from softfocus.realtime.sinks.null import Null
from softfocus.realtime.sinks.sink import Sink
from softfocus.realtime.witnesses.open import open_inquiry

PATIENCE = 20.0  # s until a loop that does not recover counts as dead
SETTLED = 10  # frames in a row that show the person


class Moment(Enum):
    """When the fault begins."""

    START_UP = "start-up"
    STEADY = "steady"
    CHANGING = "settings change"


@dataclass(frozen=True)
class Arrival:
    """A frame that left, and when: monotonic s."""

    seconds: float
    index: int
    shut: Reason | None
    raw: bool
    planes: Planes


class Recipient:
    """A sink that keeps all it gets."""

    name = "recipient"

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []

    def send(self, composed: Composed) -> None:
        seconds = time.monotonic()
        copy = I420(composed.size)
        np.copyto(copy.data, composed.data)
        self.arrivals.append(Arrival(seconds, composed.index, composed.shut, composed.raw, copy.planes))

    def close(self) -> None:
        pass

    def composed_since(self, moment: float) -> list[Arrival]:
        """The frames that show the person."""
        late = [arrival for arrival in self.arrivals if arrival.seconds > moment]
        return [arrival for arrival in late if not arrival.shut and not arrival.raw]


@dataclass(frozen=True)
class Outcome:
    """What came out.

    frames    all of them; shielded of these
    worst     how recognisable the room was in the worst frame that nobody asked to be raw
    leaks     in how many frames it was recognisable
    recovery  s from the end of the fault to the next frame that showed the person; None: there was none
    reasons   why the gate closed
    """

    frames: int
    shielded: int
    worst: float
    leaks: int
    recovery: float | None
    reasons: list[str] = field(default_factory=list)


class Case:
    """Runs it."""

    def __init__(self, fault: Fault, moment: Moment, scene: Scene, other: Scene) -> None:
        self._fault = fault
        self._moment = moment
        self._scene = scene
        self._truths: list[Truth] = []
        self._switch = Switch(Elsewhere(other))
        self._inquiry = open_inquiry(live=True, beside=False)
        self._recipient = Recipient()
        self._pipeline = Pipeline(self._matting(), FramePath(RunSettings(), SIZE).gate(), spare=self._matting)
        camera = Kept(
            Device(scene, self._truths, self._switch, fault.shot),
            self._reopened,
            changed=lambda: self._pipeline.start_over(Reason.SOURCE_CHANGED),
        )
        counts = Counts()
        self._outlets = [Outlet(self._recipient), Outlet(self._neighbour(), reopen=self._neighbour)]
        self._live = Live(camera, self._pipeline, Delivery(self._outlets, None, counts), counts, give_up=1.0)
        self._errors: list[BaseException] = []

    def run(self) -> Outcome:
        self._switch.on = self._moment is Moment.START_UP
        call = threading.Thread(target=self._call)
        call.start()
        try:
            end = self._go_wrong()
            self._wait_for_person(end)
        finally:
            self._switch.over.set()
            self._live.stop()
            call.join(PATIENCE)
            for outlet in self._outlets:
                outlet.close()
            self._inquiry.close()
        assert not call.is_alive(), "the loop does not end"
        assert not self._errors, self._errors
        return self._judged(end)

    def _call(self) -> None:
        try:
            self._live.run()
        except Exception as error:
            self._errors.append(error)

    def _go_wrong(self) -> float:
        """Let the fault begin and end; when it ended."""
        if self._moment is not Moment.START_UP:
            self._wait_for_person(0.0)
            time.sleep(0.4)
        if self._moment is Moment.CHANGING:
            self._live.change_backdrop(RunSettings(blur=30.0))
        self._switch.on = True
        self._change()
        time.sleep(self._fault.seconds)
        if self._fault.change == "raw":
            self._live.pass_through(False)
        self._switch.on = False
        return time.monotonic()

    def _change(self) -> None:
        match self._fault.change:
            case "blur":
                self._live.change_backdrop(RunSettings(blur=60.0))
            case "colour":
                self._live.change_backdrop(RunSettings(background=Paint(10, 60, 90)))
            case "raw":
                self._live.pass_through(True)
            case None:
                pass

    def _wait_for_person(self, since: float) -> None:
        until = time.monotonic() + PATIENCE
        while len(self._recipient.composed_since(since)) < SETTLED and time.monotonic() < until:
            time.sleep(0.02)

    def _matting(self) -> Matting:
        """As in a run, but both its models fail when they are told to."""
        return open_matting(SIZE, around=self._failing, inquiry=self._inquiry)

    def _failing(self, segmenter: Segmenter) -> Segmenter:
        return FaultySegmenter(segmenter, self._switch, self._fault.mask) if self._fault.mask else segmenter

    def _neighbour(self) -> Sink:
        if self._fault.sending:
            return FaultySink(Null(), self._switch, self._fault.sending)
        return Null()

    def _reopened(self) -> Device:
        if self._switch.on:
            raise CameraLost("test camera")
        return Device(self._scene, self._truths, self._switch, self._fault.shot, self._fault.lasting)

    def _judged(self, end: float) -> Outcome:
        arrivals = self._recipient.arrivals
        back = self._recipient.composed_since(end)
        seen = [
            self._recognisable(arrival) for arrival in arrivals if not (arrival.raw and arrival.seconds < end)
        ]
        return Outcome(
            frames=len(arrivals),
            shielded=sum(arrival.shut is not None for arrival in arrivals),
            worst=max(seen),
            leaks=sum(value > RECOGNISABLE for value in seen),
            recovery=back[0].seconds - end if len(back) >= SETTLED else None,
            reasons=[reason.name for reason in self._pipeline.gate.closings],
        )

    def _recognisable(self, arrival: Arrival) -> float:
        truth = self._truths[arrival.index] if arrival.index >= 0 else self._scene.truths[0]
        return recognisable(arrival.planes, truth, apart=arrival.shut is None)
