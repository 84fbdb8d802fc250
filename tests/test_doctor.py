"""The doctor looks at a system's files; here they are drawn. tests/vcam shows it real devices."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

if not sys.platform.startswith("linux"):
    pytest.skip("video devices are looked at on Linux", allow_module_level=True)

from softfocus.realtime.doctor import Finding, printed, virtual_cameras, webcams
from softfocus.realtime.doctor.nodes import Node, denied, nodes, programs_in
from softfocus.realtime.doctor.software import missing_library, models, packages, providers, runtime, settings
from softfocus.realtime.errors import CameraBusy, NoVirtualCamera
from softfocus.realtime.frame import Size
from softfocus.realtime.sinks.loopback import Loopback
from softfocus.realtime.sources.demo import Demo

NOBODY = 65534
EFI = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
FREE = Loopback("/dev/video10", "softfocus", free=True, exclusive=True)
WEBCAM = Node(0, "HD Webcam", virtual=False)


@pytest.fixture
def root() -> Iterator[Path]:
    """A system's files, in a folder that everybody may enter."""
    with TemporaryDirectory() as name:
        here = Path(name)
        here.chmod(0o755)
        for folder in ("sys/class/video4linux", "sys/module", "dev", f"lib/modules/{platform.release()}"):
            (here / folder).mkdir(parents=True)
        yield here


def add_device(root: Path, number: int, name: str, *, virtual: bool, index: int = 0) -> Path:
    bus = "virtual" if virtual else "pci0000:00/usb1"
    device = root / f"sys/devices/{bus}/video4linux/video{number}"
    device.mkdir(parents=True)
    (device / "name").write_text(f"{name}\n")
    (device / "index").write_text(f"{index}\n")
    (root / f"sys/class/video4linux/video{number}").symlink_to(device)
    node = root / f"dev/video{number}"
    node.touch(mode=0o660)
    return node


def load_module(root: Path) -> None:
    (root / "sys/module/v4l2loopback").mkdir()
    (root / "sys/module/v4l2loopback/version").write_text("0.12.7\n")


def list_module(root: Path, *, installed: bool) -> None:
    line = "updates/dkms/v4l2loopback.ko:\n" if installed else "kernel/fs/ext4.ko:\n"
    (root / "lib/modules" / platform.release() / "modules.dep").write_text(line)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without any rights, where we may give them up; elsewhere with our own."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_loaded_module_with_a_free_device_is_healthy(root: Path) -> None:
    add_device(root, 10, "softfocus", virtual=True)
    load_module(root)
    module, device = virtual_cameras.virtual_cameras(root, lambda path: FREE)
    assert module == Finding("v4l2loopback", True, "0.12.7 is loaded")
    assert device == Finding("virtual camera", True, "/dev/video10 (softfocus) is free")


@pytest.mark.parametrize("installed", [False, True])
def test_a_module_that_is_not_loaded_is_said_with_the_line_that_loads_it(root: Path, installed: bool) -> None:
    list_module(root, installed=installed)
    (finding,) = virtual_cameras.virtual_cameras(root)
    assert not finding.ok
    assert finding.fix.endswith('sudo modprobe v4l2loopback exclusive_caps=1 card_label="softfocus"')
    assert ("apt install" in finding.fix) is not installed


@pytest.mark.parametrize(
    ("ubuntu", "line"), [(False, "mokutil --import"), (True, "update-secureboot-policy")]
)
def test_secure_boot_is_said_with_the_line_that_enrols_the_key(root: Path, ubuntu: bool, line: str) -> None:
    list_module(root, installed=True)
    variable = root / EFI
    variable.parent.mkdir(parents=True)
    variable.write_bytes(b"\x06\0\0\0\1")
    if ubuntu:
        (root / "var/lib/shim-signed").mkdir(parents=True)
    (finding,) = virtual_cameras.virtual_cameras(root)
    assert "Secure Boot" in finding.says
    assert line in finding.fix
    variable.write_bytes(b"\x06\0\0\0\0")
    (finding,) = virtual_cameras.virtual_cameras(root)
    assert "Secure Boot" not in finding.says


