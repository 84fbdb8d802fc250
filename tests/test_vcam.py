"""Boots a virtual machine whose kernel has v4l2loopback, and runs tests/vcam in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import unavailable

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 900  # until the guest is ended: minutes on a quiet machine, but a machine may be busy


@pytest.fixture(scope="session")
def machine(shared: Path) -> Path:
    """The script that runs a command in the guest; its kernel is built once, in three minutes."""
    folder = shared / "vcam-vm"
    for command in (["bash", "build-image.sh"], ["bash", "run-in-vm.sh", "true"]):
        tried = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"VCAM_OUT": "/tmp/softfocus-vcam"},
            capture_output=True,
            text=True,
            check=False,
        )
        if tried.returncode and "run-in-vm.sh" in command and has_amx():
            pytest.skip("the guest's kernel cannot start on a processor with AMX: no room for its registers")
        if tried.returncode:
            unavailable(f"a virtual machine with cameras ({tried.stderr.strip().splitlines()[-1:]})")
    return folder / "run-in-vm.sh"


def has_amx() -> bool:
    """Whether the processor's registers take 11,008 bytes: User-Mode Linux 6.1 keeps 2,696 of them, and Linux
    refuses to set a part (`userspace - ptrace set fp regs failed, errno = 14`).
    """
    return "amx_tile" in Path("/proc/cpuinfo").read_text().split()


@pytest.mark.virtual_camera
def test_all_tests_with_real_v4l2_devices_pass_in_the_virtual_machine(machine: Path, tmp_path: Path) -> None:
    pytest_in_guest = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", "tests/vcam"]
    settings = {"VCAM_OUT": str(tmp_path), "VCAM_TIMEOUT": str(SECONDS)}
    done = subprocess.run(
        ["bash", str(machine), *pytest_in_guest],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    print(done.stdout)  # the guest's own report, shown if this fails
    assert done.returncode == 0, f"pytest in the guest ended with {done.returncode}"
