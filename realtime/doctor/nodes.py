"""Linux's video devices: which there are, who may open them, who has them open."""

from __future__ import annotations

import grp
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from ..live.watchers import holders
from .finding import Finding

ROOT = Path("/")
JOIN = "sudo usermod -aG {group} $USER, then log out and in"
OPEN_TO_VIDEO = "sudo chgrp video {node} && sudo chmod 660 {node}, then be in that group: " + JOIN


@dataclass(frozen=True, slots=True)
class Node:
    """A video device.

    label    what programs list it by
    virtual  it is no hardware
    """

    number: int
    label: str
    virtual: bool

    @property
    def path(self) -> str:
        return f"/dev/video{self.number}"

    def __str__(self) -> str:
        return f"{self.path} ({self.label or 'without a name'})"


def nodes(root: Path = ROOT) -> list[Node]:
    """The devices that give or take pictures, in the order of their numbers."""
    found = (root / "sys/class/video4linux").glob("video[0-9]*")
    pictures = [node for node in found if first_line(node / "index") in ("", "0")]  # others: metadata
    return sorted(map(described, pictures), key=lambda node: node.number)


def described(node: Path) -> Node:
    number = int(node.name.removeprefix("video"))
    return Node(number, first_line(node / "name"), "virtual" in node.resolve().parts)


def denied(kind: str, node: Node, root: Path = ROOT) -> Finding | None:
    """That the user may not open it, with the group to join; None when the user may."""
    device = root / node.path.lstrip("/")
    effective = os.access in os.supports_effective_ids
    try:
        if os.access(device, os.R_OK | os.W_OK, effective_ids=effective):
            return None
        status = device.stat()
    except OSError as error:
        return Finding(kind, False, f"{node} cannot be looked at: {error.strerror}", "plug it in again")
    return Finding(kind, False, f"no permission to open {node}", permission(node.path, status))


def permission(path: str, status: os.stat_result) -> str:
    """What lets the user open a node."""
    theirs = stat.S_IRGRP | stat.S_IWGRP
    if status.st_mode & theirs != theirs or not status.st_gid:
        return OPEN_TO_VIDEO.format(node=path, group="video")
    try:
        group = grp.getgrgid(status.st_gid).gr_name
    except KeyError:
        group = str(status.st_gid)
    return JOIN.format(group=group)


def programs_in(node: Node, root: Path = ROOT) -> list[str]:
    """The names of the user's other programs that have it open."""
    return sorted({name_of(process) for process in holders(node.path, root)})


def name_of(process: Path) -> str:
    """What a program calls itself; ours is Python to the system."""
    words = first_line(process / "cmdline").split("\0")
    if any(Path(word).name == "softfocus" for word in words[:3]):  # python -m softfocus, python …/softfocus
        return "softfocus"
    return first_line(process / "comm") or process.name


def first_line(path: Path) -> str:
    """Of a small file of the system; empty when there is none."""
    try:
        return path.read_text("utf-8", errors="replace").partition("\n")[0]
    except OSError:
        return ""
