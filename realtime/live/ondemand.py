"""Pictures on demand: the webcam runs while somebody watches, and rests while nobody does."""

from __future__ import annotations

import logging
import select
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from ..errors import SinkError
from ..frame import Frame
from ..sources.source import Source
from .outlet import Outlet
from .tolerant import Tolerant

if TYPE_CHECKING:
    from .watchers import Watchers

log = logging.getLogger(__name__)

LOOK = 0.03  # s between two looks whether one who came takes pictures
LINGER = 1.0  # s the webcam stays on after the last one left: programs reopen when their settings change


class Steadied:
    """Follows a yes or no once it lasted; begins with no.

    rise, fall  s a yes, a no must last
    """

    def __init__(self, rise: float, fall: float) -> None:
        self.value = False
        self.due: float | None = None  # when it turns, if nothing happens until then
        self._wait = {True: rise, False: fall}

    def __call__(self, now: bool, seconds: float, *, sure: bool = False) -> bool:
        """What holds `seconds` after some start; `sure`: `now` need not last."""
        if sure:
            self.value, self.due = now, None
        elif now is self.value:
            self.due = None
        elif self.due is None:
            self.due = seconds + self._wait[now]
        if self.due is not None and seconds >= self.due:
            self.value, self.due = now, None
        return self.value


class Demand:
    """Whether anybody watches any of the virtual cameras. One thread asks."""

    def __init__(self, audiences: Sequence[Watchers], linger: float = LINGER) -> None:
        self._audiences = {each.fd: each for each in audiences}
        self._present = {each.fd: each.present() for each in audiences}
        self._wanted = {each.fd: Steadied(each.settle, linger) for each in audiences}
        self._poll = select.poll()  # select(2) knows descriptors below 1024 only
        for fd in self._audiences:
            self._poll.register(fd, select.POLLIN | select.POLLPRI)

    def __call__(self, timeout: float) -> bool:
        """Whether pictures are wanted; while they are not, waits up to `timeout` s until they are."""
        until = time.monotonic() + timeout
        while not (wanted := self._look()) and (left := until - time.monotonic()) > 0:
            self._wait(left)
        return wanted

    def close(self) -> None:
        for each in self._audiences.values():
            each.close()

    def _look(self) -> bool:
        self._wait(0)
        now = time.monotonic()
        return any([self._wants(fd, now) for fd in self._wanted])

    def _wants(self, fd: int, now: float) -> bool:
        wanted, present = self._wanted[fd], self._present[fd]
        sure = present and not wanted.value and self._audiences[fd].streaming()
        return wanted(present, now, sure=sure)

    def _wait(self, timeout: float) -> None:
        """Until somebody comes or goes, or it is time to believe it; up to `timeout` s."""
        due = [wanted.due - time.monotonic() for wanted in self._wanted.values() if wanted.due is not None]
        looks = [LOOK for fd, wanted in self._wanted.items() if self._present[fd] and not wanted.value]
        for fd, _ in self._poll.poll(1000 * max(0.0, min([timeout, *due, *looks]))):
            self._present[fd] = self._audiences[fd].present()


def demand_for(devices: Sequence[str], nodes: Sequence[Watchers] = ()) -> Demand:
    """Watch over those who watch these virtual cameras: devices, and nodes of PipeWire's, which tell it."""
    from .watchers import watchers_of  # Linux only

    return Demand([*map(watchers_of, devices), *nodes])


def demand_from(outlets: Sequence[Outlet]) -> Demand | None:
    """Who watches; None where some output cannot tell: files and other systems' cameras always take."""
    from ..sinks.camera_node import CameraNode
    from ..sinks.virtual_camera import VirtualCamera

    devices = [outlet.sink.device for outlet in outlets if isinstance(outlet.sink, VirtualCamera)]
    nodes = [outlet.sink.audience for outlet in outlets if isinstance(outlet.sink, CameraNode)]
    if not sys.platform.startswith("linux") or len(devices) + len(nodes) < max(1, len(outlets)):
        return None
    try:
        return demand_for(devices, nodes)
    except SinkError as error:
        log.warning("the webcam stays on: %s", error)
        return None


class Camera(Source, Protocol):
    """A source that can let go of its device for a while."""

    def let_go(self) -> None:
        """Release the device; the next `read` opens it again."""
        ...


class OnDemand:
    """A camera that runs while somebody watches, and whose light is off while nobody does.

    wanted   says whether pictures are wanted, waiting up to so many s until they are
    resting  whether it is off because nobody watches
    """

    live = True

    def __init__(self, camera: Camera, wanted: Callable[[float], bool]) -> None:
        self.name = camera.name
        self.size = camera.size
        self.rate = camera.rate
        self.resting = False
        self._camera = camera
        self._wanted = wanted
        self._tolerant = Tolerant()

    def read(self, timeout: float) -> Frame | None:
        """As Source says; None, too, while nobody watches."""
        wait = timeout if self.resting else 0
        # Who cannot be asked may be there.
        if self._tolerant("asking who watches", lambda: self._wanted(wait), otherwise=True):
            self.resting = False
            return self._camera.read(timeout)
        if not self.resting:
            self.resting = True
            self._camera.let_go()
        return None

    def close(self) -> None:
        self._camera.close()
