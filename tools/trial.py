"""Installing a wheel where nothing else is, and looking whether it works."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.tags import sys_tags

from .emulated import Emulated
from .targets import Target
from .wheels import environment

TESTS = Path(__file__).resolve().parents[1] / "tests"
TESTED = ("test_kernel.py", "test_native.py", "test_jpeg.py")
FOR_TESTS = ("pytest", "pytest-xdist", "hypothesis", "onnxruntime")
WITNESS = "witness.npz"  # what x86 made of the demo, for others to be compared with
NEW_PROCESSES = "without_onnx_runtime"  # tests that begin some, which qemu does not run


def try_out(wheel: Path, target: Target, folder: Path, emulate: bool) -> Iterator[str]:
    """What it does, a line each; none where this machine cannot run it. Exits with what fails.

    folder  of this target; beside it lie those of the others
    """
    if any(tag.platform == target.tag for tag in sys_tags()):
        python = environment(folder, str(wheel), *FOR_TESTS)
        yield from _tried([python], folder, {}, emulated=False)
        os.replace(folder / WITNESS, folder.parent / WITNESS)
    elif emulate and (target.system, target.machine) == ("glibc", "aarch64"):
        machine = Emulated(folder / "emulated")
        machine.install(str(wheel), *FOR_TESTS)
        yield from _tried(machine.python, folder, machine.environment, emulated=True)


def _tried(python: list[str], folder: Path, variables: Mapping[str, str], *, emulated: bool) -> Iterator[str]:
    def run(*arguments: str) -> str:
        command = [*python, *arguments]
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, env={**inherited, **variables}
        )
        if done.returncode:
            sys.exit(f"{' '.join(command)}\n{done.stdout[-5000:]}{done.stderr[-5000:]}")
        return done.stdout

    tests = [str(TESTS / name) for name in TESTED]
    chosen = ["-m", "not shared", *(["-k", f"not {NEW_PROCESSES}"] if emulated else [])]
    said = run("-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen, *tests)
    where = "under qemu" if emulated else "here"
    yield f"tests {where}: {said.splitlines()[-1]}"
    others = folder.parent / WITNESS
    said = run(str(TESTS / "witness.py"), str(folder / WITNESS), *([str(others)] if others.exists() else []))
    yield from (f"demo {where}: {line}" for line in said.splitlines())
    run("-m", "softfocus", "demo", "--size", "320x180")
    yield f"softfocus demo {where}: {(folder / 'softfocus-demo.mp4').stat().st_size / 1e6:.1f} MB"
