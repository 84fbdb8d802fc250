"""Fetching, adding and verifying model files: a real server on this machine, real files."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from softfocus.models.errors import (
    CannotStore,
    ModelCorrupt,
    ModelMissing,
    ModelUnpinned,
    NotAccepted,
    NotFetchable,
    PullFailed,
    UnknownFile,
)
from softfocus.models.fetch import check_address, pull
from softfocus.models.listing import verify
from softfocus.models.manifest import Model, ModelFile, find_model, known_models
from softfocus.models.store import add, paths, read_model, user_folder

CONTENT = np.random.default_rng(5).bytes(1_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Shop:
    """A server that gives one file, as well or badly as a test wants."""

    url: str = ""
    ranges: bool = True
    breaks_after: int | None = None  # bytes of an answer, then the line goes dead
    status: int = 200
    tells_length: bool = True
    moved_to: str = ""
    asked: list[str | None] = field(default_factory=list)  # the Range of each request

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append(wanted)
        if self.moved_to or self.status != 200:
            request.send_response(302 if self.moved_to else self.status)
            request.send_header("Location", self.moved_to)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        found = re.fullmatch(r"bytes=(\d+)-", wanted or "")
        start = int(found[1]) if found and self.ranges else 0
        if start >= len(CONTENT):
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(CONTENT)}")
            request.end_headers()
            return
        request.send_response(206 if start else 200)
        if self.tells_length:
            request.send_header("Content-Length", str(len(CONTENT) - start))
        request.end_headers()
        request.wfile.write(CONTENT[start:][: self.breaks_after])
        request.close_connection = True


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shop.answer(self)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a test's output is for what is wrong."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        shop.url = f"http://127.0.0.1:{server.server_port}/model.onnx"
        yield shop
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder instead of the user's."""
    monkeypatch.setattr("softfocus.models.store.platformdirs.user_data_path", lambda name: tmp_path / name)
    return user_folder()


@pytest.fixture
def model(shop: Shop) -> Model:
    """A model whose one file the shop has."""
    return with_file(ModelFile(part="", name="model.onnx", sha256=SHA256, url=shop.url))


def with_file(file: ModelFile) -> Model:
    return replace(find_model("u2netp"), name="mine", files=(file,))


def silent(file: str, here: int, total: int | None) -> None:
    """Nobody watches."""


def nobody(file: ModelFile, sha256: str) -> bool:
    return False


def everybody(file: ModelFile, sha256: str) -> bool:
    return True


def fetched(model: Model, accepted: bool = False) -> Path:
    (path,) = pull(model, accepted=accepted, tell=silent, vouch=nobody)
    return path


def test_a_model_is_fetched_whole_and_only_once(model: Model, shop: Shop, home: Path) -> None:
    assert fetched(model) == home / "model.onnx"
    assert read_model(model) == (home / "model.onnx", CONTENT)
    assert [path.name for path in home.iterdir()] == ["model.onnx"]
    fetched(model)
    assert shop.asked == [None]


def test_how_far_it_has_come_is_told(model: Model) -> None:
    told: list[tuple[int, int | None]] = []
    pull(model, accepted=False, tell=lambda file, here, total: told.append((here, total)), vouch=nobody)
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert sorted(told) == told
    assert len(told) > 1


def test_an_interrupted_download_goes_on_where_it_stopped(model: Model, shop: Shop, home: Path) -> None:
    shop.breaks_after = 300_000
    with pytest.raises(PullFailed, match=r"300000 of 1000000 bytes.*goes on"):
        fetched(model)
    assert not (home / "model.onnx").exists()
    shop.breaks_after = None
    assert fetched(model).read_bytes() == CONTENT
    assert shop.asked == [None, "bytes=300000-"]


