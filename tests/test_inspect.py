"""Overlays of real pictures and films, by the models that are here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import overlap, photo
from typer.testing import CliRunner

from softfocus.__main__ import app
from softfocus.export.command import export_hair
from softfocus.realtime.inspection.inspect import inspect
from softfocus.realtime.settings import RunSettings

pytestmark = pytest.mark.shared
ALWAYS = {"picture", "matte", "subjects", "edges"}


@pytest.fixture
def picture(shared: Path) -> Path:
    return shared / "data" / "stills_mask" / "0065.jpg"


def test_all_models_together_see_all_there_is(shared: Path, tmp_path: Path, picture: Path) -> None:
    export_hair(shared / "weights" / "hair" / "hair_segmentation.tflite", tmp_path)
    (tmp_path / "u2netp.onnx").symlink_to(shared / "weights" / "salient" / "u2netp.onnx")
    folders = (tmp_path, shared / "weights" / "depth")
    told = inspect(RunSettings(input=str(picture), model_dirs=folders), str(tmp_path / "seen"))
    written = {path.stem: cv2.imread(str(path)) for path in (tmp_path / "seen").iterdir()}
    assert written.keys() == ALWAYS | {"saliency", "depth", "hair", "parts"}
    assert not any(line.startswith("no ") for line in told)
    truth = photo(picture.with_name("0065_mask.png"))[..., 0] / np.float32(255)
    assert overlap(written["matte"][..., 0] / np.float32(255), truth) > 0.7
    assert overlap(written["saliency"].max(axis=2) / np.float32(255), truth) > 0.7
    near, far = (written["depth"][where].mean() for where in (truth > 0.5, truth < 0.5))
    assert near > 1.2 * far
    face, hair, clothes = np.s_[120:135, 245:265], np.s_[48:58, 255:290], np.s_[220:260, 245:285]
    for part, overlays in ((face, {"parts"}), (hair, {"hair", "parts"}), (clothes, {"parts"})):
        for name in ("hair", "parts"):
            changed = np.abs(written[name][part].astype(int) - written["picture"][part]).mean() > 10
            assert changed == (name in overlays), (name, part)


def test_what_is_missing_is_named_with_what_brings_it(tmp_path: Path, picture: Path) -> None:
    sheet = tmp_path / "sheet.png"
    done = CliRunner().invoke(app, ["inspect", str(picture), "-o", str(sheet)])
    assert done.exit_code == 0
    assert cv2.imread(str(sheet)).shape[1] == 3 * 640
    for overlay, remedy in (
        ("saliency", "softfocus models pull u2netp"),
        ("depth", "softfocus models add FILE"),
        ("hair", "softfocus export hair"),
    ):
        assert any(line.startswith(f"no {overlay}: ") and remedy in line for line in done.output.split("\n"))


def test_a_film_is_looked_at_where_one_says(shared: Path, tmp_path: Path) -> None:
    film = shared / "data" / "video_alpha" / "d_two_people.mp4"
    inspect(RunSettings(input=str(film)), str(tmp_path), at=1.0)
    reader = cv2.VideoCapture(str(film))
    reader.set(cv2.CAP_PROP_POS_MSEC, 1000)
    _, there = reader.read()
    reader.release()
    assert np.abs(cv2.imread(str(tmp_path / "picture.png")).astype(int) - there).mean() < 3


@pytest.mark.parametrize("output", ["sheet.jpg", "window"])
def test_what_cannot_be_shown_is_one_line(picture: Path, tmp_path: Path, output: str) -> None:
    command = [sys.executable, "-m", "softfocus", "inspect", str(picture), "-o", output]
    done = subprocess.run(command, cwd=tmp_path, env={"PATH": ""}, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("softfocus: ")
    assert done.stderr.count("\n") == 1
