"""What is connected to PipeWire: the cameras, and what they offer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from ctypes import c_char_p, c_int, c_size_t, c_uint32, c_void_p
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import pod
from .connection import Connection, listen
from .library import library
from .structs import (
    CoreMethod,
    Dict,
    Global,
    GlobalRemove,
    Hook,
    NodeEvents,
    NodeMethod,
    NodeParam,
    RegistryEvents,
    RegistryMethod,
    method,
)
from .video import ENUM_FORMAT

if TYPE_CHECKING:
    from ctypes import _Pointer as Pointer  # pyright: ignore[reportPrivateUsage]

NODE = b"PipeWire:Interface:Node"
NODE_VERSION, REGISTRY_VERSION = 3, 3
OURS = "softfocus"  # begins the names of the cameras that we publish
ALL = 1000  # formats of one camera


@dataclass(frozen=True, slots=True)
class Node:
    """Something that gives pictures.

    number  PipeWire's, which is another one when it comes back; name  the same then
    label   what people call it
    camera  it gives itself out for one; others are screens, and films of other programs
    serial  no other thing ever has the same
    """

    number: int
    name: str
    label: str
    camera: bool
    serial: str


class Registry:
    """The sources of pictures that are there; kept up to date while the connection stands.

    on_gone   is told the number of whatever left, on the connection's thread
    patience  s to wait for the first: who comes through the portal is shown cameras a moment later
    """

    def __init__(
        self,
        connection: Connection,
        on_gone: Callable[[int], None] = lambda number: None,
        *,
        patience: float = 0.0,
    ) -> None:
        self._connection = connection
        self._came_in = threading.Event()
        self._on_gone = on_gone
        self._nodes: dict[int, Node] = {}
        self._hook = Hook()
        self._events = RegistryEvents(global_=Global(self._came), global_remove=GlobalRemove(self._left))
        connection.keep(self._hook, self._events)
        with connection.locked():
            get = method(connection.core, CoreMethod.GET_REGISTRY, c_void_p, c_uint32, c_size_t)
            self._registry: int = get(REGISTRY_VERSION, 0)
            listen(self._registry, RegistryMethod.ADD_LISTENER, self._hook, self._events)
        connection.settle()
        self._came_in.wait(patience)

    @property
    def nodes(self) -> list[Node]:
        with self._connection.locked():
            return sorted(self._nodes.values(), key=lambda node: node.number)

    def formats(self, node: Node) -> list[bytes]:
        """What it offers, each a pod. Raises NoPipeWire."""
        with self._connection.locked():
            bind = method(
                self._registry, RegistryMethod.BIND, c_void_p, c_uint32, c_char_p, c_uint32, c_size_t
            )
            proxy = bind(node.number, NODE, NODE_VERSION, 0)
            asked = _Asked()
            self._connection.keep(asked)
            listen(proxy, NodeMethod.ADD_LISTENER, asked.hook, asked.events)
            ask = method(proxy, NodeMethod.ENUM_PARAMS, c_int, c_int, c_uint32, c_uint32, c_uint32, c_void_p)
            ask(0, ENUM_FORMAT, 0, ALL, None)
        try:
            self._connection.settle()
        finally:
            with self._connection.locked():
                library().pw_proxy_destroy(proxy)
        return asked.pods

    def close(self) -> None:
        """Before the connection; what left afterwards is not told."""
        if self._registry:
            with self._connection.locked():
                library().pw_proxy_destroy(self._registry)
            self._registry = 0

    def _came(
        self, _: object, number: int, permissions: int, kind: bytes, version: int, told: Pointer[Dict]
    ) -> None:
        if kind == NODE and told:
            words = read(told.contents)
            if words.get("media.class") == "Video/Source":
                self._nodes[number] = described(number, words)
                self._came_in.set()

    def _left(self, _: object, number: int) -> None:
        self._nodes.pop(number, None)
        self._on_gone(number)


@dataclass(slots=True)
class _Asked:
    """Where a node's answers go."""

    pods: list[bytes] = field(default_factory=list[bytes])
    hook: Hook = field(default_factory=Hook)
    events: NodeEvents = field(init=False)

    def __post_init__(self) -> None:
        self.events = NodeEvents(param=NodeParam(self._param))

    def _param(self, _: object, asked: int, number: int, index: int, following: int, address: int) -> None:
        self.pods.append(pod.at(address))


def ours(node: Node) -> bool:
    """Whether it is a camera that softfocus publishes."""
    return node.name.partition(".")[0] == OURS


def read(told: Dict) -> dict[str, str]:
    """A dictionary of the library's as one of ours."""
    items = told.items[: told.n_items]
    return {item.key.decode(): (item.value or b"").decode(errors="replace") for item in items if item.key}


def described(number: int, words: dict[str, str]) -> Node:
    name = words.get("node.name", "")
    label = words.get("node.description") or words.get("node.nick") or name
    serial = words.get("object.serial", str(number))
    return Node(number, name, label, words.get("media.role") == "Camera", serial)
