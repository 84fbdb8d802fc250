"""Webcams on macOS and Windows: FFmpeg's two devices are played after their source text, with real films."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import av
import numpy as np
import pytest
from av.device import DeviceInfo

from softfocus.realtime.errors import (
    CameraBusy,
    CameraDenied,
    CameraFailed,
    CameraLacks,
    CameraLost,
    EndOfSource,
    NoSuchCamera,
)
from softfocus.realtime.frame import Frame, Size
from softfocus.realtime.sources import av_camera, av_systems, camera
from softfocus.realtime.sources.av_camera import AVCamera
from softfocus.realtime.sources.open import is_camera, reopener
from softfocus.realtime.sources.webcam import FIRST

HD, VGA = Size(1280, 720), Size(640, 480)
EIO = 5
C920 = r"@device_pnp_\\?\usb#vid_046d&pid_082d&mi_00#7&1&0&0000#{65e8773d-8f56-11d0-a3b9-00a0c9223196}\global"
REALLY_OPEN = av.open

Rates = dict[Size, list[tuple[float, float]]]


@dataclass
class Plugged:
    """A camera that is plugged in.

    rates   slowest and fastest, by size
    says    why it does not open; starts: whether a first picture ever comes
    """

    label: str
    rates: Rates = field(default_factory=lambda: {HD: [(1.0, 30.0)], VGA: [(1.0, 30.0)]})
    says: str = ""
    starts: bool = True
    unplugged: Event = field(default_factory=Event)
    unique: str = C920


class Playing:
    """A container that plays a film over and over, until the camera is unplugged; bad: each third one."""

    def __init__(self, film: Path, plugged: Plugged, *, bad: bool = False) -> None:
        self._container: Any = REALLY_OPEN(str(film))
        self._plugged = plugged
        self._bad = bad
        self._count = 0
        self.streams = self._container.streams

    def demux(self, stream: object) -> Iterator[Any]:
        if self._plugged.unplugged.is_set():
            raise failure()
        time.sleep(0.005)
        self._count += 1
        self._container.seek(0)
        packet = next(self._container.demux(self._container.streams.video[0]))
        if self._bad and self._count % 3 == 0:
            broken = av.Packet(b"\xff\xd8 no picture")
            broken.stream, packet = packet.stream, broken
        yield packet

    def close(self) -> None:
        self._container.close()

    def __enter__(self) -> Playing:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass
class Machine:
    """FFmpeg on a machine with cameras, and what it was asked for so far."""

    system: av_systems.System
    film: Path
    plugged: list[Plugged]
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    screens: int = 1
    bad: bool = False

    def list(self, system: str) -> list[DeviceInfo]:
        assert system == self.system.name
        if system == "dshow":
            found = [DeviceInfo(each.unique, each.label, False, ["video"]) for each in self.plugged]
            return [*found, DeviceInfo("@device_cm_1", "Microphone", False, ["audio"])]
        labels = [each.label for each in self.plugged]
        labels += [f"Capture screen {n}" for n in range(self.screens)]
        devices = [DeviceInfo(str(n), label, False, ["video"]) for n, label in enumerate(labels)]
        return [*devices, DeviceInfo("0", "MacBook Microphone", False, ["audio"])]

    def open(self, target: str, mode: str = "r", *, format: str, options: dict[str, str]) -> Playing:
        assert format == self.system.name
        self.asked.append((target, options))
        meant = self._meant(target, options)
        if meant is None:
            raise said("Video device not found\n")
        if meant == "screen":
            self.opened.append("the screen")
            return Playing(self.film, Plugged("screen"))
        assert isinstance(meant, Plugged)
        if meant.says:
            raise said(meant.says)
        self._refuse(meant, options)
        while not meant.starts:  # as the source text has it: while (ctx->frames_captured < 1)
            time.sleep(0.02)
        self.opened.append(meant.label)
        return Playing(self.film, meant, bad=self.bad)

    def _meant(self, target: str, options: dict[str, str]) -> Plugged | str | None:
        """By the rules of avf_read_header and dshow_cycle_devices."""
        if format_is_dshow := target.startswith("video="):
            name = target.removeprefix("video=")
            return next((each for each in self.plugged if name in (each.unique, each.label)), None)
        assert not format_is_dshow
        name = target.partition(":")[0]
        number = options.get("video_device_index", "".join(filter(str.isdigit, name[:1])))
        if number:
            place = int(number)
            return self.plugged[place] if place < len(self.plugged) else "screen"
        named = next((each for each in self.plugged if each.label.startswith(name)), None)
        return named or ("screen" if name.startswith("Capture screen") else None)

    def _refuse(self, meant: Plugged, options: dict[str, str]) -> None:
        """By the rules of configure_video_device, and of dshow_cycle_formats."""
        size, rate = options.get("video_size"), float(options.get("framerate", "29.97"))
        offered = {str(each): ranges for each, ranges in meant.rates.items()}
        if self.system.name == "dshow":
            if "list_options" in options:
                lines = [
                    f"  vcodec=mjpeg  min s={each} fps={ranges[0][0]:g} max s={each} fps={ranges[0][1]:g}\n"
                    for each, ranges in offered.items()
                ]
                raise said(*lines)
            if size and size not in offered:
                raise said("Could not set video options\n")
            return
        if size is None or not any(abs(rate - most) < 0.01 for _, most in offered.get(size, [])):
            modes = [f"  {each}@[{a:f} {b:f}]fps\n" for each, some in offered.items() for a, b in some]
            raise said(
                f"Selected framerate ({rate:f}) is not supported by the device.\n",
                "Supported modes:\n",
                *modes,
            )


def failure() -> Exception:
    return av.error.OSError(EIO, "Input/output error")


def said(*lines: str) -> Exception:
    """Into FFmpeg's log, for real."""
    for line in lines:
        av.logging.log(av.logging.ERROR, "device", line)
    return failure()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "grey.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=30)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), 128, np.uint8), "rgb24")))
        container.mux(stream.encode(None))
    return path


