"""Nothing is sent: each command runs in a network of its own, and its socket calls are written down."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import pytest
from conftest import unavailable
from played import until
from screens import screen
from test_cli import clean, softfocus

TESTS = Path(__file__).parent
PACKAGE = Path(str(files("softfocus")))
PHOTO = PACKAGE / "realtime" / "sources" / "astronaut.jpg"
STRACE = ("strace", "-f", "-qq", "--seccomp-bpf", "-s", "200", "-e", "trace=network")
# What ONNX Runtime leaves, and what others might.
IDENTITY = re.compile(r"deviceid|telemetry|onnxruntime|Microsoft|\.db$", re.IGNORECASE)

LIBRARIES = """
import aiohttp, av, cv2, numpy, onnx, platformdirs, pyvirtualcam, typer
from ai_edge_litert import interpreter
"""
SPEAKS = """
import socket, contextlib
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaker, contextlib.suppress(OSError):
    speaker.connect(("192.0.2.1", 53))
"""


def watched(home: Path, *command: str) -> list[str]:
    """The command that runs `command` alone, and writes its socket calls into `home`/calls."""
    for tool in ("strace", "unshare"):
        if sys.platform != "linux" or shutil.which(tool) is None:
            unavailable(tool)
    spaces = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    if subprocess.run([*spaces, "true"], capture_output=True).returncode:
        unavailable("the right to a network namespace")
    return [*spaces, sys.executable, str(TESTS / "alone.py"), *STRACE, "-o", str(home / "calls"), *command]


def environment(home: Path, **more: str) -> dict[str, str]:
    """A fresh home, and nothing that would silence ONNX Runtime but softfocus itself."""
    environ = {**clean(home), "XDG_RUNTIME_DIR": str(home), **more}
    return {name: value for name, value in environ.items() if not name.startswith(("ORT_", "QT_"))}


def program(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "softfocus", *arguments]


def done(home: Path, *command: str, statuses: Sequence[int] = (0,)) -> str:
    """Run it to its end; what it printed."""
    finished = subprocess.run(
        watched(home, *command), cwd=home, env=environment(home), capture_output=True, text=True
    )
    assert finished.returncode in statuses, finished.stderr
    return finished.stdout


def abroad(home: Path) -> list[str]:
    """Calls that have to do with anything but sockets of this machine's own files."""
    calls = (home / "calls").read_text(errors="replace").splitlines()
    return [call for call in calls if re.search(r"\b(AF|PF)_(?!UNIX|LOCAL|UNSPEC)[A-Z0-9]+", call)]


