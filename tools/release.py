"""The source archive and the wheels, one after the other; `wheels` runs this where the tools are."""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from .checks import check
from .packing import add_compiled, make_bare, make_sdist, pack, unpack_sdist
from .targets import TARGETS, Target
from .trial import try_out

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    arguments = read_arguments()
    output = Path(arguments.place, arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("SOURCE_DATE_EPOCH", epoch())
    with TemporaryDirectory() as folder:
        targets = [TARGETS[tag] for tag in arguments.target or TARGETS]
        make(targets, output, Path(folder), arguments.emulate)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("tools/wheels.py", description="Make softfocus's wheels.")
    parser.add_argument("--output", required=True, metavar="DIR", help="where they go")
    parser.add_argument("--emulate", action="store_true", help="try ARM too: qemu-user and Debian's Python")
    parser.add_argument("--from", dest="place", default=os.getcwd(), help=argparse.SUPPRESS)
    parser.add_argument("target", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; or all")
    arguments = parser.parse_args()
    if unknown := set(arguments.target) - set(TARGETS):
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    return arguments


def epoch() -> str:
    """The time that files in wheels are said to be of, so that one commit makes the same bytes again."""
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or str(int(time.time()))


def make(targets: Sequence[Target], output: Path, folder: Path, emulate: bool) -> None:
    """All of them into `output`; what was found of each is printed."""
    tree = unpack_sdist(make_sdist(ROOT, output), folder / "sdist")
    bare = make_bare(tree, folder / "bare")
    for target in targets:
        began = time.monotonic()
        place = folder / target.tag
        unpacked = copytree(bare, place / bare.name)
        add_compiled(unpacked, tree, target, place)
        wheel = pack(unpacked, output, target.tag)
        told(f"{wheel.name}  {wheel.stat().st_size / 1e6:.2f} MB, {time.monotonic() - began:.0f} s")
        for found in check(wheel, target):
            told(f"    {found}")
        for found in try_out(wheel, target, place, emulate):
            told(f"    {found}")


def told(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
