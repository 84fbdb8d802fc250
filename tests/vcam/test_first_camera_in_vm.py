"""Which camera is the first, among real devices that are none, or not the one that is meant."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from softfocus.realtime.errors import CameraFailed, NoSuchCamera
from softfocus.realtime.sources.camera import list_cameras
from softfocus.realtime.sources.open import open_source

from .conftest import load_loopback, load_vivid

pytestmark = pytest.mark.virtual_camera

IDLE, OPEN, WEBCAM, METADATA, MULTIPLANAR = (f"/dev/video{number}" for number in range(5))


def unload() -> list[str]:
    """What was loaded."""
    loaded = [line.split()[0] for line in Path("/proc/modules").read_text().splitlines()]
    mine = [module for module in ("v4l2loopback", "vivid") if module in loaded]
    for module in mine:
        subprocess.run(["modprobe", "-r", module], check=True)
    return mine


@pytest.fixture(scope="module")
def crowd() -> Iterator[None]:
    """An idle loopback, one that is always a camera, a webcam with its metadata node, a multiplanar node."""
    before = unload()
    loopback = ["video_nr=0,1,11", "exclusive_caps=1,0,1", "card_label=Idle,Always a camera,softfocus"]
    subprocess.run(["modprobe", "v4l2loopback", *loopback], check=True)
    vivid = ["n_devs=2", "node_types=0x20001,0x1", "multiplanar=1,2", "vid_cap_nr=2,4", "meta_cap_nr=3"]
    subprocess.run(["modprobe", "vivid", *vivid], check=True)
    yield
    unload()
    if "v4l2loopback" in before:
        load_loopback()
    if "vivid" in before:
        load_vivid()


@pytest.mark.usefixtures("crowd")
def test_softfocus_run_takes_the_webcam() -> None:
    """Without a word about which: `softfocus run`, but for what it writes to."""
    nodes = {path.name for path in Path("/dev").glob("video*")}
    assert {Path(path).name for path in (IDLE, OPEN, WEBCAM, METADATA, MULTIPLANAR)} <= nodes
    (link := Path("/dev/video0_front")).symlink_to(WEBCAM)
    command = [sys.executable, "-m", "softfocus", "run", "--size", "640x360", "-o", "null"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr
        try:
            first = run.stderr.readline()
        finally:
            run.terminate()
        assert f"from {WEBCAM} (vivid)" in first, first + run.stderr.read()
    link.unlink()


@pytest.mark.usefixtures("crowd")
def test_what_is_no_webcam_is_told_apart() -> None:
    kinds = {webcam.path: webcam.kind for webcam in list_cameras(modes=False)}
    assert kinds == {OPEN: "virtual", WEBCAM: "camera"}
    with pytest.raises(NoSuchCamera, match=f"no camera {METADATA}"):
        open_source(METADATA)
    with pytest.raises(CameraFailed, match="several buffers each"):
        open_source(MULTIPLANAR)
