"""What the doctor says on Windows and macOS, of cameras and of OBS's virtual camera that are played here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from softfocus.realtime.doctor import compiled, desktop
from softfocus.realtime.doctor.finding import Finding
from softfocus.realtime.errors import CameraBusy, CameraFailed, VirtualCameraTaken
from softfocus.realtime.frame import Size
from softfocus.realtime.kernel import choice
from softfocus.realtime.sinks.obs_camera import refusal
from softfocus.realtime.sources.demo import Demo
from softfocus.realtime.sources.webcam import Webcam

WEBCAM = Webcam("FaceTime HD Camera", "FaceTime HD Camera", "FaceTime HD Camera")
SIZE = Size(64, 36)


def opens(rate: float = 20, promised: float = 20, frames: int | None = None) -> Callable[..., Any]:
    """A camera that gives so many frames a second, and says how many it promises."""

    def opened(name: str, **_: Any) -> Any:
        assert name == WEBCAM.identity
        camera = Demo(SIZE, rate, frames=frames)
        return SimpleNamespace(read=camera.read, close=camera.close, name="FaceTime", rate=promised)

    return opened


def found(opened: Callable[..., Any]) -> Finding:
    (finding,) = desktop.webcams(lambda: [WEBCAM], opened)
    return finding


def raises(error: Exception) -> Callable[..., Any]:
    def opened(*_: Any, **__: Any) -> Any:
        raise error

    return opened


def test_a_camera_that_gives_what_it_promised_is_fine() -> None:
    assert found(opens()).ok


def test_a_camera_that_is_too_slow_wants_light() -> None:
    finding = found(opens(promised=60))
    assert (finding.ok, finding.fix) == (False, desktop.SLOW)


@pytest.mark.parametrize(("system", "place"), [("darwin", "System Settings"), ("win32", "desktop apps")])
def test_where_no_camera_is_seen_the_systems_own_bar_comes_first(
    monkeypatch: pytest.MonkeyPatch, system: str, place: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    (finding,) = desktop.webcams(list)
    assert not finding.ok
    assert place in finding.fix.partition("; or ")[0]
    assert place in found(opens(frames=1)).fix


@pytest.mark.parametrize("error", [CameraBusy("FaceTime"), CameraFailed("FaceTime", "it is barred")])
def test_what_keeps_a_camera_from_opening_is_said_with_its_remedy(error: Exception) -> None:
    finding = found(raises(error))
    assert not finding.ok
    assert finding.fix


def test_a_virtual_camera_is_taken_and_given_back() -> None:
    closed: list[bool] = []
    camera = SimpleNamespace(device="OBS Virtual Camera", close=lambda: closed.append(True))
    (finding,) = desktop.virtual_camera(lambda *_: camera)
    assert finding == Finding("virtual camera", True, "OBS Virtual Camera is free")
    assert closed == [True]


def test_busy_and_missing_virtual_cameras_are_told_apart() -> None:
    (busy,) = desktop.virtual_camera(raises(VirtualCameraTaken("OBS Virtual Camera", "OBS sends to it")))
    (missing,) = desktop.virtual_camera(raises(refusal(None, "device not found!")))
    assert busy.fix.startswith("close it")
    assert missing.fix.startswith("install OBS")


@pytest.mark.parametrize(
    ("system", "says"), [("linux", "install gcc"), ("darwin", "xcode"), ("win32", "wheel")]
)
def test_without_compiled_parts_the_cost_and_this_systems_remedy_are_said(
    monkeypatch: pytest.MonkeyPatch, system: str, says: str
) -> None:
    monkeypatch.setattr(choice, "forms", tuple)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(compiled, "came_from", lambda: "/home/a/softfocus")
    finding = next(compiled.compiled())
    assert "2.5 times the CPU" in finding.says
    assert says in finding.fix
    assert "install softfocus" not in finding.fix or system == "win32"
    assert ("--no-deps /home/a/softfocus" in finding.fix) == (system != "win32")


def test_nothing_that_only_linux_has_is_imported_elsewhere() -> None:
    """Windows has no fcntl, grp and pwd; what needs them is imported where Linux is."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('fcntl', 'grp', 'pwd', 'resource')))\n"
        "import softfocus.__main__, softfocus.realtime.runs.run, softfocus.realtime.doctor.desktop\n"
        "import softfocus.realtime.sinks.virtual_camera, softfocus.realtime.live.ondemand\n"
        "import softfocus.realtime.doctor.devices, softfocus.realtime.service.unit\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
