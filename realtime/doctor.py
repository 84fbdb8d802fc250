"""What this machine needs for softfocus and lacks, and the line that puts it right."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from ..models.errors import SoftfocusError
from ..models.manifest import known_models
from ..models.store import locate, read_model
from .sinks.display import display_answers

LOAD = 'sudo modprobe v4l2loopback exclusive_caps=1 card_label="softfocus"'
INSTALL = "sudo apt install v4l2loopback-dkms (or your system's package of that module)"
JOIN_VIDEO = "sudo usermod -aG video $USER, then log out and in"
RIVALS = (  # packages that overwrite each other's files
    ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino"),
    ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    ok    softfocus can work with it as it is
    says  what was seen
    fix   what puts it right; empty when nothing is wrong
    """

    name: str
    ok: bool
    says: str
    fix: str = ""


def diagnose(root: Path = Path("/")) -> list[Finding]:
    """Everything that was looked at, good or bad; `root` is where the system's files lie."""
    looks: list[Callable[[], Iterator[Finding]]] = [models, runtime, packages, display]
    if sys.platform.startswith("linux"):
        looks[:0] = [lambda: cameras(root), lambda: virtual_cameras(root)]
    return [finding for look in looks for finding in look()]


def printed(findings: Sequence[Finding]) -> str:
    """For people: a line per finding, what to do about it below."""
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{'ok' if finding.ok else 'wrong':7}{finding.name}: {finding.says}")
        lines += [f"       -> {finding.fix}"] if finding.fix else []
    return "\n".join(lines)


def cameras(root: Path) -> Iterator[Finding]:
    """The devices to read from."""
    nodes = [node for node in video_nodes(root) if not is_virtual(node)]
    for node in nodes:
        yield reachable(root, node, "camera")
    if not nodes:
        yield Finding("camera", False, "none was found", "plug one in; softfocus devices lists what is seen")


def virtual_cameras(root: Path) -> Iterator[Finding]:
    """The kernel module and the devices to write to."""
    module = root / "sys/module/v4l2loopback"
    if not module.is_dir():
        dependencies = root / "lib/modules" / platform.release() / "modules.dep"
        installed = dependencies.is_file() and "/v4l2loopback.ko" in dependencies.read_text("utf-8")
        fix = LOAD if installed else f"{INSTALL}, then {LOAD}"
        yield Finding("virtual camera", False, "the kernel module v4l2loopback is not loaded", fix)
        return
    exclusive = module / "parameters/exclusive_caps"
    if exclusive.is_file() and "Y" not in exclusive.read_text("ascii"):
        says = "v4l2loopback was loaded without exclusive_caps=1, so browsers do not list it"
        yield Finding("virtual camera", False, says, f"sudo modprobe -r v4l2loopback, then {LOAD}")
    nodes = [node for node in video_nodes(root) if is_virtual(node)]
    for node in nodes:
        yield reachable(root, node, "virtual camera")
    if not nodes:
        yield Finding(
            "virtual camera",
            False,
            "v4l2loopback has no device",
            f"sudo modprobe -r v4l2loopback, then {LOAD}",
        )


def video_nodes(root: Path) -> list[Path]:
    """The system's video devices that give or take pictures, in the order of their numbers."""
    nodes = (root / "sys/class/video4linux").glob("video[0-9]*")
    pictures = [node for node in nodes if first_line(node / "index") in ("", "0")]  # others: metadata
    return sorted(pictures, key=lambda node: int(node.name.removeprefix("video")))


def is_virtual(node: Path) -> bool:
    return "virtual" in node.resolve().parts


def reachable(root: Path, node: Path, kind: str) -> Finding:
    """Whether the user may open a device."""
    device = root / "dev" / node.name
    says = f"/dev/{node.name} ({first_line(node / 'name') or 'without a name'})"
    effective = os.access in os.supports_effective_ids
    if os.access(device, os.R_OK | os.W_OK, effective_ids=effective):
        return Finding(kind, True, says)
    return Finding(kind, False, f"no permission to open {says}", JOIN_VIDEO)


def models() -> Iterator[Finding]:
    """The model files that are here."""
    for model in known_models().values():
        if not model.bundled and locate(model) is None:
            continue
        try:
            path, _ = read_model(model)
            yield Finding("model", True, f"{model.name} is intact in {path.parent}")
        except SoftfocusError as error:
            yield Finding("model", False, model.name, str(error))


def runtime() -> Iterator[Finding]:
    """What runs the models."""
    try:
        onnxruntime: Any = importlib.import_module("onnxruntime")
    except ImportError as error:
        yield Finding("ONNX Runtime", False, f"cannot be imported: {error}", "pip install onnxruntime")
        return
    providers = ", ".join(
        name.removesuffix("ExecutionProvider") for name in onnxruntime.get_available_providers()
    )
    yield Finding("ONNX Runtime", True, f"{onnxruntime.__version__}, runs on: {providers}")


def packages() -> Iterator[Finding]:
    """Packages that spoil each other."""
    for rivals in RIVALS:
        here = [name for name in rivals if installed(name)]
        if len(here) > 1:
            fix = f"pip uninstall -y {' '.join(here)}, then pip install the one you want"
            yield Finding("packages", False, f"{' and '.join(here)} overwrite each other's files", fix)


def display() -> Iterator[Finding]:
    """The screen, which only windows need."""
    there = display_answers()
    yield Finding(
        "display", True, "a window can be opened" if there else "none; everything but windows works"
    )


def installed(package: str) -> bool:
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True


def first_line(path: Path) -> str:
    """Of a small file of the system; empty when there is none."""
    return path.read_text("utf-8", errors="replace").partition("\n")[0] if path.is_file() else ""