def machine(
    monkeypatch: pytest.MonkeyPatch, film: Path, system: av_systems.System, *plugged: Plugged
) -> Machine:
    made = Machine(system, film, list(plugged))
    monkeypatch.setattr(av_camera, "system_here", lambda: system)
    monkeypatch.setattr(av_camera, "enumerate_input_devices", made.list)
    monkeypatch.setattr(av, "open", made.open)
    monkeypatch.setattr(camera.sys, "platform", "win32" if system.name == "dshow" else "darwin")
    return made


@pytest.fixture
def mac(monkeypatch: pytest.MonkeyPatch, film: Path) -> Machine:
    return machine(monkeypatch, film, av_systems.AVFoundation(), Plugged("FaceTime HD Camera"))


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch, film: Path) -> Machine:
    return machine(monkeypatch, film, av_systems.DirectShow(), Plugged("HD Pro Webcam C920"))


def next_frame(source: AVCamera | camera.Camera) -> Frame:
    frame = source.read(5.0)
    assert frame
    return frame


def test_a_camera_on_macos_is_opened_by_its_name_and_gives_frames(mac: Machine) -> None:
    with closing(AVCamera("facetime")) as source:
        first, later = next_frame(source), next_frame(source)
        assert later.index > first.index
        assert later.captured_at > first.captured_at
        assert source.size == Size(64, 48)
        assert source.name == "FaceTime HD Camera 64x48@30 mjpeg"
    assert mac.asked[0][0] == "FaceTime HD Camera:none"
    with pytest.raises(EndOfSource):
        source.read(0.0)


@pytest.mark.parametrize("name", ["0", FIRST, "FaceTime HD Camera"])
def test_after_unplugging_the_screen_is_never_opened(mac: Machine, name: str) -> None:
    """It takes the camera's number."""
    with closing(camera.open_camera(name, size=None, rate=None)) as source:
        reopen = reopener(source, name, size=None, rate=None, paced=False)
        next_frame(source)
        mac.plugged[0].unplugged.set()
        gone = mac.plugged.pop()
        with pytest.raises(CameraLost, match="FaceTime HD Camera was unplugged"):
            all(source.read(1.0) for _ in range(1000))
        with pytest.raises(NoSuchCamera):
            reopen()
        for number in ("0", "1", "Capture screen 0"):
            with pytest.raises(NoSuchCamera):
                AVCamera(number)
        gone.unplugged.clear()
        mac.plugged.append(gone)
        with closing(reopen()) as again:
            assert again.read(5.0)
    assert "the screen" not in mac.opened