@pytest.mark.parametrize("tells", [True, False])
def test_a_file_larger_than_any_model_is_refused_and_nothing_of_it_stays(
    tells: bool, model: Model, shop: Shop, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("softfocus.models.fetch.LARGEST", 500_000)
    shop.tells_length = tells
    with pytest.raises(PullFailed, match=r"500000 bytes|1000000 bytes, more than any model"):
        fetched(model)
    assert not list(home.glob("model*"))


def test_a_server_that_cannot_go_on_starts_again(model: Model, shop: Shop, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "model.onnx.part").write_bytes(CONTENT[:1000])
    shop.ranges = False
    assert fetched(model).read_bytes() == CONTENT


def test_a_whole_file_under_its_temporary_name_is_enough(model: Model, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "model.onnx.part").write_bytes(CONTENT)
    assert fetched(model).read_bytes() == CONTENT


@pytest.mark.parametrize("rest", [b"something else", CONTENT + b"!"])
def test_a_rest_of_something_else_never_becomes_the_model(model: Model, home: Path, rest: bytes) -> None:
    home.mkdir(parents=True)
    (home / "model.onnx.part").write_bytes(rest)
    with pytest.raises((ModelCorrupt, PullFailed)):
        fetched(model)
    assert list(home.iterdir()) == []
    assert fetched(model).read_bytes() == CONTENT


def test_a_wrong_file_on_the_server_leaves_what_was_there(model: Model, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "model.onnx").write_bytes(b"old")
    wrong = with_file(replace(model.file(), sha256="0" * 64))
    with pytest.raises(ModelCorrupt, match=f"{SHA256}.*from its source again"):
        fetched(wrong)
    assert [(path.name, path.read_bytes()) for path in home.iterdir()] == [("model.onnx", b"old")]


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_server_that_refuses_is_quoted(model: Model, shop: Shop, status: int) -> None:
    shop.status = status
    with pytest.raises(PullFailed, match=str(status)):
        fetched(model)


def test_a_server_that_is_not_there_is_said(model: Model) -> None:
    with pytest.raises(PullFailed, match="refused"):
        fetched(with_file(replace(model.file(), url="http://127.0.0.1:9/model.onnx")))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a",
        "http://127.0.0.1.example.org/a",
        "http://localhost/a",
        "ftp://127.0.0.1/a",
        "file:///etc/passwd",
        "HTTP://10.0.0.1/a",
    ],
)
def test_only_https_is_fetched_from(model: Model, shop: Shop, url: str) -> None:
    with pytest.raises(PullFailed, match="only https"):
        fetched(with_file(replace(model.file(), url=url)))
    shop.moved_to = url
    with pytest.raises(PullFailed, match=r"only https|not allowed"):
        fetched(model)


def test_every_address_of_the_manifest_is_fetched_from() -> None:
    for model in known_models().values():
        for file in model.files:
            check_address(file.url or "https://none")


def test_a_licence_that_asks_something_must_be_accepted(model: Model, shop: Shop) -> None:
    theirs = replace(model, licence="GPL-3.0", terms="copyleft")
    with pytest.raises(NotAccepted, match=r"GPL-3\.0.*--accept-licence"):
        fetched(theirs)
    assert shop.asked == []
    assert fetched(theirs, accepted=True).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("name", "terms"), [("rvm", "copyleft"), ("tcmonodepth", "unstated"), ("u2netp", "permissive")]
)
def test_the_manifest_knows_what_licences_ask(name: str, terms: str) -> None:
    assert find_model(name).terms == terms


def test_a_file_without_an_address_must_be_brought(model: Model) -> None:
    with pytest.raises(NotFetchable, match=r"model\.onnx.*models add"):
        fetched(with_file(replace(model.file(), url=None)))


def test_a_full_or_forbidden_folder_is_said(model: Model, home: Path) -> None:
    home.parent.mkdir(parents=True)
    home.write_text("not a folder")
    with pytest.raises(CannotStore, match="folder"):
        fetched(model)


