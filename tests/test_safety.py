"""What softfocus must never do with what it is given: go to the network, or start programs."""

from __future__ import annotations

import ast
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from threading import Thread

import pytest

from softfocus.realtime.errors import UnreadableInput
from softfocus.realtime.sources.file import VideoFile

OFFLINE = """
import sys
FORBIDDEN = {"socket.connect", "socket.getaddrinfo", "socket.sendto"}
ONLINE = {"softfocus.models.fetch", "softfocus.realtime.subjects.vision"}
FORBIDDEN |= {"subprocess.Popen", "os.system", "os.exec"}
def refuse(event, arguments):
    if event in FORBIDDEN or (event == "import" and arguments[0] in ONLINE):
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(refuse)
"""
EXCEPTIONS = {
    "models/fetch.py": {"http", "urllib"},  # gets models, when the user asks for it
    "realtime/doctor/compiled.py": {"urllib"},  # takes an address apart
    "realtime/batch/cluster.py": {"urllib"},  # likewise
    "realtime/subjects/vision.py": {"urllib"},  # asks the model whose address the user gave
    "realtime/batch/local.py": {"subprocess"},  # starts softfocus itself, once a recording
    "realtime/sources/screen.py": {"subprocess"},  # films the screen, when it is wanted behind the person
}
STARTERS = {"system", "popen", "execv", "execve", "execvp", "spawnv", "posix_spawn", "fork", "eval", "exec"}


def modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """The source of every module of the package, or of some of its folders."""
    root = Path(str(files("softfocus")))
    for folder in folders or ("models", "realtime", "export", "bench"):
        for path in (root / folder).rglob("*.py"):
            yield path, ast.parse(path.read_text("utf-8"))


def test_a_run_neither_goes_to_the_network_nor_starts_programs(tmp_path: Path) -> None:
    (tmp_path / "offline.py").write_text(OFFLINE)
    script = "import offline, sys; from softfocus.__main__ import main; sys.argv[0] = 'softfocus'; main()"
    run = ["run", "-i", "demo", "-o", "null", "--size", "320x180"]
    done = subprocess.run(
        [sys.executable, "-c", script, *run], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "frames composed" in done.stderr


def test_nothing_that_runs_imports_what_starts_programs_or_talks_to_the_network() -> None:
    unwanted = {"subprocess", "pty", "urllib", "http", "requests", "ftplib", "xmlrpc"}
    for path, tree in modules("models", "realtime"):
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            excepted = next(
                (some for end, some in EXCEPTIONS.items() if path.as_posix().endswith(end)), set()
            )
            assert not (unwanted - excepted) & {name.partition(".")[0] for name in names}, path


def test_models_are_opened_in_one_place_and_from_checked_content() -> None:
    """`Host` reads content that has its sha256; nothing hands ONNX Runtime a path, or other content."""
    for path, tree in modules("models", "realtime"):
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            match call.func:
                case ast.Name("InferenceSession") | ast.Attribute(attr="InferenceSession"):
                    assert path.name == "session.py"
                    assert isinstance(call.args[0], ast.Name)
                    assert call.args[0].id == "content"
                case ast.Name("Session"):
                    assert path.name == "host.py", path
                    assert "read_model(" in path.read_text("utf-8")


def test_no_text_reaches_a_shell_or_is_run() -> None:
    for path, tree in modules():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            assert all(keyword.arg != "shell" for keyword in call.keywords), path
            match call.func:
                case ast.Name(name) | ast.Attribute(value=ast.Name("os"), attr=name):
                    assert name not in STARTERS, (path, call.lineno)


@pytest.mark.parametrize("playlist", ["#EXTM3U\n#EXTINF:1,\n{url}\n", "ffconcat version 1.0\nfile {url}\n"])
def test_a_playlist_on_disk_opens_no_connection(playlist: str, tmp_path: Path) -> None:
    called: list[bool] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(2)
        thread = Thread(target=lambda: called.append(answered(server)))
        thread.start()
        file = tmp_path / "clip.m3u8"
        file.write_text(playlist.format(url=f"http://127.0.0.1:{server.getsockname()[1]}/clip.ts"))
        with pytest.raises(UnreadableInput):
            VideoFile(str(file))
        thread.join()
    assert called == [False]


def answered(server: socket.socket) -> bool:
    """Whether anybody called."""
    try:
        server.accept()[0].close()
    except TimeoutError:
        return False
    return True
