"""Our camera in PipeWire: what other programs find there, and what becomes of it."""

from __future__ import annotations

import hashlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bars import Sender, bars
from pipewire_session import PATIENCE, Session, of, until

if not sys.platform.startswith("linux"):
    pytest.skip("PipeWire is Linux's", allow_module_level=True)

from softfocus.realtime.doctor.pipewire import pipewire as diagnosed
from softfocus.realtime.errors import NoPipeWire
from softfocus.realtime.frame import Colour, Plane, Size
from softfocus.realtime.live.ondemand import Demand
from softfocus.realtime.pipewire.connection import Connection
from softfocus.realtime.pipewire.stream import Stream, header_of, pictured
from softfocus.realtime.pipewire.structs import INPUT, Flag, State
from softfocus.realtime.pipewire.video import Format, Layout, agreed, described, received
from softfocus.realtime.sinks.camera_node import CameraNode
from softfocus.realtime.sinks.open import open_sink
from softfocus.realtime.sinks.placeholder import camera_off

SIZE, RATE = Size(320, 180), 30.0
FRAME = SIZE.width * SIZE.height * 3 // 2


class Watcher:
    """Another program, that takes pictures from our camera as browsers do."""

    def __init__(self, layout: Layout = Layout.I420, size: Size = SIZE, name: str = "softfocus") -> None:
        self.format: Format | None = None
        self.state = State.UNCONNECTED
        self.pictures: list[tuple[int, Plane]] = []  # ns, memory
        self._connection = Connection()
        properties = {"media.type": "Video", "media.category": "Capture", "target.object": name}
        self._stream = Stream(
            self._connection,
            "watcher",
            properties,
            on_state=self._changed,
            on_format=self._agreed,
            on_buffer=self._came,
        )
        sizes = [size, Size(160, 90)]
        self._stream.connect(
            INPUT, [described(layout, each, 0) for each in sizes], Flag.AUTOCONNECT | Flag.MAP_BUFFERS
        )

    def close(self) -> None:
        self._stream.close()
        self._connection.close()

    def _changed(self, state: State, error: str) -> None:
        self.state = state

    def _agreed(self, told: bytes | None) -> None:
        self.format = agreed(told) if told else None
        self._stream.update(received())

    def _came(self) -> None:
        while taken := self._stream.take():
            content = taken.contents.buffer.contents
            header = header_of(content)
            picture = pictured(content.datas[0]).copy()
            self.pictures.append((header.pts if header else 0, picture))
            self._stream.give(taken)


@pytest.fixture
def camera(pipewire: Session) -> Iterator[CameraNode]:
    with closing(CameraNode(None, SIZE, RATE)) as camera:
        yield camera


def reader(session: Session, onto: Path, count: int, layout: str = "I420") -> subprocess.Popen[bytes]:
    """GStreamer, writing what it gets."""
    command = f"gst-launch-1.0 -q pipewiresrc target-object=softfocus num-buffers={count} ! "
    command += f"video/x-raw,format={layout} ! filesink location={onto}"
    return subprocess.Popen(command.split(), env=session.environ, stderr=subprocess.DEVNULL)