def test_a_module_without_devices_is_said(root: Path) -> None:
    load_module(root)
    _, finding = virtual_cameras.virtual_cameras(root)
    assert (finding.ok, finding.says) == (False, "v4l2loopback has no device")


def test_a_device_that_is_something_else_is_said(root: Path) -> None:
    add_device(root, 10, "softfocus", virtual=True)
    load_module(root)

    def refuse(path: str) -> Loopback:
        raise NoVirtualCamera(f"{path} is OBS, not a v4l2loopback device")

    _, finding = virtual_cameras.virtual_cameras(root, refuse)
    assert finding.says == "no virtual camera: /dev/video10 is OBS, not a v4l2loopback device"
    assert "modprobe" in finding.fix


def test_a_device_that_browsers_do_not_list_is_said() -> None:
    finding = virtual_cameras.judged(Loopback("/dev/video10", "x", free=True, exclusive=False), [])
    assert not finding.ok
    assert finding.fix.startswith(
        "sudo modprobe -r v4l2loopback && sudo modprobe v4l2loopback exclusive_caps=1"
    )


def test_a_device_without_a_name_of_its_own_works_but_is_said() -> None:
    nameless = Loopback("/dev/video10", "Dummy video device (0x0000)", free=True, exclusive=True)
    finding = virtual_cameras.judged(nameless, [])
    assert finding.ok
    assert "card_label" in finding.fix


@pytest.mark.parametrize(
    ("programs", "ok", "says"),
    [
        (["obs"], False, "obs sends to /dev/video10 (softfocus)"),
        ([], False, "another user's program sends to /dev/video10 (softfocus)"),
        (["softfocus", "zoom"], True, "softfocus sends to /dev/video10 (softfocus)"),
    ],
)
def test_who_sends_to_a_device_is_said(programs: list[str], ok: bool, says: str) -> None:
    taken = Loopback("/dev/video10", "softfocus", free=False, exclusive=True)
    finding = virtual_cameras.judged(taken, programs)
    assert (finding.ok, finding.says) == (ok, says)


def test_devices_for_metadata_are_no_cameras(root: Path) -> None:
    add_device(root, 2, "HD Webcam", virtual=False)
    add_device(root, 3, "HD Webcam", virtual=False, index=1)
    add_device(root, 10, "softfocus", virtual=True)
    assert nodes(root) == [Node(2, "HD Webcam", virtual=False), Node(10, "softfocus", virtual=True)]


def test_a_missing_webcam_is_said(root: Path) -> None:
    (finding,) = webcams.webcams(root)
    assert not finding.ok
    assert "plug one in" in finding.fix


@pytest.mark.parametrize(("mode", "line"), [(0o000, "sudo chmod 660 /dev/video0"), (0o060, "usermod -aG")])
def test_a_device_that_the_user_may_not_open_is_said_with_the_group(root: Path, mode: int, line: str) -> None:
    node = add_device(root, 0, "HD Webcam", virtual=False)
    if os.geteuid() == 0:
        os.chown(node, 0, 44)  # video
    node.chmod(mode)
    with as_nobody():
        finding = denied("camera", WEBCAM, root)
    if os.geteuid() != 0 and mode:  # then it is our own group's
        assert finding is None or line in finding.fix
        return
    assert finding is not None
    assert finding.says == "no permission to open /dev/video0 (HD Webcam)"
    assert line in finding.fix


@pytest.mark.parametrize(
    ("got", "ok", "says"),
    [
        (29.7, True, "cam 1280x720@30 gives 30 frames a second"),
        (14.9, False, "cam 1280x720@30 gives only 15 frames a second"),
        (None, False, "/dev/video0 (HD Webcam) gives no pictures"),
    ],
)
def test_a_webcam_is_judged_by_what_it_gives(got: float | None, ok: bool, says: str) -> None:
    finding = webcams.judged(WEBCAM, "cam 1280x720@30", 30, got)
    assert (finding.ok, finding.says, not finding.fix) == (ok, says, ok)


def test_the_rate_is_that_of_the_pictures_own_times() -> None:
    assert webcams.rate_of(Demo(Size(64, 36), 25, frames=None)) == pytest.approx(25)


