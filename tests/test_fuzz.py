"""Damaged files of every kind that softfocus reads: each is read or refused in one line, none ends it."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mangled import mangle

from softfocus.models.errors import ManifestWrong, ModelCorrupt
from softfocus.models.manifest import known_models, parse_manifest
from softfocus.models.store import read_model
from softfocus.realtime.backdrops.still import picture
from softfocus.realtime.errors import BadSetting, UnreadableInput
from softfocus.realtime.frame import Size
from softfocus.realtime.settings.config import settings_from
from softfocus.realtime.settings.texts import SETTINGS
from softfocus.realtime.sources.still import Still

MANIFEST = Path(sys.modules[parse_manifest.__module__].__file__ or "").with_name("manifest.toml")


@pytest.mark.parametrize(
    ("reader", "first", "count"),
    [
        ("still", 3000, 1500),
        ("background", 3000, 1500),
        ("webcam", 0, 2000),
        ("video", 0, 2000),
        ("model", 0, 200),
    ],
)
def test_no_damaged_file_ends_the_program(reader: str, first: int, count: int, tmp_path: Path) -> None:
    """In a process of its own: a decoder that crashes would take the tests with it."""
    script = str(Path(__file__).with_name("mangled.py"))
    done = subprocess.run(
        [sys.executable, script, reader, str(tmp_path), str(first), str(count)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    tried = done.stdout.split()
    assert done.returncode == 0, f"ended with {done.returncode} at {tried[-1:]}: {done.stderr[-2000:]}"
    assert len(tried) == count


@pytest.mark.parametrize("target", ["jpeg", "plan", "phrase", "config", "control", "panel"])
def test_each_target_of_the_fuzz_job_stands_a_second_of_it(target: str, tmp_path: Path) -> None:
    """Without sanitizers; `python -m tests.fuzz` has them, and takes its time."""
    tests = Path(__file__).parent
    if target in ("control", "panel") and sys.platform == "win32":
        pytest.skip("there the socket is a port")
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.targets", target, "1", "7"],
        cwd=tests.parent,
        env={**os.environ, "PYTHONPATH": str(tests), "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 0


def test_a_picture_that_claims_to_be_huge_is_refused(tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    huge = tmp_path / "huge.png"
    header = struct.pack(">IIBBBBB", 2**21, 2**21, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    huge.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    with pytest.raises(UnreadableInput, match="2097152x2097152 is too large"):
        Still(huge)
    with pytest.raises(BadSetting, match="2097152x2097152 is too large"):
        picture(huge, Size(64, 48))


def test_no_changed_model_file_is_ever_opened(tmp_path: Path) -> None:
    """Its checksum is looked at before anything else sees the content."""
    model = replace(next(iter(known_models().values())), bundled=False)
    _, whole = read_model(next(iter(known_models().values())))
    file = tmp_path / model.file().name
    for number in range(100):
        file.write_bytes(mangle(whole, np.random.default_rng(number)))
        with pytest.raises(ModelCorrupt, match="sha256"):
            read_model(model, [tmp_path])
    file.write_bytes(whole)
    assert read_model(model, [tmp_path]) == (file, whole)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2**32))
def test_any_manifest_is_read_or_refused(seed: int) -> None:
    text = mangle(MANIFEST.read_bytes(), np.random.default_rng(seed)).decode("utf-8", errors="replace")
    with suppress(ManifestWrong):
        assert all(model.name for model in parse_manifest(text, Path("manifest.toml")).values())


options = st.dictionaries(
    st.sampled_from([name.replace("-", "_") for name in SETTINGS]),
    st.one_of(st.none(), st.booleans(), st.text(), st.lists(st.text(), max_size=3).map(tuple)),
)


@settings(deadline=None)
@given(options, st.binary())
def test_any_command_line_and_file_give_settings_or_the_slip(
    tmp_path_factory: pytest.TempPathFactory, options: dict[str, object], content: bytes
) -> None:
    config = tmp_path_factory.getbasetemp() / "config.toml"
    config.write_bytes(content)
    with suppress(BadSetting):
        assert settings_from(options, {}, config).outputs
