"""PipeWire, by which desktops' programs find cameras without a kernel module."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace

from ..errors import NoPipeWire
from ..pipewire import desktop
from ..pipewire.connection import Connection
from ..pipewire.library import library
from ..pipewire.registry import Registry, ours
from .finding import Finding

NAME, PORTAL = "PipeWire", "camera portal"
INSTALL = "sudo apt install pipewire wireplumber (or your system's packages of them)"
START = "systemctl --user start pipewire wireplumber"
INSTALL_PORTAL = (
    "sudo apt install xdg-desktop-portal and your desktop's part of it, such as xdg-desktop-portal-gtk"
)
SEEN_BY = (
    "Firefox, OBS and GNOME's programs find cameras there, Chromium with chrome://flags/"
    "#enable-webrtc-pipewire-camera; Zoom and Discord do not"
)


def pipewire(environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """The library, the server, the portal."""
    if not desktop.installed():
        yield Finding(NAME, False, "its library is not installed", INSTALL)
        return
    if not desktop.answers(environ):
        yield Finding(NAME, False, "it does not run", START)
        return
    yield answering()
    if not desktop.portal_installed(environ):
        yield Finding(
            PORTAL, False, "browsers ask for cameras there, and it is not installed", INSTALL_PORTAL
        )


def answering() -> Finding:
    """What is there, our own camera too."""
    try:
        with closing(Connection()) as connection, closing(Registry(connection)) as registry:
            published = [node.label for node in registry.nodes if ours(node)]
    except NoPipeWire as error:
        return Finding(NAME, False, str(error).partition("; ")[0], START)
    version = library().pw_get_library_version().decode()
    there = f"softfocus publishes '{published[0]}'" if published else SEEN_BY
    return Finding(NAME, True, f"{version} runs; {there}")


def either(
    ways: list[Finding], *, missing: tuple[str, ...] = (NAME, PORTAL, "v4l2loopback")
) -> list[Finding]:
    """Two ways to a virtual camera: where one is open, it is no fault that the other is not there."""
    if not any(finding.ok for finding in ways if finding.name in missing):
        return ways
    return [replace(finding, ok=True) if finding.name in missing else finding for finding in ways]
