"""What starts softfocus at login on macOS and Windows; those systems themselves are not here to read it."""

from __future__ import annotations

import plistlib
import sys
from pathlib import Path

import pytest

from softfocus.realtime.errors import CannotWrite, NoService
from softfocus.realtime.service import startup
from softfocus.realtime.service.choice import keeper


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path / "Roaming"))
    return tmp_path


def test_launchd_runs_this_python_and_again_after_a_failure_only(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    path = keeper().install()
    assert path.parent == home / "Library/LaunchAgents"
    agent = plistlib.loads(path.read_bytes())
    assert agent["Label"] == path.stem
    assert agent["ProgramArguments"] == [sys.executable, "-m", "softfocus", "run"]
    assert (agent["RunAtLoad"], agent["KeepAlive"]) == (True, {"SuccessfulExit": False})
    assert str(path) in keeper().on()
    assert keeper().remove() == path
    assert not path.exists()
    keeper().remove()


def test_windows_starts_this_python_with_the_other_start_up_programs(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    path = keeper().install()
    assert path.parent.name == "Startup"
    assert path.is_relative_to(home / "Roaming")
    assert f'"{sys.executable}" -m softfocus run' in path.read_text("utf-8")
    assert keeper().remove() == path
    assert not path.exists()


def test_signs_that_mean_something_to_windows_shell_stay_what_they_are() -> None:
    assert rb'/min "C:\50%% & more\python.exe" -m softfocus' in startup.entry(r"C:\50% & more\python.exe")


def test_what_cannot_be_written_is_one_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    (home / "Library").write_text("in the way")
    with pytest.raises(CannotWrite, match="LaunchAgents"):
        keeper().install()


def test_other_systems_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "freebsd14")
    with pytest.raises(NoService, match="softfocus run"):
        keeper()
