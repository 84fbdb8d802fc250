"""The list of models, and the files behind it."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from softfocus.models.errors import ManifestWrong, ModelCorrupt, ModelMissing, UnknownModel
from softfocus.models.listing import list_models, table
from softfocus.models.manifest import (
    DEFAULT_MODEL,
    Model,
    ModelFile,
    find_model,
    known_models,
    parse_manifest,
)
from softfocus.models.segmenter import InputSize
from softfocus.models.store import BUNDLED, locate, read_model, user_folder

ENTRY = {
    "family": '"selfie"',
    "predicts": '"person"',
    "input_size": '"256x144"',
    "layout": '"nhwc"',
    "element": '"uint8"',
    "range": "[0, 255]",
    "files": '[{ name = "a.onnx", sha256 = "unknown" }]',
    "bundled": "false",
    "licence": '"Apache-2.0"',
    "terms": '"permissive"',
    "source": '"here"',
}


def _manifest(**changes: str) -> str:
    keys = {key: value for key, value in (ENTRY | changes).items() if value}
    return "[mine]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items())


def _files(**changes: str) -> str:
    """One file of a manifest, with something wrong about it."""
    keys = {"name": '"a.onnx"', "sha256": '"unknown"'} | changes
    return f"[{{ {', '.join(f'{key} = {value}' for key, value in keys.items())} }}]"


@pytest.fixture
def absent() -> Model:
    """A model that is not bundled, and whose file nobody has."""
    model = find_model(DEFAULT_MODEL)
    file = replace(model.file(), name="absent.onnx")
    return replace(model, name="absent", files=(file,), bundled=False)


@pytest.fixture(autouse=True)
def empty_home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the developer keeps in the user's folder is no part of a test."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setattr("softfocus.models.store.platformdirs.user_data_path", lambda name: home / name)
    return home


def test_an_entry_is_read_into_types() -> None:
    (model,) = parse_manifest(_manifest(), Path("m.toml")).values()
    assert model.name == "mine"
    assert model.input_size == InputSize(256, 144)
    assert model.range == (0.0, 255.0)
    assert (model.mean, model.std, model.classes) == ((0, 0, 0), (1, 1, 1), 1)
    assert model.files == (ModelFile(part="", name="a.onnx", sha256=None, url=None),)
    assert not model.bundled


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("family", '"unheard-of"'),
        ("predicts", '""'),
        ("input_size", '"256"'),
        ("input_size", '"0x144"'),
        ("layout", '"nwhc"'),
        ("element", "8"),
        ("range", "[255, 0]"),
        ("range", '"0..255"'),
        ("mean", "[0.5, 0.5]"),
        ("std", "0.5"),
        ("classes", "0"),
        ("files", "[]"),
        ("files", '["a.onnx"]'),
        ("name", _files(name='"../up.onnx"')),
        ("sha256", _files(sha256='"abc"')),
        ("url", _files(url='"http://example.org/a.onnx"')),
        ("sha", _files(sha='"abc"')),
        ("terms", '"none"'),
        ("bundled", '"yes"'),
        ("licence", "2"),
        ("sourse", '"here"'),
        ("source", ""),
    ],
)
def test_a_wrong_entry_is_named_with_its_key(key: str, value: str) -> None:
    where = "files" if value.startswith("[{") else key
    with pytest.raises(ManifestWrong, match=rf"m\.toml.*mine.*\b{key}\b"):
        parse_manifest(_manifest(**{where: value}), Path("m.toml"))


def test_a_manifest_that_is_no_toml_is_named() -> None:
    with pytest.raises(ManifestWrong, match=r"m\.toml"):
        parse_manifest("[mine", Path("m.toml"))
    with pytest.raises(ManifestWrong, match="mine is not a table"):
        parse_manifest("mine = 1", Path("m.toml"))


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match="selfie-landscape, selfie-square"):
        find_model("selfy")


def test_every_bundled_file_is_in_the_manifest_and_unchanged() -> None:
    files = [file for model in known_models().values() if model.bundled for file in model.files]
    bundled = {file.name: file.sha256 for file in files}
    lying = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in BUNDLED.glob("*.onnx")}
    assert lying == bundled


def test_the_notice_names_every_bundled_file_and_its_licence() -> None:
    notice = (BUNDLED / "NOTICE").read_text("utf-8")
    for path in BUNDLED.glob("*.onnx"):
        assert path.name in notice
    assert "Apache License, Version 2.0" in notice


def test_a_model_is_found_in_a_given_folder_and_in_the_users(absent: Model, tmp_path: Path) -> None:
    assert locate(absent, [tmp_path]) is None
    (theirs := user_folder()).mkdir(parents=True)
    shutil.copy(BUNDLED / "selfie_landscape.onnx", theirs / "absent.onnx")
    assert locate(absent, [tmp_path]) == theirs / "absent.onnx"
    shutil.copy(BUNDLED / "selfie_landscape.onnx", tmp_path / "absent.onnx")
    assert locate(absent, [tmp_path]) == tmp_path / "absent.onnx"
    assert read_model(absent, [tmp_path])[0] == tmp_path / "absent.onnx"


def test_a_model_is_found_one_folder_down(absent: Model, tmp_path: Path) -> None:
    (tmp_path / "selfie").mkdir()
    (tmp_path / "selfie" / "absent.onnx").touch()
    assert locate(absent, [tmp_path]) == tmp_path / "selfie" / "absent.onnx"


def test_a_missing_model_says_what_to_put_where(absent: Model) -> None:
    with pytest.raises(ModelMissing, match=r"absent\.onnx.*models add.*--model-dir"):
        read_model(absent)


def test_a_file_with_one_changed_byte_is_refused(absent: Model, tmp_path: Path) -> None:
    content = bytearray((BUNDLED / "selfie_landscape.onnx").read_bytes())
    content[200_000] ^= 1
    (tmp_path / "absent.onnx").write_bytes(content)
    with pytest.raises(ModelCorrupt, match=r"absent\.onnx.*sha256.*delete it"):
        read_model(absent, [tmp_path])


def test_a_broken_bundled_file_asks_for_a_new_install() -> None:
    model = find_model(DEFAULT_MODEL)
    with pytest.raises(ModelCorrupt, match="install softfocus again"):
        read_model(replace(model, files=(replace(model.file(), sha256="0" * 64),)))


def test_the_list_tells_licence_and_place(
    absent: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    models = {DEFAULT_MODEL: find_model(DEFAULT_MODEL), "absent": absent}
    monkeypatch.setattr("softfocus.models.listing.known_models", lambda: models)
    head, *rows = table(list_models())
    assert head.split() == ["MODEL", "PREDICTS", "INPUT", "LICENCE", "WHERE"]
    assert rows[0].split() == ["selfie-landscape", "person", "256x144", "Apache-2.0", "bundled"]
    assert rows[1].endswith("softfocus models add brings it")
    (tmp_path / "absent.onnx").touch()
    assert table(list_models([tmp_path]))[2].endswith(str(tmp_path / "absent.onnx"))