def test_screens_and_microphones_are_no_cameras(mac: Machine) -> None:
    assert [webcam.name for webcam in camera.list_cameras()] == ["FaceTime HD Camera"]
    mac.plugged.clear()
    with pytest.raises(NoSuchCamera, match="no camera; no camera was found; plug one in"):
        camera.open_camera(FIRST, size=None, rate=None)


def test_the_first_camera_is_no_programs_output(mac: Machine) -> None:
    mac.plugged.insert(0, Plugged("OBS Virtual Camera"))
    with closing(camera.open_camera(FIRST, size=None, rate=None)):
        assert mac.opened == ["FaceTime HD Camera"]
    del mac.plugged[1]
    with closing(camera.open_camera(FIRST, size=None, rate=None)):
        assert mac.opened == ["FaceTime HD Camera", "OBS Virtual Camera"]


@pytest.mark.parametrize(
    ("label", "other"),
    [("4K Webcam", None), ("Cam", "Cam Pro"), ("Cam", "Cam"), ("Cam: Front", None), ("default one", None)],
)
def test_odd_names_open_the_camera_that_has_them(mac: Machine, label: str, other: str | None) -> None:
    """FFmpeg takes 4 for a number, what follows a colon for a microphone, and any name that begins so."""
    mac.plugged = [Plugged(other)] if other else [Plugged("Another")]
    mac.plugged.append(Plugged(label))
    meant = camera.list_cameras()[1]
    with closing(AVCamera(meant.identity)) as source:
        next_frame(source)
    assert mac.opened == [label]


def test_a_number_that_came_to_mean_something_else_is_not_used(mac: Machine) -> None:
    """The list changes between our look at it and FFmpeg's."""
    mac.plugged = [Plugged("Another"), Plugged("4K Webcam")]
    play = mac._meant

    def unplugged_meanwhile(target: str, options: dict[str, str]) -> Plugged | str | None:
        mac.plugged.pop()
        return play(target, options)

    mac._meant = unplugged_meanwhile  # type: ignore[method-assign]
    with pytest.raises(NoSuchCamera):
        AVCamera("4K Webcam")


@pytest.mark.parametrize("rate", [29.97, 30.00003, 25.0, 60.0, 15.0, 24.0])
def test_the_rates_that_the_device_offers_are_tried(mac: Machine, rate: float) -> None:
    mac.plugged[0].rates = {VGA: [(rate, rate)]}
    with closing(AVCamera("0")) as source:
        next_frame(source)
    assert float(mac.asked[-1][1]["framerate"]) == pytest.approx(rate, abs=1e-5)
    assert mac.asked[-1][1]["video_size"] == str(VGA)


def test_a_size_that_macos_lacks_is_answered_with_those_it_has(mac: Machine) -> None:
    with pytest.raises(CameraLacks, match=r"has no 800x600; .*640x480, 1280x720"):
        AVCamera("0", size=Size(800, 600))


def test_nobody_waits_for_ever_for_a_first_picture(mac: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av_camera, "PATIENCE", 0.3)
    mac.plugged[0].starts = False
    with pytest.raises(CameraFailed, match=r"FaceTime HD Camera gives no pictures: none came within 0.3 s"):
        AVCamera("0")
    mac.plugged[0].starts = True  # the thread that waits for it comes to its end


def test_a_camera_that_macos_denies_is_said_to_be(mac: Machine) -> None:
    mac.plugged[0].says = "Failed to create AV capture input device: not authorized to capture video\n"
    with pytest.raises(CameraDenied, match="allow it in System Settings, Privacy & Security"):
        AVCamera("0")


