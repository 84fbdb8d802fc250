"""Wheels of one tree that differ in what is compiled."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

from .cross import Compiler, extensions
from .targets import Target

TAG = "cp311-abi3"  # as in pyproject.toml


def make_sdist(root: Path, folder: Path) -> Path:
    """The source archive, from which all wheels are made."""
    _build(root, "--sdist", folder)
    (archive,) = folder.glob("*.tar.gz")
    return archive


def unpack_sdist(archive: Path, folder: Path) -> Path:
    """The tree in it."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    (tree,) = folder.iterdir()
    return tree


def make_bare(tree: Path, folder: Path) -> Path:
    """The wheel without anything compiled, as an unpacked tree; it has to be packed for some target."""
    _build(tree, "--wheel", folder, {"CC": "false"})
    (wheel,) = folder.glob("*.whl")
    _wheel("unpack", "--dest", str(folder), str(wheel))
    wheel.unlink()
    (unpacked,) = folder.iterdir()
    return unpacked


def add_compiled(bare: Path, tree: Path, target: Target, folder: Path) -> None:
    """Compile the tree's modules for a target into an unpacked wheel, and say in it for whom it is now."""
    compiler = Compiler(target, folder)
    for extension in extensions(tree):
        compiler(extension, bare / extension.folder / f"{extension.name}{target.suffix}")
    (about,) = bare.glob("*.dist-info/WHEEL")
    kept = [line for line in about.read_text("utf-8").splitlines() if line and not line.startswith("Tag:")]
    about.write_text("\n".join([*kept, f"Tag: {TAG}-{target.tag}", ""]), "utf-8")


def pack(unpacked: Path, output: Path, tag: str) -> Path:
    """The wheel of an unpacked tree."""
    _wheel("pack", "--dest-dir", str(output), str(unpacked))
    (wheel,) = output.glob(f"*-{tag}.whl")
    return wheel


def _build(tree: Path, kind: str, folder: Path, more: dict[str, str] | None = None) -> None:
    _run("build", "--no-isolation", kind, "--outdir", str(folder), str(tree), more=more)


def _wheel(*arguments: str) -> None:
    _run("wheel", *arguments)


def _run(module: str, *arguments: str, more: dict[str, str] | None = None) -> None:
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, **(more or {})}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