def traces(home: Path) -> list[str]:
    """Files that somebody who keeps an identity would leave."""
    found = (path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())
    return [name for name in found if IDENTITY.search(name)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds of somebody."""
    folder = tmp_path_factory.mktemp("clip")
    status, _, err = softfocus("run", "-i", "demo", "-o", "clip.mkv", "--size", "160x90", at=folder)
    assert status == 0, err
    return folder / "clip.mkv"


# With two threads the light models, too, are ONNX Runtime's.
COMMANDS: dict[str, Sequence[str]] = {
    "demo": ("demo", "--size", "160x90", "--threads", "2"),
    "run": ("run", "-i", "demo", "-o", "null", "-o", "out.mkv", "--size", "160x90", "--threads", "2"),
    "matte": ("matte", "CLIP", "matte.mkv", "--threads", "2"),
    "cutout": ("cutout", str(PHOTO), "-o", "out.png", "--threads", "2"),
    "inspect": ("inspect", str(PHOTO), "-o", "sheet.png", "--threads", "2"),
    "models": ("models",),
    "verify": ("models", "verify", "selfie-landscape"),
    "batch": ("batch", "FOLDER", "-o", "blurred", "--threads", "2"),
    "measurements": ("bench", "model", "--seconds", "0.1"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_opens_no_connection_and_leaves_no_identity(name: str, clip: Path, tmp_path: Path) -> None:
    places = {"CLIP": str(clip), "FOLDER": str(clip.parent)}
    done(tmp_path, *program(*(places.get(word, word) for word in COMMANDS[name])))
    assert abroad(tmp_path) == []
    assert traces(tmp_path) == []


def test_doctor_opens_no_connection_and_leaves_no_identity(tmp_path: Path) -> None:
    told = done(tmp_path, *program("doctor", "--json"), statuses=(0, 1))  # 1: this machine lacks something
    assert "ONNX Runtime" in told
    assert abroad(tmp_path) == []
    assert traces(tmp_path) == []


@pytest.mark.shared
def test_a_refined_recording_opens_no_connection(clip: Path, shared: Path, tmp_path: Path) -> None:
    refined = ("--refine", "person", "--refine-latency", "0.5", "--model-dir", str(shared / "weights"))
    done(tmp_path, *program("matte", str(clip), "matte.mkv", *refined))
    assert abroad(tmp_path) == []
    assert traces(tmp_path) == []


@pytest.mark.display
def test_the_preview_talks_to_the_screen_and_to_nobody_else(tmp_path: Path) -> None:
    with screen() as server:
        command = watched(tmp_path, *program("preview", "-i", "demo", "--size", "160x90", "--threads", "2"))
        environ = environment(tmp_path, DISPLAY=server.display)
        with subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True) as shown:
            assert shown.stderr
            until_said(shown, "open after")
            end(tmp_path)
            assert shown.wait(timeout=60) == 0
    assert "X11-unix" in (tmp_path / "calls").read_text()
    assert abroad(tmp_path) == []
    assert traces(tmp_path) == []


def test_the_panel_listens_on_this_machine_and_calls_nobody(tmp_path: Path) -> None:
    served = program("panel", "--no-browser", "-i", "demo", "--realtime", "-o", "null")
    command = watched(tmp_path, *served)
    environ = environment(tmp_path, SOFTFOCUS_SIZE="160x90", SOFTFOCUS_THREADS="2")
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True) as shown:
        until_said(shown, "open after")
        end(tmp_path)
        assert shown.wait(timeout=60) == 0
    calls = abroad(tmp_path)
    assert [call for call in calls if "sin_addr" in call and "127.0.0.1" not in call] == []
    assert [call for call in calls if re.search(r"\b(connect|sendto|sendmsg)\(", call)] == []
    assert len([call for call in calls if "bind(" in call]) == 1
    assert traces(tmp_path) == []


def until_said(process: subprocess.Popen[str], words: str) -> None:
    """Read what it says until it has said that."""
    assert process.stderr
    said = ""
    while words not in said:
        line = process.stderr.readline()
        assert line, said
        said += line


def end(home: Path) -> None:
    """End the softfocus that runs in that home, not the one that watches it."""
    sockets = home / "softfocus"
    until(lambda: any(sockets.glob("*.sock")), timeout=30)
    os.kill(int(next(sockets.glob("*.sock")).stem), 15)


def test_the_libraries_open_no_connection_when_they_are_imported(tmp_path: Path) -> None:
    done(tmp_path, sys.executable, "-c", LIBRARIES)
    assert abroad(tmp_path) == []
    assert traces(tmp_path) == []


def test_whoever_did_speak_would_be_heard(tmp_path: Path) -> None:
    done(tmp_path, sys.executable, "-c", SPEAKS)
    assert any("192.0.2.1" in call for call in abroad(tmp_path))


def test_onnx_runtime_is_imported_in_one_place() -> None:
    """Here and in the documentation's scripts, too: whoever imports it first decides."""
    folders = [PACKAGE / name for name in ("models", "realtime", "export", "bench")]
    for path in (path for each in (*folders, TESTS, TESTS.parent / "docs") for path in each.rglob("*.py")):
        found = [name for node in ast.walk(ast.parse(path.read_text("utf-8"))) for name in imported(node)]
        assert not [name for name in found if name.partition(".")[0] == "onnxruntime"], path


def imported(node: ast.AST) -> list[str]:
    """The modules that an import, or a call of import_module or importorskip, names."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
        case ast.Call(
            func=ast.Name(name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(module)), *_]
        ) if name in ("import_module", "importorskip", "__import__"):
            return [module]
        case _:
            return []