def test_two_of_one_kind_are_told_apart_on_windows(windows: Machine) -> None:
    other = C920.replace("7&1", "7&2")
    windows.plugged.append(Plugged("HD Pro Webcam C920", unique=other))
    first, second = camera.list_cameras()
    assert first.identity != second.identity
    with closing(AVCamera(second.identity)) as source:
        next_frame(source)
    assert windows.asked[-1][0] == f"video={other}"


def test_directshow_gets_room_and_takes_its_own_second_names(windows: Machine) -> None:
    assert is_camera(C920)
    with closing(camera.open_camera(C920, size=None, rate=None)) as source:
        next_frame(source)
    target, options = windows.asked[-1]
    assert target == f"video={C920}"
    assert options["rtbufsize"] == "64000000"


def test_the_first_camera_on_windows_is_not_obs(windows: Machine) -> None:
    windows.plugged.insert(0, Plugged("OBS Virtual Camera", unique=r"@device_sw_{860BB310}\{A3FCE0F5}"))
    windows.plugged.insert(0, Plugged("Some Filter", unique=r"@device_sw_{860BB310}\{B3FCE0F5}"))
    windows.plugged.insert(0, Plugged("Integrated IR Camera", unique=C920.replace("082d", "0001")))
    with closing(camera.open_camera(FIRST, size=None, rate=None)):
        assert windows.opened == ["HD Pro Webcam C920"]


@pytest.mark.parametrize(
    ("says", "error", "told"),
    [
        (
            "Could not run graph (sometimes caused by a device already in use by other application)\n",
            CameraBusy,
            "HD Pro Webcam C920 is in use; close the other program",
        ),
        ("Unable to BindToObject for HD Pro Webcam C920\n", CameraDenied, "let desktop apps access"),
        (
            "Could not find video device with name [x] among source devices\n",
            NoSuchCamera,
            "no camera HD Pro",
        ),
        ("Could not connect pins\n", CameraFailed, "gives no pictures: Could not connect pins;"),
    ],
)
def test_what_is_wrong_on_windows_is_read_from_ffmpegs_words(
    windows: Machine, says: str, error: type[Exception], told: str
) -> None:
    windows.plugged[0].says = says
    with pytest.raises(error, match=told) as caught:
        AVCamera("0")
    assert "\n" not in str(caught.value)


def test_a_size_that_windows_lacks_is_answered_with_those_it_has(windows: Machine) -> None:
    with pytest.raises(CameraLacks, match=r"has no 800x600; .*640x480, 1280x720"):
        AVCamera("0", size=Size(800, 600))


def test_without_the_usual_size_windows_gives_the_nearest(windows: Machine) -> None:
    windows.plugged[0].rates = {VGA: [(5.0, 30.0)], Size(320, 240): [(5.0, 30.0)]}
    with closing(AVCamera("0")) as source:
        next_frame(source)
    assert windows.asked[-1][1]["video_size"] == str(VGA)


def test_a_busy_first_camera_gives_way_to_the_next(windows: Machine) -> None:
    windows.plugged[0].says = "Could not run graph (sometimes caused by a device already in use)\n"
    windows.plugged.append(Plugged("Other Cam", unique=C920.replace("082d", "0002")))
    with closing(camera.open_camera(FIRST, size=None, rate=None)):
        assert windows.opened == ["Other Cam"]


def test_one_bad_picture_is_not_an_unplugged_camera(windows: Machine) -> None:
    windows.bad = True
    with closing(AVCamera("0")) as source:
        for _ in range(6):
            next_frame(source)
        assert source.bad >= 1


def test_a_read_that_gets_nothing_returns_in_time(windows: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """DirectShow waits for a picture however long it takes."""
    with closing(AVCamera("0")) as source:
        next_frame(source)
        stalled = Event()

        def wait(self: Playing, stream: object) -> Iterator[Any]:
            stalled.wait(10)
            raise failure()
            yield

        monkeypatch.setattr(Playing, "demux", wait)
        asked = time.monotonic()
        while source.read(0.2):
            pass
        assert time.monotonic() - asked < 5
        source.close()
        stalled.set()
