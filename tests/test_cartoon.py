"""The adapter of CartoonSegmentation, with networks of the exporter's signature: no real file is here."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from softfocus.models.cartoon import Cartoon
from softfocus.models.errors import ModelUnpinned
from softfocus.models.host import Host
from softfocus.models.manifest import find_model
from softfocus.models.open import open_segmenter
from softfocus.models.store import user_folder

# Proposes what the constants say, wherever the picture is not black.
DETECTOR = """
<ir_version: 8, opset_import: ["" : 17]>
detector (float[1, 3, 640, 640] picture)
    => (float[1, 100, 4] boxes, float[1, 100] scores, float[1, 100, 80, 80] masks)
{
    lit = ReduceMax<axes = [1, 2, 3], keepdims = 0>(picture)
    shown = Sign(lit)
    boxes = Identity(all_boxes)
    scores = Mul(all_scores, shown)
    masks = Identity(all_masks)
}
"""
# Keeps the rough mask, where the picture is bright.
REFINER = """
<ir_version: 8, opset_import: ["" : 17]>
refiner (float[1, 4, 720, 720] seen) => (float[1, 1, 720, 720] alpha)
{
    red, green, blue, rough = Split<axis = 1>(seen)
    alpha = Mul(rough, red)
}
"""
# Left, top, right, bottom in the detector's square, and a score; the second is the first once more.
PROPOSALS = [
    ((320, 80, 560, 320), 0.7),
    ((328, 80, 560, 320), 0.6),
    ((80, 80, 240, 240), 0.9),
    ((0, 0, 40, 40), 0.2),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files with the exporter's names, in a home where nobody has vouched for them."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    boxes, scores = np.zeros((1, 100, 4), np.float32), np.zeros((1, 100), np.float32)
    masks = np.full((1, 100, 80, 80), -5, np.float32)
    for n, (box, score) in enumerate(PROPOSALS):
        x0, y0, x1, y1 = (edge // 8 for edge in box)
        boxes[0, n], scores[0, n], masks[0, n, y0:y1, x0:x1] = box, score, 5
    save(
        tmp_path / "cartoon_detector.onnx",
        DETECTOR,
        {"all_boxes": boxes, "all_scores": scores, "all_masks": masks},
    )
    save(tmp_path / "cartoon_refiner.onnx", REFINER, {})
    return tmp_path


@pytest.fixture
def cartoon(folder: Path) -> Cartoon:
    pins = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.onnx")}
    user_folder().mkdir(parents=True)
    (user_folder() / "pins.json").write_text(json.dumps(pins))
    return Cartoon(find_model("cartoon"), Host([folder]))


def save(path: Path, text: str, constants: dict[str, np.ndarray]) -> None:
    model = onnx.parser.parse_model(text)
    model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280)])
def test_each_character_is_told_once_in_the_pictures_own_pixels(
    cartoon: Cartoon, width: int, height: int
) -> None:
    found = cartoon.find(np.full((height, width, 3), 255, np.uint8))
    assert [round(each.score, 3) for each in found] == [0.9, 0.7]
    assert found[0].region == pytest.approx((160, 160, 480, 480))
    for each, (box, _) in zip(found, (PROPOSALS[2], PROPOSALS[0]), strict=True):
        x0, y0, x1, y1 = (2 * edge for edge in box)
        truth = np.zeros((height, width), bool)
        truth[y0:y1, x0:x1] = True
        inside = each.mask > 0.5
        assert inside.shape == truth.shape
        assert (inside & truth).sum() / (inside | truth).sum() > 0.95


def test_the_refiner_sees_the_picture_with_the_mask(cartoon: Cartoon) -> None:
    picture = np.full((640, 640, 3), 255, np.uint8)
    picture[:160] = 0
    surest = cartoon.find(picture)[0]
    assert surest.mask[200, 160] > 0.9
    assert surest.mask[120, 160] < 0.1


def test_as_a_segmenter_it_tells_where_any_character_is(cartoon: Cartoon) -> None:
    width, height = cartoon.input_size
    mask = cartoon(np.full((height, width, 3), 255, np.uint8))
    assert mask.shape == (height, width)
    assert mask[150, 150] > 0.9
    assert mask[200, 440] > 0.9
    assert mask[20, 20] < 0.1
    assert not cartoon(np.zeros((height, width, 3), np.uint8)).any()
    with pytest.raises(ValueError, match="!= uint8"):
        cartoon(np.zeros((640, 640, 3), np.uint8))


def test_a_file_that_nobody_vouched_for_is_not_run(folder: Path) -> None:
    with pytest.raises(ModelUnpinned, match="vouched for"):
        open_segmenter("cartoon", model_dirs=[folder])
