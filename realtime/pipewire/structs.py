"""What libpipewire and its SPA headers lay out in memory, and the numbers they give things.

Only what we touch; the names are those of the headers, less their prefixes. The library's interface 0.3
keeps all of them since 2020: newer fields come after older ones. A test compares them with the headers.
"""

from __future__ import annotations

from collections.abc import Callable
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_uint32,
    c_uint64,
    c_void_p,
)
from enum import IntEnum, IntFlag
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ctypes import _Pointer as Pointer  # pyright: ignore[reportPrivateUsage]

ANY = 0xFFFFFFFF  # PW_ID_ANY
INPUT, OUTPUT = 0, 1  # enum pw_direction
MEM_POINTER, MEM_FD, DMA_BUF = 1 << 1, 1 << 2, 1 << 3  # SPA_DATA_..., as bits of dataType
HEADER = 1  # SPA_META_Header
CORRUPTED = 1  # a flag of chunks


class State(IntEnum):
    """enum pw_stream_state."""

    ERROR = -1
    UNCONNECTED = 0
    CONNECTING = 1
    PAUSED = 2
    STREAMING = 3


class Flag(IntFlag):
    """enum pw_stream_flags."""

    AUTOCONNECT = 1 << 0
    MAP_BUFFERS = 1 << 2
    DRIVER = 1 << 3
    RT_PROCESS = 1 << 4
    DONT_RECONNECT = 1 << 7


class Chunk(Structure):
    """spa_chunk: which part of a buffer's memory is the picture."""

    _fields_ = (("offset", c_uint32), ("size", c_uint32), ("stride", c_int32), ("flags", c_int32))
    offset: int
    size: int
    stride: int
    flags: int


class Data(Structure):
    """spa_data: one block of memory."""

    _fields_ = (
        ("type", c_uint32),
        ("flags", c_uint32),
        ("fd", c_int64),
        ("mapoffset", c_uint32),
        ("maxsize", c_uint32),
        ("data", c_void_p),
        ("chunk", POINTER(Chunk)),
    )
    type: int
    fd: int
    mapoffset: int
    maxsize: int
    data: int | None
    chunk: Pointer[Chunk]


class Meta(Structure):
    """spa_meta: where something about a buffer's content stands."""

    _fields_ = (("type", c_uint32), ("size", c_uint32), ("data", c_void_p))
    type: int
    size: int
    data: int


class MetaHeader(Structure):
    """spa_meta_header; pts: ns of the monotonic clock."""

    _fields_ = (
        ("flags", c_uint32),
        ("offset", c_uint32),
        ("pts", c_int64),
        ("dts_offset", c_int64),
        ("seq", c_uint64),
    )
    flags: int
    offset: int
    pts: int
    dts_offset: int
    seq: int


class SpaBuffer(Structure):
    """spa_buffer."""

    _fields_ = (
        ("n_metas", c_uint32),
        ("n_datas", c_uint32),
        ("metas", POINTER(Meta)),
        ("datas", POINTER(Data)),
    )
    n_metas: int
    n_datas: int
    metas: Pointer[Meta]
    datas: Pointer[Data]


class Buffer(Structure):
    """pw_buffer, as far as all versions have it."""

    _fields_ = (("buffer", POINTER(SpaBuffer)), ("user_data", c_void_p), ("size", c_uint64))
    buffer: Pointer[SpaBuffer]


class Hook(Structure):
    """spa_hook: the library's note of a listener, in our memory."""

    _fields_ = (("private", c_void_p * 6),)


class DictItem(Structure):
    """spa_dict_item."""

    _fields_ = (("key", c_char_p), ("value", c_char_p))
    key: bytes
    value: bytes | None


class Dict(Structure):
    """spa_dict."""

    _fields_ = (("flags", c_uint32), ("n_items", c_uint32), ("items", POINTER(DictItem)))
    n_items: int
    items: Pointer[DictItem]


class Interface(Structure):
    """spa_interface: what a core, registry or node begins with; methods are found by their number."""

    _fields_ = (
        ("type", c_char_p),
        ("version", c_uint32),
        ("funcs", c_void_p),
        ("data", c_void_p),
    )
    funcs: int
    data: int


StateChanged = CFUNCTYPE(None, c_void_p, c_int, c_int, c_char_p)
ParamChanged = CFUNCTYPE(None, c_void_p, c_uint32, c_void_p)
Process = CFUNCTYPE(None, c_void_p)


class StreamEvents(Structure):
    """pw_stream_events."""

    _fields_ = (
        ("version", c_uint32),
        ("destroy", c_void_p),
        ("state_changed", StateChanged),
        ("control_info", c_void_p),
        ("io_changed", c_void_p),
        ("param_changed", ParamChanged),
        ("add_buffer", c_void_p),
        ("remove_buffer", c_void_p),
        ("process", Process),
        ("drained", c_void_p),
        ("command", c_void_p),
        ("trigger_done", c_void_p),
    )


CoreDone = CFUNCTYPE(None, c_void_p, c_uint32, c_int)
CoreError = CFUNCTYPE(None, c_void_p, c_uint32, c_int, c_int, c_char_p)


class CoreEvents(Structure):
    """pw_core_events, version 0."""

    _fields_ = (
        ("version", c_uint32),
        ("info", c_void_p),
        ("done", CoreDone),
        ("ping", c_void_p),
        ("error", CoreError),
        ("remove_id", c_void_p),
        ("bound_id", c_void_p),
        ("add_mem", c_void_p),
        ("remove_mem", c_void_p),
    )


Global = CFUNCTYPE(None, c_void_p, c_uint32, c_uint32, c_char_p, c_uint32, POINTER(Dict))
GlobalRemove = CFUNCTYPE(None, c_void_p, c_uint32)


class RegistryEvents(Structure):
    """pw_registry_events."""

    _fields_ = (("version", c_uint32), ("global_", Global), ("global_remove", GlobalRemove))


NodeParam = CFUNCTYPE(None, c_void_p, c_int, c_uint32, c_uint32, c_uint32, c_void_p)


class NodeEvents(Structure):
    """pw_node_events."""

    _fields_ = (("version", c_uint32), ("info", c_void_p), ("param", NodeParam))


class CoreMethod(IntEnum):
    """PW_CORE_METHOD_..."""

    ADD_LISTENER = 0
    SYNC = 2
    GET_REGISTRY = 5


class RegistryMethod(IntEnum):
    """PW_REGISTRY_METHOD_..."""

    ADD_LISTENER = 0
    BIND = 1


class NodeMethod(IntEnum):
    """PW_NODE_METHOD_..."""

    ADD_LISTENER = 0
    ENUM_PARAMS = 2


def method(interface: int, number: IntEnum, result: type | None, *signature: type) -> Callable[..., Any]:
    """A method of the interface at that address; the headers have these as macros, the library not at all."""
    head = Interface.from_address(interface)
    address = c_void_p.from_address(head.funcs + 8 * (1 + number)).value
    function = CFUNCTYPE(result, c_void_p, *signature)(address or 0)
    return partial(function, head.data)