class TestAFileWhoseSha256NobodyKnows:
    @pytest.fixture
    def unknown(self, model: Model) -> Model:
        return with_file(replace(model.file(), sha256=None))

    def test_is_fetched_only_if_the_user_vouches_for_it(self, unknown: Model, home: Path) -> None:
        asked: list[tuple[str, str]] = []

        def no(file: ModelFile, sha256: str) -> bool:
            asked.append((file.name, sha256))
            return False

        with pytest.raises(ModelUnpinned, match="--trust"):
            pull(unknown, accepted=False, tell=silent, vouch=no)
        assert asked == [("model.onnx", SHA256)]
        assert not (home / "model.onnx").exists()
        pull(unknown, accepted=False, tell=silent, vouch=everybody)
        assert json.loads((home / "pins.json").read_text()) == {"model.onnx": SHA256}
        assert read_model(unknown)[1] == CONTENT

    def test_is_held_to_what_it_was_then(self, unknown: Model, home: Path) -> None:
        pull(unknown, accepted=False, tell=silent, vouch=everybody)
        (home / "model.onnx").write_bytes(CONTENT[:-1])
        with pytest.raises(ModelCorrupt, match="sha256"):
            read_model(unknown)

    def test_is_not_read_before(self, unknown: Model, home: Path) -> None:
        home.mkdir(parents=True)
        (home / "model.onnx").write_bytes(CONTENT)
        with pytest.raises(ModelUnpinned):
            read_model(unknown)

    def test_is_not_put_together_from_two_downloads(self, unknown: Model, home: Path) -> None:
        home.mkdir(parents=True)
        (home / "model.onnx.part").write_bytes(b"rest")
        (path,) = pull(unknown, accepted=False, tell=silent, vouch=everybody)
        assert path.read_bytes() == CONTENT

    def test_is_added_under_its_name(
        self, unknown: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("softfocus.models.store.known_models", lambda: {"mine": unknown})
        (mine := tmp_path / "model.onnx").write_bytes(CONTENT)
        with pytest.raises(ModelUnpinned):
            add(mine, nobody)
        assert add(mine, everybody) == (unknown, user_folder() / "model.onnx")
        assert read_model(unknown)[1] == CONTENT


@pytest.mark.shared
def test_a_file_is_known_by_its_content(shared: Path, home: Path, tmp_path: Path) -> None:
    (mine := tmp_path / "any name").write_bytes((shared / "weights/salient/u2netp.onnx").read_bytes())
    assert add(mine, nobody) == (find_model("u2netp"), home / "u2netp.onnx")
    assert paths(find_model("u2netp")) == [home / "u2netp.onnx"]


def test_a_strange_file_is_not_added(tmp_path: Path) -> None:
    (mine := tmp_path / "u2netp.onnx").write_bytes(CONTENT)
    with pytest.raises(UnknownFile, match=SHA256):
        add(mine, everybody)
    with pytest.raises(ModelCorrupt, match="No such file"):
        add(tmp_path / "nothing.onnx", everybody)


@pytest.mark.shared
def test_a_model_of_two_files_is_here_when_both_are(shared: Path, home: Path) -> None:
    sam = find_model("mobile-sam")
    assert [path.name for path in paths(sam, [shared / "weights"])] == [file.name for file in sam.files]
    home.mkdir(parents=True)
    (home / "mobile_sam_encoder.onnx").touch()
    with pytest.raises(ModelMissing, match="mobile_sam_decoder"):
        paths(sam)


@pytest.mark.shared
def test_verify_names_what_is_broken(shared: Path, tmp_path: Path) -> None:
    content = bytearray((shared / "weights/salient/u2netp.onnx").read_bytes())
    content[4_000_000] ^= 1
    (tmp_path / "u2netp.onnx").write_bytes(content)
    verdicts = {each.file: each for each in verify(known_models().values(), [tmp_path, shared / "weights"])}
    assert [name for name, verdict in verdicts.items() if not verdict.ok] == ["u2netp.onnx"]
    assert {"selfie_square.onnx", "mobile_sam_decoder.onnx"} < verdicts.keys()
    assert "delete it" in verdicts["u2netp.onnx"].says


def command(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`softfocus models`, with an empty folder as the user's."""
    here = {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "XDG_CONFIG_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "softfocus", "models", *arguments],
        capture_output=True,
        text=True,
        cwd=home,
        env={**os.environ, **here, **environment},
    )


@pytest.mark.shared
@pytest.mark.skipif(sys.platform != "linux", reason="XDG folders")
def test_the_command_adds_verifies_and_prints_paths(shared: Path, tmp_path: Path) -> None:
    rvm = str(shared / "weights/rvm/rvm_mobilenetv3_256x144.onnx")
    refused = command("add", rvm, home=tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "--accept-licence" in refused.stderr
    added = command("add", rvm, "--accept-licence", home=tmp_path)
    target = tmp_path / "data/softfocus/models/rvm_mobilenetv3_256x144.onnx"
    assert added.stdout.strip() == str(target)
    printed = command("path", "rvm-256x144", home=tmp_path)
    assert (printed.stdout.strip(), printed.stderr) == (str(target), "")
    target.write_bytes(b"broken")
    broken = command("verify", "rvm-256x144", home=tmp_path)
    assert broken.returncode == 1
    assert broken.stdout.startswith("wrong")


@pytest.mark.shared
def test_the_environment_names_a_folder_of_models(shared: Path, tmp_path: Path) -> None:
    found = command("path", "mobile-sam", home=tmp_path, SOFTFOCUS_MODEL_DIR=str(shared / "weights"))
    assert len(found.stdout.splitlines()) == 2
    missing = command("path", "mobile-sam", home=tmp_path, SOFTFOCUS_MODEL_DIR="")
    assert missing.returncode == 1
    assert "models add" in missing.stderr
