"""A connection to PipeWire, with the thread that the library answers on."""

from __future__ import annotations

import ctypes
import errno
import os
import threading
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from ctypes import c_int, c_uint32, c_void_p
from enum import IntEnum

from ..errors import NoPipeWire
from .library import library
from .structs import CoreDone, CoreError, CoreEvents, CoreMethod, Hook, method

ANSWER = 3.0  # s that PipeWire may take to answer
NAME = b"softfocus"


class Connection:
    """What is registered here is called back on the library's own thread, while nobody holds the lock.

    fd       of a connection that somebody else made, as the Camera portal does; it becomes ours
    on_lost  is told, on that thread, that PipeWire is gone

    lost  why nothing comes any more; None while the connection stands
    core  where the library keeps it

    Raises NoPipeWire.
    """

    def __init__(self, fd: int | None = None, on_lost: Callable[[], None] = lambda: None) -> None:
        self.lost: str | None = None
        self._on_lost = on_lost
        self._asked = self._answer = -1
        self._answers = threading.Condition()
        pw = library()
        self._loop: int = pw.pw_thread_loop_new(NAME, None)
        context: int = pw.pw_context_new(pw.pw_thread_loop_get_loop(self._loop), None, 0)
        ctypes.set_errno(0)
        core = connected(context, fd)
        number = ctypes.get_errno() or errno.ECONNREFUSED
        self._finish = weakref.finalize(self, end, self._loop, context, core)
        if not core:
            self._finish()
            raise NoPipeWire(f"it does not answer ({os.strerror(number).lower()})")
        self.core = core
        self._kept: list[object] = []
        self._hook = Hook()
        self._events = CoreEvents(done=CoreDone(self._done), error=CoreError(self._error))
        listen(core, CoreMethod.ADD_LISTENER, self._hook, self._events)
        pw.pw_thread_loop_start(self._loop)

    def keep(self, *called: object) -> None:
        """As long as the connection: the library may call it while that ends."""
        self._kept += called

    @contextmanager
    def locked(self) -> Generator[None]:
        """No callback comes meanwhile; what is called in the library is called in here."""
        library().pw_thread_loop_lock(self._loop)
        try:
            yield
        finally:
            library().pw_thread_loop_unlock(self._loop)

    def settle(self) -> None:
        """Wait until PipeWire has answered all that was asked so far. Raises NoPipeWire."""
        with self.locked():
            self._asked = method(self.core, CoreMethod.SYNC, c_int, c_uint32, c_int)(0, 0)
        with self._answers:
            came = self._answers.wait_for(lambda: self.lost or self._answer == self._asked, ANSWER)
        if self.lost or not came:
            raise NoPipeWire(self.lost or f"it gave no answer for {ANSWER:g} s")

    def close(self) -> None:
        """Let go; closing twice is fine. All streams on it must be closed before."""
        self._finish()

    def _done(self, _: object, about: int, number: int) -> None:
        with self._answers:
            if about == 0:
                self._answer = number
                self._answers.notify_all()

    def _error(self, _: object, about: int, number: int, result: int, message: bytes | None) -> None:
        """Of a thing (a stream tells its own), or of the connection itself."""
        if about != 0 or result != -errno.EPIPE:
            return
        with self._answers:
            self.lost = "it has ended"
            self._answers.notify_all()
        self._on_lost()


def connected(context: int, fd: int | None) -> int | None:
    """A core; None where nobody answers."""
    if not context:
        return None
    pw = library()
    core: int | None
    if fd is None:
        core = pw.pw_context_connect(context, None, 0)
    else:
        core = pw.pw_context_connect_fd(context, fd, None, 0)
    return core


def listen(interface: int, add_listener: IntEnum, hook: Hook, events: ctypes.Structure) -> None:
    """Have the events of a core, registry or node called. Both structures must stay while it lives."""
    add = method(interface, add_listener, c_int, c_void_p, c_void_p, c_void_p)
    add(ctypes.addressof(hook), ctypes.addressof(events), None)


def end(loop: int, context: int, core: int | None) -> None:
    """Also while the program ends: no callback may come to a Python that is gone."""
    pw = library()
    pw.pw_thread_loop_stop(loop)
    if core:
        pw.pw_core_disconnect(core)
    if context:
        pw.pw_context_destroy(context)
    pw.pw_thread_loop_destroy(loop)
