"""The webcams, and what they really give."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ..errors import CameraBusy, EndOfSource, SourceError
from ..sources.camera import open_camera
from .devices import only_in_pipewire
from .finding import Finding, wrong
from .nodes import ROOT, Node, denied, nodes, programs_in
from .rate import ENOUGH, rate_of

NAME = "camera"
NO_CAMERA = "plug one in; softfocus devices lists what is seen"
IN_PIPEWIRE = "softfocus run -i pipewire"
NO_FRAMES = "plug it in again, with another cable or into another socket"
SLOW = "give it more light, or: v4l2-ctl -d {path} -c exposure_dynamic_framerate=0"


def webcams(root: Path = ROOT) -> Iterator[Finding]:
    """Each is opened and read for a second."""
    devices = [node for node in nodes(root) if not node.virtual]
    for node in devices:
        yield denied(NAME, node, root) or tried(node)
    if not devices:
        yield elsewhere()


def elsewhere() -> Finding:
    """Where no webcam has a /dev/video: laptops' may be in PipeWire alone."""
    there = [camera.name for camera in only_in_pipewire(())]
    if not there:
        return Finding(NAME, False, "none was found", NO_CAMERA)
    return Finding(NAME, True, f"none has a /dev/video; PipeWire knows {' and '.join(there)}", IN_PIPEWIRE)


def tried(node: Node) -> Finding:
    """What comes of opening it."""
    try:
        with closing(open_camera(node.path, size=None, rate=None)) as camera:
            return judged(node, camera.name, camera.rate, rate_of(camera))
    except CameraBusy as error:
        return busy(node, error, programs_in(node))
    except (SourceError, EndOfSource) as error:
        return wrong(NAME, error) if isinstance(error, SourceError) else judged(node, str(node), 0, None)


def judged(node: Node, name: str, promised: float, got: float | None) -> Finding:
    """Whether the frames come as the camera said."""
    if got is None:
        return Finding(NAME, False, f"{node} gives no pictures", NO_FRAMES)
    if got < ENOUGH * promised:
        return Finding(
            NAME, False, f"{name} gives only {got:.0f} frames a second", SLOW.format(path=node.path)
        )
    return Finding(NAME, True, f"{name} gives {got:.0f} frames a second")


def busy(node: Node, error: CameraBusy, programs: list[str]) -> Finding:
    """Taken: by ourselves is fine."""
    if "softfocus" in programs:
        return Finding(NAME, True, f"softfocus reads {node}")
    finding = wrong(NAME, error)
    if not programs:
        return finding
    return Finding(NAME, False, f"{node} is in use by {' and '.join(programs)}", finding.fix)
