"""EfficientSAM's adapter, with networks of upstream's signature that paint discs: no real file is here."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from softfocus.models.efficient_sam import EfficientSam
from softfocus.models.errors import ModelUnpinned, NotPrompted
from softfocus.models.host import Host
from softfocus.models.manifest import find_model
from softfocus.models.open import open_prompted
from softfocus.models.sam import Point, Prompt, Region, like
from softfocus.models.store import user_folder

NAME = "efficient-sam"
ENCODER = """
<ir_version: 8, opset_import: ["" : 17]>
encoder (float[batch, 3, height, width] batched_images) => (float[batch, 256, 64, 64] image_embeddings)
{
    image_embeddings = Conv<kernel_shape = [16, 16], strides = [16, 16]>(batched_images, weights)
}
"""
# Three discs round the middle of the points that count, as large as the label's least is small; the second
# is expected to be best. Pixels and points are told in the size that is asked for.
DECODER = """
<ir_version: 8, opset_import: ["" : 17]>
decoder (
    float[batch, 256, 64, 64] image_embeddings,
    float[1, 1, points, 2] batched_point_coords,
    float[1, 1, points] batched_point_labels,
    int64[2] orig_im_size
) => (float[1, 1, 3, height, width] output_masks, float[1, 1, 3] iou_predictions, float[1, 3, low, low] rest)
{
    size = Cast<to = 1>(orig_im_size)
    scale = Div(side, size)
    middle = ReduceMean<axes = [2], keepdims = 0>(batched_point_coords)
    scaled = Mul(middle, scale)
    place = Reshape(scaled, pair)
    offset = Sub(grid, place)
    squared = Mul(offset, offset)
    far = ReduceSum<keepdims = 0>(squared, last)
    distance = Sqrt(far)
    apart = Reshape(distance, one_map)
    rest = Sub(radii, apart)
    output_masks = Reshape(rest, five)
    lit = ReduceMean<keepdims = 0>(image_embeddings)
    dark = Mul(lit, nothing)
    iou_predictions = Add(guesses, dark)
}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files with upstream's names and signature, in a home where nobody has vouched for them."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    rows, columns = np.mgrid[:256, :256].astype(np.float32)
    constants = {
        "side": np.float32([256, 256]),
        "pair": np.int64([1, 1, 2]),
        "grid": np.stack([columns, rows], axis=-1),
        "last": np.int64([2]),
        "one_map": np.int64([1, 1, 256, 256]),
        "five": np.int64([1, 1, 3, 256, 256]),
        "radii": np.float32([10, 40, 80]).reshape(1, 3, 1, 1),
        "guesses": np.float32([0.3, 0.9, 0.6]).reshape(1, 1, 3),
        "nothing": np.float32(0),
    }
    save(tmp_path / "efficient_sam_vitt_decoder.onnx", DECODER, constants)
    weights = np.random.default_rng(0).normal(size=(256, 3, 16, 16)).astype(np.float32)
    save(tmp_path / "efficient_sam_vitt_encoder.onnx", ENCODER, {"weights": weights})
    return tmp_path


@pytest.fixture
def sam(folder: Path) -> EfficientSam:
    pins = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.onnx")}
    user_folder().mkdir(parents=True)
    (user_folder() / "pins.json").write_text(json.dumps(pins))
    return EfficientSam(find_model(NAME), Host([folder]))


def save(path: Path, text: str, constants: dict[str, np.ndarray]) -> None:
    model = onnx.parser.parse_model(text)
    model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def centre(mask: np.ndarray) -> tuple[float, float]:
    rows, columns = np.nonzero(mask > 0.5)
    return float(columns.mean()), float(rows.mean())


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (300, 500)])
def test_a_point_is_told_in_the_pictures_own_pixels(sam: EfficientSam, width: int, height: int) -> None:
    sam.look(np.zeros((height, width, 3), np.uint8))
    x, y = 0.4 * width, 0.6 * height
    mask = sam.enlarge(sam.ask(Prompt(points=(Point(x, y),))))
    assert mask.shape == (height, width)
    assert centre(mask) == pytest.approx((x, y), abs=0.01 * width)
    assert (mask > 0.5).sum() == pytest.approx(np.pi * 40**2 / 256**2 * width * height, rel=0.02)


def test_the_mask_that_is_expected_to_be_best_is_taken(sam: EfficientSam) -> None:
    sam.look(np.zeros((256, 256, 3), np.uint8))
    answer = sam.ask(Prompt(points=(Point(128, 128),)))
    assert answer.expected == pytest.approx(0.9)
    assert (answer.logits > 0).sum() == pytest.approx(np.pi * 40**2, rel=0.02)


def test_a_rectangle_and_a_rough_mask_are_two_corners(sam: EfficientSam) -> None:
    sam.look(np.zeros((200, 400, 3), np.uint8))
    framed = sam.ask(Prompt(region=Region(100, 50, 300, 150)))
    assert centre(sam.enlarge(framed)) == pytest.approx((200, 100), abs=3)
    rough = np.zeros((200, 400), np.float32)
    rough[50:150, 100:300] = 1
    np.testing.assert_array_equal(sam.ask(like(rough)).logits, framed.logits)
    np.testing.assert_array_equal(sam.ask(Prompt(mask=rough)).logits, framed.logits)


def test_points_outside_and_beyond_the_sixth_are_not_told(sam: EfficientSam) -> None:
    sam.look(np.zeros((256, 256, 3), np.uint8))
    inside = tuple(Point(100, 100) for _ in range(6))
    outside = Point(250, 250, inside=False)
    answer = sam.ask(Prompt(points=(outside, *inside, Point(250, 250))))
    np.testing.assert_array_equal(answer.logits, sam.ask(Prompt(points=inside)).logits)


def test_a_file_that_nobody_vouched_for_is_not_run(folder: Path) -> None:
    with pytest.raises(ModelUnpinned, match="vouched for"):
        open_prompted(NAME, model_dirs=[folder])


def test_a_model_that_takes_no_questions_is_named() -> None:
    with pytest.raises(NotPrompted, match=r"selfie-landscape takes no questions.*mobile-sam, efficient-sam"):
        open_prompted("selfie-landscape")
