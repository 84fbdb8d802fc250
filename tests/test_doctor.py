"""The doctor looks at a system's files; here they are drawn."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from softfocus.realtime.doctor import Finding, cameras, diagnose, models, printed, runtime, virtual_cameras

NOBODY = 65534


@pytest.fixture
def root() -> Iterator[Path]:
    """A system's files, in a folder that everybody may enter."""
    with TemporaryDirectory() as name:
        here = Path(name)
        here.chmod(0o755)
        for folder in ("sys/class/video4linux", "sys/module", "dev", f"lib/modules/{platform.release()}"):
            (here / folder).mkdir(parents=True)
        yield here


def add_device(root: Path, number: int, name: str, *, virtual: bool, index: int = 0) -> Path:
    bus = "virtual" if virtual else "pci0000:00/usb1"
    device = root / f"sys/devices/{bus}/video4linux/video{number}"
    device.mkdir(parents=True)
    (device / "name").write_text(f"{name}\n")
    (device / "index").write_text(f"{index}\n")
    (root / f"sys/class/video4linux/video{number}").symlink_to(device)
    node = root / f"dev/video{number}"
    node.touch(mode=0o660)
    return node


def load_module(root: Path, exclusive_caps: str) -> None:
    parameters = root / "sys/module/v4l2loopback/parameters"
    parameters.mkdir(parents=True)
    (parameters / "exclusive_caps").write_text(exclusive_caps + "\n")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without any rights, where we may give them up; elsewhere with our own."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_machine_that_has_everything_is_healthy(root: Path) -> None:
    add_device(root, 0, "HD Webcam", virtual=False)
    add_device(root, 1, "HD Webcam", virtual=False, index=1)  # its metadata
    add_device(root, 10, "softfocus", virtual=True)
    load_module(root, "Y,N,N")
    assert list(cameras(root)) == [Finding("camera", True, "/dev/video0 (HD Webcam)")]
    assert list(virtual_cameras(root)) == [Finding("virtual camera", True, "/dev/video10 (softfocus)")]


def test_a_missing_camera_is_said(root: Path) -> None:
    (finding,) = cameras(root)
    assert not finding.ok
    assert "plug one in" in finding.fix


@pytest.mark.parametrize("installed", [False, True])
def test_a_module_that_is_not_loaded_is_said_with_the_line_that_loads_it(root: Path, installed: bool) -> None:
    line = "updates/dkms/v4l2loopback.ko:\n" if installed else "kernel/fs/ext4.ko:\n"
    (root / "lib/modules" / platform.release() / "modules.dep").write_text(line)
    (finding,) = virtual_cameras(root)
    assert not finding.ok
    assert "sudo modprobe v4l2loopback exclusive_caps=1" in finding.fix
    assert ("apt install" in finding.fix) is not installed


def test_a_module_without_exclusive_caps_is_said(root: Path) -> None:
    add_device(root, 10, "softfocus", virtual=True)
    load_module(root, "N,N,N")
    caps, device = virtual_cameras(root)
    assert not caps.ok
    assert caps.fix.startswith("sudo modprobe -r v4l2loopback")
    assert device.ok


def test_a_module_without_devices_is_said(root: Path) -> None:
    load_module(root, "Y")
    (finding,) = virtual_cameras(root)
    assert (finding.ok, finding.says) == (False, "v4l2loopback has no device")


def test_a_device_that_the_user_may_not_open_is_said_with_the_group(root: Path) -> None:
    add_device(root, 0, "HD Webcam", virtual=False).chmod(0)
    with as_nobody():
        (finding,) = cameras(root)
    assert not finding.ok
    assert "usermod -aG video" in finding.fix


def test_the_bundled_models_are_intact_and_run_somewhere() -> None:
    assert [finding.ok for finding in models()] == [True, True]
    (finding,) = runtime()
    assert finding.ok
    assert "CPU" in finding.says


def test_findings_are_printed_with_their_remedies(root: Path) -> None:
    lines = printed(diagnose(root)).splitlines()
    assert lines[0] == "wrong  camera: none was found"
    assert lines[1].startswith("       -> plug one in")
    assert any(line.startswith("ok     model: selfie-landscape is intact") for line in lines)
