"""What is installed: all of softfocus, and nothing under a name that is not its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

import softfocus

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NOT_INSTALLED = {"tests", "docs"}
COMPILED = ("realtime/kernel", "models/native", "realtime/sources/jpeg")


def contents(wheel: Path) -> dict[str, bytes]:
    """The wheel's files by name, but for the list of them."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/RECORD")}


def compiled(wheel: dict[str, bytes]) -> set[str]:
    return {name for name in wheel if name.endswith((".so", ".pyd"))}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, the wheel made of it, and in `direct` the wheel made of the tree."""
    folder = tmp_path_factory.mktemp("built")
    unwanted = ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "vcam-out")
    tree = copytree(ROOT, folder / "softfocus", ignore=unwanted)
    for arguments in (["--outdir", "dist"], ["--wheel", "--outdir", "dist/direct"]):
        command = [sys.executable, "-m", "build", "--no-isolation", *arguments]
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return tree / "dist"


@pytest.fixture(scope="session")
def wheel(built: Path) -> dict[str, bytes]:
    return contents(next(built.glob("*.whl")))


@pytest.mark.skipif(os.environ.get("CI") != "true", reason="developers test their working tree")
def test_what_ci_tests_is_the_installed_package() -> None:
    for place in softfocus.__path__:
        assert Path(place).parent.name == "site-packages"


def test_the_wheel_installs_softfocus_and_nothing_else(wheel: dict[str, bytes]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert tops == {"softfocus", f"softfocus-{PROJECT['project']['version']}.dist-info"}
    folders = {name.split("/")[1] for name in wheel if name.count("/") > 1 and "dist-info" not in name}
    assert folders == {"bench", "export", "models", "realtime"}


def test_the_wheel_has_every_module_and_file_of_the_packages(wheel: dict[str, bytes]) -> None:
    suffixes = {".py", ".pyi", ".toml", ".onnx", ".jpg", ".service", ".html", ".css", ".js"}
    names = {"py.typed", "NOTICE"}
    here = {
        str(Path("softfocus", file.relative_to(ROOT)))
        for package in PROJECT["tool"]["setuptools"]["packages"]
        for file in (ROOT / Path(*package.split(".")[1:])).iterdir()
        if (file.suffix in suffixes or file.name in names) and file.name != "pyproject.toml"
    }
    assert {name for name in wheel if "dist-info" not in name} - compiled(wheel) == here
    assert len([name for name in here if name.endswith(".onnx")]) == 6


def test_one_build_of_what_is_compiled_serves_every_python(built: Path, wheel: dict[str, bytes]) -> None:
    folders = {str(Path(name).parent) for name in compiled(wheel)}
    assert folders == {f"softfocus/{folder}" for folder in COMPILED}
    (name,) = built.glob("*.whl")
    assert "-cp311-abi3-" in name.name


def test_without_a_compiler_softfocus_installs_and_runs_all_the_same(built: Path, tmp_path: Path) -> None:
    """Built from the sdist with a compiler that fails; an abi3 wheel all the same, with nothing compiled."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    (tree,) = tmp_path.iterdir()
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path / "dist")]
    environment = {**os.environ, "CC": "false", "CFLAGS": ""}
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert not compiled(contents(wheel))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    code = (
        "from softfocus.realtime.kernel import choice; from softfocus.models.native import network\n"
        "from softfocus.realtime.sources.jpeg import decoder\n"
        "print(choice.compiled or network.forms() or decoder.forms(), choice.__file__)"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env=environment
    )
    assert done.stdout.split()[0] == "()", done.stderr
    assert str(tmp_path) in done.stdout


def test_licence_and_notices_travel_with_the_wheel(wheel: dict[str, bytes]) -> None:
    licences = {name.partition("licenses/")[2] for name in wheel if "licenses/" in name}
    assert licences == {"LICENSE", "models/weights/NOTICE", "realtime/sources/NOTICE"}


def test_the_sdist_makes_the_same_wheel_as_the_tree(built: Path, wheel: dict[str, bytes]) -> None:
    assert contents(next((built / "direct").glob("*.whl"))) == wheel
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = archive.getnames()
    assert any(name.endswith("/README.md") for name in names)
    files = (file for folder in COMPILED for file in (ROOT / folder).iterdir())
    sources = {str(file.relative_to(ROOT)) for file in files if file.suffix in (".c", ".h")}
    assert sources == {name.partition("/")[2] for name in names if name.endswith((".c", ".h"))}


def test_the_list_of_packages_is_what_lies_on_disk() -> None:
    folders = {
        path.parent.relative_to(ROOT)
        for path in ROOT.rglob("__init__.py")
        if not any(
            part.startswith(".") or part in NOT_INSTALLED | {"build"}
            for part in path.parts[len(ROOT.parts) :]
        )
    }
    packages = {".".join(["softfocus", *folder.parts]) for folder in folders}
    assert packages == set(PROJECT["tool"]["setuptools"]["packages"])


def test_an_import_leaves_no_generic_names_and_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; before = set(sys.modules); import softfocus; "
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['softfocus']"


@pytest.mark.parametrize("name", ["realtime", "models", "export", "bench", "tests"])
def test_nothing_generic_can_be_imported(tmp_path: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import {name}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert "ModuleNotFoundError" in done.stderr


def test_the_module_and_the_script_are_the_same_program(tmp_path: Path) -> None:
    version = f"softfocus {PROJECT['project']['version']}\n"
    script = Path(sys.executable).with_name("softfocus")
    for program in ([sys.executable, "-m", "softfocus"], [str(script)]):
        done = subprocess.run(
            [*program, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert done.stdout == version
