"""A 64-bit ARM machine's Python on another processor: Debian's, run by qemu, in a folder of its own.

It needs qemu-user-static and apt-get, and neither root nor a change of the system.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from shutil import which

QEMU = "qemu-aarch64-static"
PACKAGES = ("python3", "libgl1", "libglib2.0-0")  # and what OpenCV wants beside it
PLATFORMS = ("manylinux2014_aarch64", *(f"manylinux_2_{minor}_aarch64" for minor in (17, 26, 27, 28, 34)))


class Emulated:
    """A root file system with Python and packages in it.

    python       the words of a command line that runs it
    environment  the variables that this takes
    """

    def __init__(self, folder: Path) -> None:
        if not (which(QEMU) and which("apt-get")):
            sys.exit(f"to emulate ARM: sudo apt install {QEMU.removesuffix('-aarch64-static')}-user-static")
        self._root, self._site = folder / "root", folder / "site"
        _unpack_debian(folder / "apt", self._root)
        (python,) = (self._root / "usr/bin").glob("python3.??")
        self._version = python.name.removeprefix("python")
        self.python = [QEMU, "-L", str(self._root), str(python)]
        self.environment = {"PYTHONPATH": str(self._site), "PYTHONDONTWRITEBYTECODE": "1"}

    def install(self, wheel: str, *packages: str) -> None:
        """A wheel that lies here, with all that it needs, and packages."""
        fetched = self._site.with_name("wheels")
        platforms = [f"--platform={platform}" for platform in PLATFORMS]
        kinds = [
            f"--python-version={self._version}",
            "--only-binary=:all:",
            "--quiet",
            "--dest",
            str(fetched),
        ]
        _run(sys.executable, "-m", "pip", "download", *platforms, *kinds, wheel, *packages)
        for each in fetched.glob("*.whl"):
            with zipfile.ZipFile(each) as archive:
                archive.extractall(self._site)


def _unpack_debian(folder: Path, root: Path) -> None:
    """Fetch packages for ARM by an apt with a state of its own, and unpack them."""
    for part in ("state/lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True)
    (folder / "status").touch()
    settings = {
        "Dir::State": folder / "state",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "APT::Architecture": "arm64",
        "APT::Architectures::": "arm64",
        "Debug::NoLocking": "1",
    }
    apt = [
        "apt-get",
        "-qq",
        *(word for name, value in settings.items() for word in ("-o", f"{name}={value}")),
    ]
    _run(*apt, "update")
    _run(*apt, "-y", "--no-install-recommends", "--download-only", "install", *PACKAGES)
    for package in (folder / "cache/archives").glob("*.deb"):
        _run("dpkg", "-x", str(package), str(root))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