@contextmanager
def running(session: Session, *options: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """softfocus with the built-in clip, as if that were a webcam."""
    command = [sys.executable, "-m", "softfocus", "run", "-i", "demo", "--realtime", "--size", str(SIZE)]
    with log.open("wb") as told:
        program = subprocess.Popen([*command, *options], env=session.environ, stdout=told, stderr=told)
    try:
        yield program
    finally:
        program.kill()
        program.wait()


def labels(session: Session) -> list[str]:
    return sorted(of(camera, "node.description") for camera in session.cameras())


def pictures(raw: Path) -> list[str]:
    """A digest of each."""
    held = raw.read_bytes()
    assert len(held) % FRAME == 0
    return [hashlib.sha1(held[i : i + FRAME]).hexdigest() for i in range(0, len(held), FRAME)]


def sent_while(camera: CameraNode, going_on: Callable[[], Any], size: Size = SIZE) -> None:
    """Bars, at the camera's pace."""
    sender = Sender(bars(size, Colour()), Colour())
    end = time.monotonic() + PATIENCE
    for index in range(10_000):
        if not going_on():
            return
        assert time.monotonic() < end, "it went on for ever"
        composed = sender(index, time.monotonic_ns())
        camera.send(composed)
        time.sleep(1 / RATE)


def test_programs_find_a_camera_with_name_icon_size_and_rate(pipewire: Session, camera: CameraNode) -> None:
    (node,) = pipewire.cameras()
    told = {name: of(node, name) for name in ("media.role", "node.name", "node.description")}
    assert told == {"media.role": "Camera", "node.name": "softfocus", "node.description": "softfocus"}
    assert of(node, "media.icon-name") == "camera-web"
    formats = node["info"]["params"]["EnumFormat"]
    assert [each["format"] for each in formats] == ["I420", "NV12", "YUY2"]
    for each in formats:
        assert each["size"] == {"width": SIZE.width, "height": SIZE.height}
        assert each["framerate"] == {"num": 30, "denom": 1}


def test_two_readers_get_the_very_frames_that_a_recording_gets(pipewire: Session, tmp_path: Path) -> None:
    recorded, log = tmp_path / "x.y4m", tmp_path / "log"
    with running(pipewire, "-o", "pipewire", "-o", str(recorded), log=log) as program:
        until(lambda: labels(pipewire))
        readers = [reader(pipewire, tmp_path / name, 30) for name in ("one", "two")]
        assert [each.wait(PATIENCE) for each in readers] == [0, 0]
        program.send_signal(signal.SIGINT)
        program.wait(PATIENCE)
    header, *frames = recorded.read_bytes().split(b"FRAME\n")  # the demo has no such bytes in a picture
    assert b"C420jpeg" in header
    there = {hashlib.sha1(frame).hexdigest() for frame in frames}
    passed_over = sum(map(int, re.findall(r"(\d+) too late for \S*x\.y4m", log.read_text())))
    for name in ("one", "two"):
        got = pictures(tmp_path / name)
        assert len(got) == 30
        assert sum(picture not in there for picture in got) <= passed_over


@pytest.mark.parametrize("layout", ["NV12", "YUY2"])
def test_readers_choose_the_layout(
    layout: str, pipewire: Session, camera: CameraNode, tmp_path: Path
) -> None:
    program = reader(pipewire, tmp_path / "raw", 5, layout)
    sent_while(camera, lambda: program.poll() is None)
    planes = bars(SIZE, Colour())
    last = np.fromfile(tmp_path / "raw", np.uint8)
    if layout == "NV12":
        y, chroma = np.split(last[-FRAME:], [SIZE.width * SIZE.height])
        u, v = chroma[::2], chroma[1::2]
    else:
        quads = last[-SIZE.width * SIZE.height * 2 :].reshape(SIZE.height, SIZE.width // 2, 4)
        y, u, v = quads[..., ::2], quads[::2, :, 1], quads[1::2, :, 3]
    for got, wanted in zip((y, u, v), planes, strict=True):
        np.testing.assert_array_equal(got.ravel(), wanted.ravel())


def test_pictures_carry_the_time_at_which_they_were_taken(camera: CameraNode, pipewire: Session) -> None:
    with closing(Watcher()) as watcher:
        until(lambda: watcher.state is State.STREAMING)
        sender = Sender(bars(SIZE, Colour()), Colour())
        begun = time.monotonic_ns()
        for index in range(3):
            camera.send(sender(index, begun + index))
            until(lambda count=index + 1: len(watcher.pictures) >= count)
    assert [stamp for stamp, _ in watcher.pictures] == [begun, begun + 1, begun + 2]


def test_it_knows_at_once_who_comes_and_goes(camera: CameraNode, pipewire: Session) -> None:
    with closing(Demand([camera.audience], linger=0.0)) as demand:
        assert not demand(0)
        for _ in range(20):
            with closing(Watcher()):
                assert demand(PATIENCE)
            until(lambda: not demand(0))


def test_who_does_not_take_pictures_keeps_nobody_waiting(
    camera: CameraNode, pipewire: Session, tmp_path: Path
) -> None:
    with closing(Watcher()) as good:
        stuck = reader(pipewire, tmp_path / "raw", 1000)
        sent_while(
            camera, lambda: not (tmp_path / "raw").exists() or (tmp_path / "raw").stat().st_size < FRAME
        )
        stuck.send_signal(signal.SIGSTOP)
        already = len(good.pictures)
        sent_while(camera, lambda: len(good.pictures) < already + 30)
        stuck.kill()
        stuck.wait()


def test_another_size_is_agreed_on_anew(camera: CameraNode, pipewire: Session) -> None:
    small = Size(160, 90)
    with closing(Watcher()) as watcher:
        sent_while(camera, lambda: not watcher.pictures)
        watcher.pictures.clear()
        sent_while(
            camera,
            lambda: not any(picture.size == 160 * 90 * 3 // 2 for _, picture in watcher.pictures),
            size=small,
        )
        assert watcher.format
        assert watcher.format.size == small


def test_the_last_picture_says_that_the_camera_is_off(pipewire: Session) -> None:
    camera = CameraNode(None, SIZE, RATE)
    with closing(Watcher()) as watcher:
        sent_while(camera, lambda: not watcher.pictures)
        camera.close()
        np.testing.assert_array_equal(watcher.pictures[-1][1], camera_off(SIZE).data.ravel())
        assert not labels(pipewire)


def test_a_second_program_has_a_name_of_its_own_and_one_that_is_killed_is_gone(
    pipewire: Session, camera: CameraNode, tmp_path: Path
) -> None:
    with running(pipewire, "-o", "pipewire", log=tmp_path / "log") as program:
        until(lambda: labels(pipewire) == ["softfocus", "softfocus 2"])
        program.kill()
        until(lambda: labels(pipewire) == ["softfocus"])


def test_a_call_goes_on_while_pipewire_starts_anew_and_the_camera_comes_back(
    tmp_path: Path, pipewire: Session
) -> None:
    with Session(tmp_path) as own:
        options = ("-o", "pipewire:Me", "-o", str(tmp_path / "x.y4m"))
        with running(own, *options, log=tmp_path / "log") as program:
            until(lambda: labels(own) == ["Me"])
            own.stop("pipewire", signal.SIGKILL)
            own.stop("wireplumber")
            size = (tmp_path / "x.y4m").stat().st_size
            until(lambda: (tmp_path / "x.y4m").stat().st_size > size + 10 * FRAME)
            own.start_pipewire()
            until(lambda: labels(own) == ["Me"])
            assert program.poll() is None


def test_without_pipewire_a_line_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPEWIRE_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(NoPipeWire, match=r"no PipeWire: .*; see that it runs \(systemctl --user start"):
        open_sink("pipewire:Me", SIZE, RATE)


def test_doctor_names_our_camera_and_who_finds_it(pipewire: Session) -> None:
    assert "Firefox, OBS" in next(diagnosed(pipewire.environ)).says
    with closing(CameraNode("Me", SIZE, RATE)):
        finding = next(diagnosed(pipewire.environ))
    assert finding.ok
    assert "runs; softfocus publishes 'Me'" in finding.says
