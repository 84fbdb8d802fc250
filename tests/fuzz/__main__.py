"""Throws nonsense at all that reads what it does not trust: python -m tests.fuzz --minutes 10.

The compiled parts are built anew in a temporary folder, with AddressSanitizer and UBSan; each target runs in
processes of its own. A finding ends it with status 1, and is told with the seed that brings it back.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from shutil import copytree, ignore_patterns

TARGETS = ("jpeg", "plan", "phrase", "config", "control", "panel")
ROOT = Path(__file__).resolve().parents[2]
TURN = 20.0  # s of a target before the next one's turn
STRANDED = 120.0  # s beyond its turn after which a target hangs
SANITIZED = "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g -O1"
BUILT = (
    "from softfocus.realtime.kernel import choice; from softfocus.models.native import network\n"
    "from softfocus.realtime.sources.jpeg import decoder\n"
    "assert choice.compiled and network.forms(), 'the compiled parts could not be built'\n"
    "print(choice.__file__, *network.forms(), *decoder.forms())"
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="in all")
    parser.add_argument("--seed", type=int, default=0, help="of the first turn")
    parser.add_argument("--target", choices=TARGETS, action="append", help="only this one")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environ = sanitized(Path(folder))
        checked = subprocess.run([sys.executable, "-c", BUILT], env=environ, cwd=folder)
        return checked.returncode or fuzz(
            environ, wanted.target or list(TARGETS), wanted.minutes, wanted.seed
        )


def fuzz(environ: dict[str, str], targets: list[str], minutes: float, seed: int) -> int:
    """Turn by turn until the time is over; 1 with the first finding."""
    end, counts = time.monotonic() + 60 * minutes, dict.fromkeys(targets, 0)
    while (left := end - time.monotonic()) > 0:
        for target in targets:
            seconds = max(1.0, min(TURN, left / len(targets)))
            command = [sys.executable, "-m", "tests.fuzz.targets", target, str(seconds), str(seed)]
            done = subprocess.run(
                command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=seconds + STRANDED
            )
            if done.returncode:
                print(done.stdout[-1000:], done.stderr[-8000:], sep="\n")
                print(
                    f"{target} ended with {done.returncode}: --target {target} --seed {seed} brings it back"
                )
                return 1
            counts[target] += int(done.stdout.split()[-1])
        seed += 1
        print(", ".join(f"{count} {target}" for target, count in counts.items()), flush=True)
    print(f"no finding in {minutes:g} minutes: {sum(counts.values())} inputs")
    return 0


def sanitized(folder: Path) -> dict[str, str]:
    """softfocus, built into the folder; the environment in which Python finds it and its sanitizers."""
    tree = copytree(
        ROOT,
        folder / "tree",
        ignore=ignore_patterns(".*", "build", "*.so", "*.egg-info", "__pycache__", "docs"),
    )
    building = {**os.environ, "CFLAGS": SANITIZED, "LDFLAGS": "-fsanitize=address,undefined"}
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(folder / "site"), str(tree)], env=building, check=True)
    libraries = (
        subprocess.check_output(["gcc", f"-print-file-name=lib{name}.so"], text=True).strip()
        for name in ("asan", "ubsan", "stdc++")  # the last, for what throws before OpenCV is loaded
    )
    return {
        **os.environ,
        "LD_PRELOAD": " ".join(libraries),
        "ASAN_OPTIONS": "detect_leaks=0:halt_on_error=1:allocator_may_return_null=1",
        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
        "PYTHONPATH": os.pathsep.join([str(folder / "site"), str(ROOT / "tests")]),
        "PYTHONMALLOC": "malloc",
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
    }


if __name__ == "__main__":
    sys.exit(main())
