"""Which machine and which versions a figure was measured with, and what a process takes of it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..models.native import network
from ..realtime.kernel import choice
from ..realtime.sources.jpeg import decoder as jpeg

MEASURED_PACKAGES = ("softfocus", "numpy", "opencv-python", "av", "onnxruntime")
LOOKS, BETWEEN_LOOKS = 10, 0.005  # s


@dataclass(frozen=True, slots=True)
class Machine:
    """What a reader must know to compare figures.

    cores  this process may use; memory_mb  in all, None where the system does not tell
    load   average over the last minute when the measuring began; figures under load are worth little
    """

    cpu: str
    cores: int
    memory_mb: int | None
    system: str
    load: float | None


def this_machine() -> Machine:
    return Machine(_cpu_name(), usable_cores(), _memory_mb(), platform.platform(terse=True), _load())


def versions(packages: tuple[str, ...] = MEASURED_PACKAGES) -> dict[str, str]:
    """Of Python and of every named package that is installed; with softfocus, what of it is compiled."""
    found = {"python": platform.python_version()}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    if "softfocus" in found:
        found["kernel"] = "compiled" if choice.compiled else "plain"
        found["jpeg"] = jpeg.forms()[0] if jpeg.forms() else "ffmpeg"
        found["models"] = network.forms()[0] if network.quick() else "onnxruntime"
    return found


def usable_cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def resident_mb(without: float = 0.0) -> float | None:
    """Memory of this process that lies in RAM, less `without`, MB (10⁶ bytes); None where nobody tells."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 - without
    if os.name != "posix":
        return None
    answer = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True)
    return int(answer.stdout) * 1024 / 1e6 - without if answer.returncode == 0 else None


def thread_count() -> int | None:
    """Native threads of this process, those of libraries too; None where the system does not tell.

    The system lists a thread for a moment after it was joined, so the least of several looks counts.
    """
    looks = [_entries("/proc/self/task")]
    while looks[-1] is not None and len(looks) < LOOKS:
        time.sleep(BETWEEN_LOOKS)
        looks.append(_entries("/proc/self/task"))
    return min((look for look in looks if look is not None), default=None)


def descriptor_count() -> int | None:
    """Open files, sockets and pipes of this process; None where the system does not tell."""
    return _entries("/proc/self/fd", "/dev/fd")


def _entries(*folders: str) -> int | None:
    for folder in folders:
        if os.path.isdir(folder):
            return len(os.listdir(folder))
    return None


def _cpu_name() -> str:
    """The marketing name where the system knows it, else the architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        answer = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True)
        if answer.returncode == 0:
            return answer.stdout.strip()
    return platform.processor() or platform.machine()


def _memory_mb() -> int | None:
    if os.name != "posix" or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1_000_000


def _load() -> float | None:
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
