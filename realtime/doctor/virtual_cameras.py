"""The kernel module behind virtual cameras on Linux, and its devices."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ...models.errors import SoftfocusError
from ..sinks.loopback import Loopback, look
from .finding import Finding, wrong
from .nodes import ROOT, Node, denied, first_line, nodes, programs_in

NAME = "virtual camera"
LOAD = 'sudo modprobe v4l2loopback exclusive_caps=1 card_label="softfocus"'
RELOAD = f"sudo modprobe -r v4l2loopback && {LOAD}"
INSTALL = "sudo apt install v4l2loopback-dkms (or your system's package of that module)"
UBUNTU, ELSEWHERE = (
    "sudo update-secureboot-policy --enroll-key",
    "sudo mokutil --import /var/lib/dkms/mok.pub",
)
NAMELESS = "Dummy video device"  # the module's own label


def virtual_cameras(root: Path = ROOT, look: Callable[[str], Loopback] = look) -> Iterator[Finding]:
    """The module, then each of its devices."""
    module = root / "sys/module/v4l2loopback"
    if not module.is_dir():
        yield not_loaded(root)
        return
    version = first_line(module / "version") or "a version before 0.13"  # which did not say
    yield Finding("v4l2loopback", True, f"{version} is loaded")
    devices = [node for node in nodes(root) if node.virtual]
    if not devices:
        yield Finding(NAME, False, "v4l2loopback has no device", RELOAD)
    for node in devices:
        yield denied(NAME, node, root) or looked_at(node, root, look)


def not_loaded(root: Path) -> Finding:
    """Why the module may be missing, in the order in which to put it right."""
    steps: list[str] = []
    known = root / "lib/modules" / platform.release() / "modules.dep"
    if not known.is_file() or "/v4l2loopback.ko" not in known.read_text("utf-8", errors="replace"):
        steps.append(INSTALL)
    says = "the kernel module v4l2loopback is not loaded"
    if secure_boot(root):
        says += ", and Secure Boot takes signed modules only"
        enrol = UBUNTU if os.path.exists(root / "var/lib/shim-signed") else ELSEWHERE
        steps.append(f"unless its key is known already: {enrol}, restart and confirm the key")
    return Finding("v4l2loopback", False, says, ", then ".join([*steps, LOAD]))


def secure_boot(root: Path) -> bool:
    """Whether the firmware lets the kernel refuse unsigned modules; its variable ends in 1 then.

    No where it cannot be read: what is said then holds without it too.
    """
    for variable in (root / "sys/firmware/efi/efivars").glob("SecureBoot-*"):
        try:
            return variable.read_bytes()[-1:] == b"\1"
        except OSError:
            return False
    return False


def looked_at(node: Node, root: Path, look: Callable[[str], Loopback]) -> Finding:
    """What the device itself tells."""
    try:
        return judged(look(node.path), programs_in(node, root))
    except SoftfocusError as error:
        return wrong(NAME, error)


def judged(device: Loopback, programs: Sequence[str]) -> Finding:
    """Whether browsers will list it, and whether we can send to it."""
    told = f"{device.path} ({device.label})"
    if not device.exclusive:
        return Finding(NAME, False, f"{told} lacks exclusive_caps=1, so browsers do not list it", RELOAD)
    if not device.free and "softfocus" not in programs:
        who = " or ".join(programs) or "another user's program"
        return Finding(
            NAME, False, f"{who} sends to {told}", "close it, or choose another with --output camera:DEVICE"
        )
    if not device.free:
        return Finding(NAME, True, f"softfocus sends to {told}")
    if device.label.startswith(NAMELESS):
        return Finding(NAME, True, f"{told} is listed by a name that says little", RELOAD)
    return Finding(NAME, True, f"{told} is free")
