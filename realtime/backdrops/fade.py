"""From one backdrop to the next while the call goes on."""

from __future__ import annotations

import threading
from typing import Protocol, runtime_checkable

import cv2

from ..frame import I420, Frame, Planes, Size
from ..matte import Matte, place
from .backdrop import Backdrop, Joined, is_weak

SECONDS = 0.5  # of frame time that a change takes


@runtime_checkable
class Closing(Protocol):
    """A backdrop that holds a device, a file or a thread."""

    def close(self) -> None:
        """Let go of it, without waiting; from any thread, and twice is fine."""
        ...


class Fading:
    """A backdrop that may be exchanged for another, which is faded in over half a second.

    Both cover the whole frame, so what lies between them covers it too: the room is never seen, and
    nothing needs to be shielded meanwhile. A change that comes during another waits for its end; of
    several that wait the newest is taken.
    """

    def __init__(self, backdrop: Backdrop, size: Size, *, seconds: float = SECONDS) -> None:
        self._size = size
        self._seconds = seconds
        self._now, self._joined = backdrop, joined(backdrop)
        self._weak = is_weak(backdrop)
        self._coming: Backdrop | None = None
        self._waiting: Backdrop | None = None
        self._scratch: I420 | None = None  # only who changes needs it
        self._began: float | None = None  # the first frame of the change, s
        self._lock = threading.Lock()  # of `_waiting`

    def change(self, backdrop: Backdrop) -> None:
        """Go on with another backdrop, ready made and of the same size; from any thread."""
        with self._lock:
            passed_over, self._waiting = self._waiting, backdrop
        let_go(passed_over)

    @property
    def shown(self) -> tuple[Backdrop, ...]:
        """The one that stands there, or during a change both."""
        return (self._now, self._coming) if self._coming else (self._now,)

    @property
    def weak(self) -> bool:
        """Whether writing may be read through what stands there."""
        return self._weak

    def paint(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        if not self._coming and self._waiting:
            self._begin(frame.seconds)
        self._now.paint(frame, matte, onto)
        if self._coming:
            self._mix(self._coming, frame, matte, onto)

    def join(self, frame: Frame, matte: Matte, person: Planes, onto: Planes) -> None:
        """Paint, and over it the person, who is given inside of the matte's box."""
        alone = not (self._coming or self._waiting) and matte.box.x0 < matte.box.x1
        if alone and self._joined:
            self._joined.join(frame, matte, person, onto)
            return
        self.paint(frame, matte, onto)
        place(person, matte, onto)

    def close(self) -> None:
        """Let go of all that the backdrops hold."""
        for backdrop in (self._now, self._coming, self._waiting):
            let_go(backdrop)

    def _begin(self, seconds: float) -> None:
        with self._lock:
            self._coming, self._waiting = self._waiting, None
            self._weak = any(is_weak(each) for each in self.shown)
        self._scratch = self._scratch or I420(self._size)
        self._began = seconds

    def _mix(self, coming: Backdrop, frame: Frame, matte: Matte, onto: Planes) -> None:
        """The coming one over `onto`: all of it at the end, and then it is the only one."""
        assert self._scratch is not None
        assert self._began is not None
        share = min(1.0, abs(frame.seconds - self._began) / self._seconds)
        coming.paint(frame, matte, self._scratch.planes)
        for new, target in zip(self._scratch.planes, onto, strict=True):
            cv2.addWeighted(new, share, target, 1 - share, 0, dst=target)
        if share == 1.0:
            let_go(self._now)
            self._now, self._joined = coming, joined(coming)
            self._coming, self._scratch = None, None
            self._weak = is_weak(coming)


def joined(backdrop: Backdrop) -> Joined | None:
    """The backdrop, if it can join; to ask takes longer than many a step of a frame."""
    return backdrop if isinstance(backdrop, Joined) else None


def let_go(backdrop: Backdrop | None) -> None:
    """Of what it holds, if it holds anything."""
    if isinstance(backdrop, Closing):
        backdrop.close()