@pytest.mark.parametrize(
    ("programs", "ok"), [(["cheese", "zoom"], False), (["softfocus"], True), ([], False)]
)
def test_a_taken_webcam_is_said_with_who_has_it(programs: list[str], ok: bool) -> None:
    finding = webcams.busy(WEBCAM, CameraBusy("/dev/video0"), programs)
    assert finding.ok is ok
    assert "cheese and zoom" in finding.says or len(programs) < 2
    assert ok or finding.fix.startswith("close the other program")


def test_programs_are_named_as_proc_names_them(root: Path) -> None:
    (root / "proc/4711/fd").mkdir(parents=True)
    (root / "proc/4711/fd/7").symlink_to("/dev/video0")
    (root / "proc/4711/comm").write_text("cheese\n")
    (root / "proc/4712/fd").mkdir(parents=True)
    (root / "proc/4712/fd/7").symlink_to("/dev/video1")
    assert programs_in(WEBCAM, root) == ["cheese"]


@pytest.mark.parametrize(
    "command",
    [["/usr/bin/python3", "-m", "softfocus", "run"], ["/usr/bin/python3", "/home/a/.local/bin/softfocus"]],
)
def test_softfocus_itself_is_known_however_it_was_started(root: Path, command: list[str]) -> None:
    (root / "proc/4711/fd").mkdir(parents=True)
    (root / "proc/4711/fd/7").symlink_to("/dev/video0")
    (root / "proc/4711/comm").write_text("python3\n")
    (root / "proc/4711/cmdline").write_text("\0".join([*command, ""]))
    assert programs_in(WEBCAM, root) == ["softfocus"]


def test_the_bundled_models_are_intact_and_run_somewhere() -> None:
    assert [finding.ok for finding in models()] == [True] * 6
    finding = next(runtime())
    assert finding.ok
    assert "CPU" in finding.says


def test_a_provider_that_is_not_in_the_runtime_is_said(tmp_path: Path) -> None:
    (finding,) = providers({"onnxruntime-gpu": "CUDA"}, ["CPU"], tmp_path)
    assert not finding.ok
    assert finding.fix == "pip uninstall -y onnxruntime onnxruntime-gpu && pip install onnxruntime-gpu"


@pytest.mark.skipif(not shutil.which("gcc"), reason="a library is made with gcc")
def test_the_library_that_a_provider_lacks_is_said(tmp_path: Path) -> None:
    needed, library = tmp_path / "libcudnn.so.9", tmp_path / "libonnxruntime_providers_cuda.so"
    for made, uses in ((needed, []), (library, [str(needed)])):
        name = f"-Wl,-soname,{made.name}"
        command = ["gcc", "-shared", "-x", "c", "/dev/null", "-x", "none", "-Wl,--no-as-needed", *uses]
        subprocess.run([*command, name, "-o", str(made)], check=True)
    needed.unlink()
    assert missing_library(library) == "libcudnn.so.9"
    (finding,) = providers({"onnxruntime-gpu": "CUDA"}, ["CUDA", "CPU"], tmp_path)
    assert finding.says == "provider CUDA lacks libcudnn.so.9; models run on the CPU"
    assert finding.fix == "pip install 'onnxruntime-gpu[cuda,cudnn]'"


def test_packages_that_overwrite_each_other_are_said() -> None:
    (finding,) = packages([("numpy", "onnxruntime", "no-such-package")])
    assert not finding.ok
    assert finding.fix == "pip uninstall -y numpy onnxruntime && pip install onnxruntime"
    assert not list(packages([("numpy", "no-such-package")]))


def test_a_slip_in_the_settings_is_said(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("blurr = 'light'\n")
    (finding,) = settings({"SOFTFOCUS_CONFIG": str(file)})
    assert "did you mean blur?" in finding.says
    file.write_text("blur = 'light'\n")
    assert not list(settings({"SOFTFOCUS_CONFIG": str(file)}))


def test_findings_are_printed_with_their_remedies() -> None:
    findings = [Finding("camera", False, "none was found", "plug one in"), Finding("display", True, "none")]
    assert printed(findings) == ("wrong  camera: none was found\n       -> plug one in\nok     display: none")
