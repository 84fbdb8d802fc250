"""The check of wheels before a release: what is not as its name says is refused."""

from __future__ import annotations

import platform
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from softfocus.realtime.kernel import choice
from tools import stable
from tools.checks import ENTRY, check
from tools.targets import TARGETS

TAG = "manylinux_2_17_x86_64"
PLACES = ("realtime/kernel", "models/native", "realtime/sources/jpeg")
ours = pytest.mark.skipif(
    sys.platform != "linux" or not choice.compiled, reason="needs modules that were compiled on Linux"
)


def wheel(folder: Path, module: bytes, tag: str = TAG, says: str = TAG, suffix: str = ".abi3.so") -> Path:
    path = folder / f"softfocus-{version('softfocus')}-cp311-abi3-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        about = f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-abi3-{says}\n"
        archive.writestr("softfocus.dist-info/WHEEL", about)
        for place in PLACES:
            archive.writestr(f"softfocus/{place}/_compiled{suffix}", module)
    return path


def compiled_here() -> bytes:
    from softfocus.models.native import _compiled

    return Path(_compiled.__file__ or "").read_bytes()


def refused(path: Path, tag: str = TAG) -> str:
    with pytest.raises(SystemExit) as error:
        list(check(path, TARGETS[tag]))
    return str(error.value)


def test_there_are_wheels_for_both_processors_of_every_system() -> None:
    machines = {(target.system, target.machine) for target in TARGETS.values()}
    systems = ("glibc", "musl", "macos", "windows")
    assert machines == {(system, machine) for system in systems for machine in ("x86_64", "aarch64")}


@ours
def test_names_that_say_something_else_than_the_wheel_are_refused(tmp_path: Path) -> None:
    assert "its tags are" in refused(wheel(tmp_path, compiled_here(), says="linux_x86_64"))
    windows = wheel(tmp_path, compiled_here(), "win_amd64", "win_amd64")
    assert "is called otherwise there" in refused(windows, "win_amd64")


@ours
def test_a_module_for_another_system_or_processor_is_refused(tmp_path: Path) -> None:
    mac = wheel(tmp_path, compiled_here(), "macosx_11_0_arm64", "macosx_11_0_arm64")
    assert "is no macos library" in refused(mac, "macosx_11_0_arm64")
    other = "manylinux_2_17_aarch64" if platform.machine() == "x86_64" else TAG
    assert "for another processor" in refused(wheel(tmp_path, compiled_here(), other, other), other)


@ours
def test_a_module_that_gives_away_more_than_its_entry_is_refused(tmp_path: Path) -> None:
    """As one does that was compiled in the usual way, whose every function others could bind to."""
    tag = next(
        tag
        for tag, target in TARGETS.items()
        if target.system == "glibc" and target.machine == platform.machine()
    )
    assert f"not {ENTRY} alone" in refused(wheel(tmp_path, compiled_here(), tag, tag), tag)


def test_the_stable_interface_is_that_of_3_11() -> None:
    assert {"PyModuleDef_Init", "PyObject_GetBuffer"} <= stable.functions()  # the second came with 3.11
    assert "PyType_GetModuleByDef" not in stable.functions()  # with 3.13
    assert "PyExc_ValueError" in stable.data()
