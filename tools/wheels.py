"""Make softfocus's wheels, for every system that it runs on, and its source archive.

    python tools/wheels.py --output DIR [TARGET...]

All are compiled on this machine, by zig's clang, and checked. Those for this very machine are installed and
tried, with --emulate those for 64-bit ARM too. What that takes is fetched into an environment that is gone
afterwards.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run `tools.release`, which has the same words, where its tools are."""
    with TemporaryDirectory() as folder:
        python = environment(Path(folder), "-r", str(HERE / "requirements.txt"))
        command = [python, "-m", "tools.release", *sys.argv[1:], "--from", os.getcwd()]
        return subprocess.run(command, check=False, cwd=HERE.parent).returncode


def environment(folder: Path, *packages: str) -> str:
    """A fresh one with packages in it; its Python."""
    venv.create(folder / "environment", with_pip=True)
    python = folder / "environment" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    subprocess.run(install, check=True)
    return str(python)


if __name__ == "__main__":
    sys.exit(main())
