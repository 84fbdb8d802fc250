"""Whether two names lead to the same camera, whatever they look like."""

from __future__ import annotations

import os
import re
import socket
import sys
from contextlib import closing, suppress

from ..errors import SourceError
from .open import is_camera

# Of a URL: host, port, path; FFmpeg takes one inside of another, as in async:http://...
URLS = re.compile(r"(\w*)://(?:[^/?#]*@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d+))?([^?#]*)")
PORTS = {"rtsp": "554", "rtsps": "322", "rtmp": "1935", "http": "80", "https": "443"}
OURS = ("127.", "::1")  # this machine relays many cameras, and tells them apart by port and path

Place = tuple[str, ...]


def same(one: str, other: str) -> bool:
    """Whether what `one` opens is what `other` opens, or a part of it.

    A camera in the network is its machine: it has many paths, and ports, to the one picture.
    """
    return one == other or not places(one).isdisjoint(places(other))


def places(name: str) -> set[Place]:
    """What a name leads to: a device, machines, or a file; empty where it leads nowhere."""
    urls = [url for url in URLS.findall(name) if url[1]]
    if urls:
        return {place for url in urls for place in machines(*url)}
    if name != "demo" and is_camera(name):
        return camera(name)
    return file(re.sub("^file:(//)?", "", name))


def machines(scheme: str, host: str, port: str, path: str) -> set[Place]:
    """A host's addresses; on this machine port and path count, too."""
    host = host.strip("[]").lower().rstrip(".")
    addresses = {host}
    with suppress(OSError, UnicodeError):
        addresses |= {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    if any(address.startswith(OURS) for address in addresses):
        return {("relay", port or PORTS.get(scheme.lower(), ""), path.rstrip("/"))}
    return {("machine", address) for address in addresses}


def camera(name: str) -> set[Place]:
    """The device, and the socket that it sits in: some webcams have several devices."""
    with suppress(SourceError, OSError):
        if sys.platform != "linux":
            from .av_camera import find as found

            return {("camera", found(name).identity)}
        from .v4l2_camera import find
        from .v4l2_device import Device

        path = find(name)
        there: set[Place] = {("device", str(os.stat(path).st_rdev))}
        with suppress(OSError), closing(Device(path)) as device:
            there.add(("socket", device.bus))
        return there
    return set()


def file(path: str) -> set[Place]:
    """By its number on its disk, which links share."""
    with suppress(OSError, ValueError):
        known = os.stat(os.path.expanduser(path))
        return {("file", str(known.st_dev), str(known.st_ino))}
    return set()
