"""libpipewire itself, as far as we call it.

By ctypes and not compiled: whoever has PipeWire has the library, but its headers only who builds programs,
and a wheel may not be linked to it. What the headers have as macros is in `structs` and `pod`.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from ctypes import CDLL, POINTER, c_char_p, c_int, c_size_t, c_uint32, c_void_p
from functools import cache
from typing import Any

from ..errors import NoPipeWire
from .structs import Buffer, Hook, StreamEvents

SONAME = "libpipewire-0.3.so.0"
QUIET = 0  # what goes wrong is told by events; PIPEWIRE_DEBUG brings the library's own lines back

FUNCTIONS: dict[str, tuple[type | None, tuple[type, ...]]] = {
    "pw_init": (None, (c_void_p, c_void_p)),
    "pw_log_set_level": (None, (c_int,)),
    "pw_get_library_version": (c_char_p, ()),
    "pw_properties_new_string": (c_void_p, (c_char_p,)),
    "pw_properties_set": (c_int, (c_void_p, c_char_p, c_char_p)),
    "pw_thread_loop_new": (c_void_p, (c_char_p, c_void_p)),
    "pw_thread_loop_destroy": (None, (c_void_p,)),
    "pw_thread_loop_get_loop": (c_void_p, (c_void_p,)),
    "pw_thread_loop_start": (c_int, (c_void_p,)),
    "pw_thread_loop_stop": (None, (c_void_p,)),
    "pw_thread_loop_lock": (None, (c_void_p,)),
    "pw_thread_loop_unlock": (None, (c_void_p,)),
    "pw_context_new": (c_void_p, (c_void_p, c_void_p, c_size_t)),
    "pw_context_destroy": (None, (c_void_p,)),
    "pw_context_connect": (c_void_p, (c_void_p, c_void_p, c_size_t)),
    "pw_context_connect_fd": (c_void_p, (c_void_p, c_int, c_void_p, c_size_t)),
    "pw_core_disconnect": (c_int, (c_void_p,)),
    "pw_proxy_destroy": (None, (c_void_p,)),
    "pw_stream_new": (c_void_p, (c_void_p, c_char_p, c_void_p)),
    "pw_stream_destroy": (None, (c_void_p,)),
    "pw_stream_add_listener": (None, (c_void_p, POINTER(Hook), POINTER(StreamEvents), c_void_p)),
    "pw_stream_connect": (c_int, (c_void_p, c_int, c_uint32, c_int, c_void_p, c_uint32)),
    "pw_stream_update_params": (c_int, (c_void_p, c_void_p, c_uint32)),
    "pw_stream_dequeue_buffer": (POINTER(Buffer), (c_void_p,)),
    "pw_stream_queue_buffer": (c_int, (c_void_p, POINTER(Buffer))),
    "pw_stream_trigger_process": (c_int, (c_void_p,)),
}


@cache
def library() -> Any:
    """The library, ready for use. Raises NoPipeWire where it is not installed."""
    try:
        loaded = CDLL(SONAME, use_errno=True)
        for name, (result, signature) in FUNCTIONS.items():
            function = getattr(loaded, name)
            function.restype, function.argtypes = result, signature
    except (OSError, AttributeError) as error:
        raise NoPipeWire(f"{SONAME} cannot be used ({error})") from error
    loaded.pw_init(None, None)
    if "PIPEWIRE_DEBUG" not in os.environ:
        loaded.pw_log_set_level(QUIET)
    return loaded


def new_properties(values: Mapping[str, str]) -> int:
    """A pw_properties; whom it is given to owns it."""
    made: int = library().pw_properties_new_string(b"")
    for key, value in values.items():
        library().pw_properties_set(made, key.encode(), value.encode())
    return made


class Params:
    """Pods in a row, as functions of the library take them; keep it until the call is over."""

    def __init__(self, pods: list[bytes]) -> None:
        self.count = len(pods)
        self._memory = [ctypes.create_string_buffer(pod, len(pod)) for pod in pods]
        self._row = (c_void_p * max(1, len(pods)))(*(ctypes.addressof(each) for each in self._memory))
        self.address = ctypes.addressof(self._row)
