"""Cameras that PipeWire knows: a program of GStreamer's stands for one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from pipewire_session import Session, of, until

if not sys.platform.startswith("linux"):
    pytest.skip("PipeWire is Linux's", allow_module_level=True)

from softfocus.realtime.doctor.devices import VirtualCamera, list_devices
from softfocus.realtime.doctor.webcams import webcams as looked_at
from softfocus.realtime.errors import CameraLacks, CameraLost, NoCameraPortal, NoSuchCamera
from softfocus.realtime.frame import Frame, Size
from softfocus.realtime.live.keeper import Kept
from softfocus.realtime.pipewire import portal
from softfocus.realtime.pipewire.connection import Connection
from softfocus.realtime.pipewire.registry import Registry
from softfocus.realtime.sinks.camera_node import CameraNode
from softfocus.realtime.sources.open import open_source, reopener
from softfocus.realtime.sources.pipewire_camera import webcams
from softfocus.realtime.sources.webcam import Mode

SIZE = Size(320, 240)


@contextmanager
def plugged_in(session: Session, folder: Path, layout: str = "I420", size: Size = SIZE) -> Iterator[None]:
    """A camera that gives a ball that jumps about; what it gave is in the file `given`."""
    command = (
        f"gst-launch-1.0 -q videotestsrc is-live=true pattern=ball ! video/x-raw,format={layout},"
        f"width={size.width},height={size.height},framerate=30/1 ! tee name=t ! queue ! "
        "pipewiresink mode=provide stream-properties=p,media.class=Video/Source,media.role=Camera,"
        f"node.name=ball,node.description=BallCam "
        f"t. ! queue ! filesink buffer-mode=2 location={folder / 'given'}"
    )
    given = folder / "given"
    given.unlink(missing_ok=True)
    program = subprocess.Popen(command.split(), env=session.environ, stderr=subprocess.DEVNULL)
    try:
        # It plays. GStreamer 1.22's sink stands still for ever where somebody comes before that.
        until(lambda: given.exists() and given.stat().st_size > 5 * 2 * size.width * size.height)
        until(lambda: any(of(node, "node.name") == "ball" for node in session.cameras()))
        yield
    finally:
        program.kill()
        program.wait()
        until(lambda: not session.cameras())


def frames(source: Kept, count: int) -> list[Frame]:
    taken: list[Frame] = []
    until(lambda: taken.extend(filter(None, [source.read(0.2)])) or len(taken) >= count)
    return taken


def flat(frame: Frame) -> bytes:
    return b"".join(plane.tobytes() for plane in frame.planes)


def kept(name: str) -> Kept:
    source = open_source(name)
    return Kept(source, reopener(source, name, size=None, rate=None, paced=False))


def test_frames_are_those_that_the_camera_gave(pipewire: Session, tmp_path: Path) -> None:
    with plugged_in(pipewire, tmp_path), closing(kept("pipewire:ball")) as source:
        assert source.name == "PipeWire 'BallCam' 320x240@30 YU12"
        got = [flat(frame) for frame in frames(source, 15)]
        until(lambda: got[-1] in (tmp_path / "given").read_bytes())
        given = (tmp_path / "given").read_bytes()
    places = [given.find(frame) for frame in got]
    assert all(place >= 0 and place % len(got[0]) == 0 for place in places)
    assert len(set(got)) > 10


@pytest.mark.parametrize("layout", ["NV12", "YUY2", "UYVY"])
def test_every_layout_is_read_also_in_odd_widths(layout: str, pipewire: Session, tmp_path: Path) -> None:
    size = Size(322, 242)
    with plugged_in(pipewire, tmp_path, layout, size), closing(kept("pipewire")) as source:
        (frame,) = frames(source, 1)
    assert frame.size == size
    assert frame.planes.y.max() > 200, "the ball is white"
    dark = frame.planes.y < 20
    assert dark.mean() > 0.9, "what surrounds it is black"
    for chroma in frame.planes[1:]:
        np.testing.assert_allclose(chroma, 128, atol=1)


def test_one_that_is_unplugged_is_lost_and_found_again(pipewire: Session, tmp_path: Path) -> None:
    with plugged_in(pipewire, tmp_path):
        camera = open_source("pipewire:BallCam")
        source = Kept(camera, reopener(camera, "pipewire:BallCam", size=None, rate=None, paced=False))
        frames(source, 3)
    with pytest.raises(CameraLost, match="unplugged"):
        camera.read(1.0)
    assert source.read(0.2) is None
    with plugged_in(pipewire, tmp_path), closing(source):
        back = frames(source, 3)
    assert [frame.index for frame in back] == [3, 4, 5]


def test_it_is_listed_with_what_it_offers(pipewire: Session, tmp_path: Path) -> None:
    with plugged_in(pipewire, tmp_path):
        (found,) = webcams()
        devices = list_devices()
    assert found in devices.pipewire
    assert VirtualCamera("pipewire", "softfocus", free=True) in devices.virtual_cameras
    assert (str(found), found.identity) == ("BallCam", "pipewire:ball")
    assert found.modes == (Mode("YU12", SIZE, (30.0,)),)


def test_our_own_camera_is_no_input(pipewire: Session) -> None:
    with closing(CameraNode("Me", SIZE, 30.0)):
        assert list(webcams()) == []
        with pytest.raises(NoSuchCamera, match="no camera in PipeWire; no camera was found"):
            open_source("pipewire")
        with pytest.raises(NoSuchCamera):
            open_source("pipewire:Me")


def test_a_size_that_it_lacks_is_named_with_those_that_it_has(pipewire: Session, tmp_path: Path) -> None:
    with plugged_in(pipewire, tmp_path), pytest.raises(CameraLacks, match=r"no 640x480; .* 320x240"):
        open_source("pipewire:ball", size=Size(640, 480))


def test_in_a_sandbox_the_portal_gives_cameras_and_nothing_else(pipewire: Session, tmp_path: Path) -> None:
    pipewire.allow_cameras("yes")
    with (
        plugged_in(pipewire, tmp_path),
        closing(Connection(portal.through_portal())) as connection,
        closing(Registry(connection, patience=5.0)) as registry,
    ):
        assert [node.name for node in registry.nodes] == ["ball"]


def test_frames_come_through_the_portal(
    pipewire: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portal, "sandboxed", lambda: True)
    pipewire.allow_cameras("yes")
    with plugged_in(pipewire, tmp_path), closing(kept("pipewire")) as source:
        assert len(frames(source, 3)) == 3


def test_who_refuses_the_portal_is_told_where_to_allow_it(pipewire: Session) -> None:
    with closing(CameraNode(None, SIZE, 30.0)):  # a portal without cameras answers otherwise
        pipewire.allow_cameras("no")
        with pytest.raises(NoCameraPortal, match="allow it in your desktop's settings"):
            portal.through_portal()


def test_doctor_sends_who_has_no_other_camera_to_pipewire(pipewire: Session, tmp_path: Path) -> None:
    with plugged_in(pipewire, tmp_path):
        (finding,) = looked_at(tmp_path)
    assert finding.ok
    assert finding.says == "none has a /dev/video; PipeWire knows BallCam"
    assert finding.fix == "softfocus run -i pipewire"
