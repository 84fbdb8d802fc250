"""Compiling Python's extension modules for other systems than this one, by zig's clang."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile, copytree, ignore_patterns

from . import stable
from .targets import Target

WINDOWS_LIBRARY = "python3.dll"  # there with every version, and passes on to its own

COMPILED = (
    *("-O3", "-g0", "-std=gnu11", "-fPIC", "-fvisibility=hidden", "-DNDEBUG"),
    *("-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas"),
)
LINKED = {
    "glibc": ("-lm",),
    "musl": ("-dynamic",),
    # Python's functions are in the program that loads it, by its place, not by a name of its own.
    "macos": ("-Wl,-undefined,dynamic_lookup", "-Wl,-install_name,_compiled.abi3.so"),
    "windows": (),
}


@dataclass(frozen=True, slots=True)
class Extension:
    """A compiled module as pyproject.toml has it: its folder in the wheel, its name and its sources."""

    folder: Path
    name: str
    sources: Sequence[Path]


def extensions(tree: Path) -> Iterator[Extension]:
    """Those of the project in a folder."""
    project = tomllib.loads((tree / "pyproject.toml").read_text("utf-8"))
    for module in project["tool"]["setuptools"]["ext-modules"]:
        *packages, name = module["name"].split(".")
        yield Extension(Path(*packages), name, [tree / source for source in module["sources"]])


class Compiler:
    """Compiles for one target; what it makes on the way lies in `folder`."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._target = target
        self._folder = folder
        self._headers = _headers(folder / "include")
        self._library = [str(_import_library(target, folder))] if target.system == "windows" else []

    def __call__(self, extension: Extension, onto: Path) -> None:
        """Make the module's file. What the compiler warns of is an error."""
        objects: list[str] = []
        for source in extension.sources:
            objects.append(str(self._folder / f"{extension.folder.name}-{source.stem}.o"))
            self._zig("-c", str(source), "-o", objects[-1], f"-I{self._headers}", *COMPILED)
        self._zig("-shared", "-s", *objects, *self._library, "-o", str(onto), *LINKED[self._target.system])

    def _zig(self, *arguments: str) -> None:
        zig("cc", "-target", self._target.triple, *arguments)


def zig(*arguments: str) -> None:
    """Run it; exits with what it says where it fails."""
    command = [sys.executable, "-m", "ziglang", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"zig {' '.join(arguments)}\n{done.stdout}{done.stderr}")


def _headers(folder: Path) -> Path:
    """This Python's headers, which look for pyconfig.h in their own folder first, with ours among them."""
    copytree(sysconfig.get_path("include"), folder, ignore=ignore_patterns("pyconfig*.h"))
    copyfile(Path(__file__).with_name("pyconfig.h"), folder / "pyconfig.h")
    return folder


def _import_library(target: Target, folder: Path) -> Path:
    """What Windows' linker wants to see of Python: the names that its library exports."""
    machine = {"x86_64": "i386:x86-64", "aarch64": "arm64"}[target.machine]
    names = sorted([*stable.functions(), *(f"{name} DATA" for name in stable.data())])
    definition, library = folder / "python3.def", folder / "libpython3.a"
    definition.write_text("\n".join([f"LIBRARY {WINDOWS_LIBRARY}", "EXPORTS", *names, ""]), "ascii")
    zig("dlltool", "-m", machine, "-d", str(definition), "-l", str(library))
    return library
