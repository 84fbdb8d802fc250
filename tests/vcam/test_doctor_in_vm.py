"""The doctor and real devices, in the four situations that people are in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import load_loopback
from .consumer import CAMERA, WEBCAM

pytestmark = pytest.mark.virtual_camera

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
Findings = dict[str, list[tuple[bool, str, str]]]


@pytest.fixture(autouse=True, scope="module")
def as_found(loopback: str, vivid: str) -> Iterator[None]:
    """Other tests find the modules as they were."""
    yield
    reload()


def reload(exclusive_caps: str = "1,1") -> None:
    subprocess.run(["modprobe", "-r", "v4l2loopback"], check=True)
    load_loopback(exclusive_caps)


def doctor(*user: str) -> tuple[int, Findings]:
    """Its exit status, and what it found by name: whether all is well, what was seen, what to do."""
    command = [*user, sys.executable, "-m", "softfocus", "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    findings: Findings = {}
    for each in json.loads(done.stdout):
        findings.setdefault(each["name"], []).append((each["ok"], each["says"], each["fix"]))
    return done.returncode, findings


def test_without_the_module_it_says_how_to_load_it() -> None:
    subprocess.run(["modprobe", "-r", "v4l2loopback"], check=True)
    try:
        status, found = doctor()
    finally:
        load_loopback()
    assert status == 1
    ((ok, says, fix),) = found["v4l2loopback"]
    assert not ok
    assert says == "the kernel module v4l2loopback is not loaded"
    assert fix == 'sudo modprobe v4l2loopback exclusive_caps=1 card_label="softfocus"'
    assert "virtual camera" not in found


def test_without_exclusive_caps_it_says_how_to_load_it_anew() -> None:
    reload(exclusive_caps="1,0")
    status, found = doctor()
    assert status == 1
    assert [ok for ok, *_ in found["virtual camera"]] == [True, False]
    _, says, fix = found["virtual camera"][1]
    assert says == f"{CAMERA} (softfocus) lacks exclusive_caps=1, so browsers do not list it"
    assert fix.startswith("sudo modprobe -r v4l2loopback && sudo modprobe v4l2loopback exclusive_caps=1")
    reload()


def test_without_permission_it_says_which_group_to_join() -> None:
    for device in ("/dev/video0", WEBCAM, CAMERA):  # as udev does
        shutil.chown(device, group="video")
        os.chmod(device, 0o660)
    let_everybody_run_python()
    status, found = doctor(*NOBODY)
    assert status == 1
    fix = "sudo usermod -aG video $USER, then log out and in"
    assert found["camera"] == [(False, "no permission to open /dev/video0 (vivid-000-vid-cap)", fix)]
    assert [(ok, remedy) for ok, _, remedy in found["virtual camera"]] == 2 * [(False, fix)]


def let_everybody_run_python() -> None:
    """Where it, or its environment, lies in somebody's own folder; the virtual machine forgets it."""
    python = Path(sys.executable)
    for folder in {*python.parents, *python.resolve().parents}:
        folder.chmod(folder.stat().st_mode | 0o011)


def test_a_healthy_machine_is_said_to_be_healthy() -> None:
    status, found = doctor()
    assert status == 0
    assert all(ok for several in found.values() for ok, *_ in several)
    ((_, webcam, _),) = found["camera"]
    assert webcam.startswith("/dev/video0 (vivid)")
    assert webcam.endswith("frames a second")
    assert [says for _, says, _ in found["virtual camera"]] == [
        f"{WEBCAM} (Clip Webcam) is free",
        f"{CAMERA} (softfocus) is free",
    ]
