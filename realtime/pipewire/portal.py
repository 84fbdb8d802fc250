"""The Camera portal: how a program in a sandbox (Flatpak, Snap) comes to cameras, by the user's leave."""

from __future__ import annotations

import importlib
import os
import secrets
from pathlib import Path
from typing import Any

from ..errors import NoCameraPortal

BUS, PLACE = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
CAMERA, REQUEST = "org.freedesktop.portal.Camera", "org.freedesktop.portal.Request"
ANSWER, LEAVE = 5.0, 60.0  # s that the portal, and the user, may take
GRANTED = 0
INSTALL = "pip install 'softfocus[pipewire]'"


def camera_portal() -> int | None:
    """A connection to PipeWire's cameras, the caller's to close; None where no sandbox is in the way.

    Raises NoCameraPortal.
    """
    return through_portal() if sandboxed() else None


def sandboxed() -> bool:
    """Whether PipeWire's own socket shows no cameras, and the portal is the only way."""
    return Path("/.flatpak-info").exists() or "SNAP" in os.environ


def through_portal() -> int:
    """Ask the user for it, unless they have answered for good; see camera_portal."""
    try:
        jeepney: Any = importlib.import_module("jeepney")
        blocking: Any = importlib.import_module("jeepney.io.blocking")
    except ImportError as error:
        raise NoCameraPortal("jeepney is not installed", INSTALL) from error
    try:
        with blocking.open_dbus_connection(enable_fds=True) as bus:
            return Portal(jeepney, bus).cameras()
    except jeepney.DBusErrorResponse as error:
        raise NoCameraPortal(f"it says {error.name}") from error
    except (OSError, KeyError) as error:  # no bus, or none that is named; TimeoutError is an OSError
        raise NoCameraPortal("nobody answers on the session's D-Bus") from error


class Portal:
    """xdg-desktop-portal on a bus, by jeepney, which has no types."""

    def __init__(self, jeepney: Any, bus: Any) -> None:
        self._jeepney = jeepney
        self._bus = bus
        self._address = jeepney.DBusAddress(PLACE, BUS, CAMERA)

    def cameras(self) -> int:
        """A connection to PipeWire that sees cameras and nothing else."""
        self._have_leave()
        (remote,) = self._ask(self._address, "OpenPipeWireRemote", "a{sv}", ({},))
        fd: int = remote.to_raw_fd()
        return fd

    def _have_leave(self) -> None:
        """The answer comes as a signal, which is listened for before it is asked for."""
        token = f"softfocus{secrets.token_hex(4)}"
        sender = self._bus.unique_name.lstrip(":").replace(".", "_")
        path = f"{PLACE}/request/{sender}/{token}"
        answer = self._jeepney.MatchRule(type="signal", interface=REQUEST, member="Response", path=path)
        self._ask(self._jeepney.message_bus, "AddMatch", "s", (answer.serialise(),))
        with self._bus.filter(answer) as answers:
            self._ask(self._address, "AccessCamera", "a{sv}", ({"handle_token": ("s", token)},))
            code, _ = self._bus.recv_until_filtered(answers, timeout=LEAVE).body
        if code != GRANTED:
            raise NoCameraPortal("leave to use cameras was refused", "allow it in your desktop's settings")

    def _ask(self, whom: Any, what: str, signature: str, body: tuple[Any, ...]) -> tuple[Any, ...]:
        call = self._jeepney.new_method_call(whom, what, signature, body)
        reply = self._bus.send_and_get_reply(call, timeout=ANSWER)
        if reply.header.message_type is self._jeepney.MessageType.error:
            raise self._jeepney.DBusErrorResponse(reply)
        answer: tuple[Any, ...] = reply.body
        return answer
