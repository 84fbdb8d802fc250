"""The service that systemd keeps for a user."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from softfocus.realtime.service import unit as service

if not sys.platform.startswith("linux"):
    pytest.skip("systemd is on Linux", allow_module_level=True)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config/systemd/user/softfocus.service"


def test_it_is_installed_where_systemd_looks_and_removed_again(place: Path) -> None:
    assert service.install() == place
    assert f'ExecStart="{sys.executable}" -m softfocus run\n' in place.read_text("utf-8")
    service.install()
    started = place.parent / "default.target.wants" / place.name  # as systemctl enable does
    started.parent.mkdir()
    started.symlink_to(place)
    assert service.remove() == place
    assert not place.exists()
    assert not started.is_symlink()
    service.remove()


def test_a_path_with_signs_that_mean_something_to_systemd_stays_what_it_is() -> None:
    assert r'ExecStart="/home/a b/100%%/$$x/\"q\"/\\/python" -m softfocus run' in service.unit(
        '/home/a b/100%/$x/"q"/\\/python'
    )


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is missing")
def test_systemd_takes_every_line_of_it(place: Path) -> None:
    service.install()
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", str(place)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": "/tmp", "HOME": "/tmp"},
    )
    about_ours = [line for line in checked.stderr.splitlines() if service.NAME in line]
    assert (checked.returncode, about_ours) == (0, [])


def test_the_documentation_explains_every_restriction() -> None:
    docs = Path(__file__).resolve().parents[1] / "docs/service.md"
    told = docs.read_text("utf-8")
    directives = [line.partition("=")[0] for line in service.unit().splitlines() if "=" in line]
    unexplained = {"Description", "Type", "ExecStart", "WantedBy"}
    assert [each for each in directives if each not in unexplained and f"{each}=" not in told] == []


def test_the_command_line_writes_it_and_says_how_to_start_it(place: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "softfocus", "service", "install"], capture_output=True, text=True, check=True
    )
    assert told.stdout == (
        f"wrote {place}; now run: "
        "systemctl --user daemon-reload && systemctl --user enable --now softfocus.service\n"
    )
    assert place.is_file()
