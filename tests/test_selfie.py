"""The bundled models on real photos, and what becomes of files that are none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from softfocus.models.errors import ModelCorrupt, ProviderMissing, UnknownModel
from softfocus.models.manifest import DEFAULT_MODEL, find_model
from softfocus.models.open import open_segmenter
from softfocus.models.segmenter import InputSize, Mask, Rgb, Segmenter
from softfocus.models.selfie import Selfie
from softfocus.models.session import Port, Session
from softfocus.models.store import BUNDLED

MODELS = ["selfie-landscape", "selfie-square"]
LANDSCAPE = BUNDLED / "selfie_landscape.onnx"
PICTURE = {"picture": Port((1, 144, 256, 3), np.uint8)}
MASK = {"mask": Port((1, 1, 144, 256), np.float32)}


@pytest.fixture
def photos(shared: Path) -> list[Path]:
    return sorted((shared / "data" / "stills_mask").glob("*.jpg"))


@pytest.fixture
def noise() -> Rgb:
    return np.random.default_rng(0).integers(0, 256, (144, 256, 3), np.uint8)


def _picture(photo: Path, size: InputSize) -> Rgb:
    small = cv2.resize(cv2.imread(str(photo)), size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2RGB)


def _iou(mask: Mask, photo: Path) -> float:
    """Overlap with the mask a human drew."""
    drawn = cv2.imread(str(photo.with_name(f"{photo.stem}_mask.png")), cv2.IMREAD_GRAYSCALE)
    person = cv2.resize(drawn, mask.shape[::-1], interpolation=cv2.INTER_AREA) > 127
    found = mask > 0.5
    return float((found & person).sum() / (found | person).sum())


@pytest.mark.shared
@pytest.mark.parametrize("name", MODELS)
def test_people_are_found_where_a_human_found_them(photos: list[Path], name: str) -> None:
    segmenter = open_segmenter(name)
    overlaps = [_iou(segmenter(_picture(photo, segmenter.input_size)), photo) for photo in photos]
    assert len(overlaps) == 40
    assert np.median(overlaps) > 0.95
    assert np.mean(overlaps) > 0.9


@pytest.mark.shared
def test_red_comes_first(photos: list[Path]) -> None:
    """With red and blue exchanged, faces lose their colour and the overlap suffers."""
    segmenter = open_segmenter()
    pictures = [_picture(photo, segmenter.input_size) for photo in photos]
    right = [_iou(segmenter(picture), photo) for picture, photo in zip(pictures, photos, strict=True)]
    wrong = [
        _iou(segmenter(picture[..., ::-1]), photo) for picture, photo in zip(pictures, photos, strict=True)
    ]
    assert np.mean(right) > np.mean(wrong)


@pytest.mark.shared
@pytest.mark.parametrize("name", MODELS)
def test_features_do_not_change_the_mask_and_make_it(photos: list[Path], name: str) -> None:
    """The last layer is linear: a weight per channel and pixel of each 2x2 block, and the sigmoid."""
    plain, telling = Selfie(find_model(name)), Selfie(find_model(name), features=True)
    picture = _picture(photos[0], plain.input_size)
    mask = telling(picture)
    np.testing.assert_array_equal(mask, plain(picture))
    channels, height, width = telling.features.shape
    assert (height * 2, width * 2) == mask.shape
    corner = mask[::2, ::2].clip(1e-6, 1 - 1e-6)
    logit = np.log(corner / (1 - corner)).reshape(-1)
    columns = np.vstack([telling.features.reshape(channels, -1), np.ones(height * width)]).T
    sure = np.abs(logit) < 8
    _, residue, rank, _ = np.linalg.lstsq(columns[sure], logit[sure])
    assert rank == channels + 1
    assert residue.item() / sure.sum() < 1e-6


@pytest.mark.parametrize("name", MODELS)
def test_a_mask_is_between_0_and_1_and_the_same_every_time(name: str) -> None:
    segmenter = open_segmenter(name)
    width, height = segmenter.input_size
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    mask = segmenter(picture).copy()
    assert (mask.shape, mask.dtype) == ((height, width), np.float32)
    assert mask.min() >= 0
    assert mask.max() <= 1
    segmenter(255 - picture)
    segmenter.reset()
    np.testing.assert_array_equal(segmenter(picture), mask)


def test_the_mask_is_one_buffer_used_again(noise: Rgb) -> None:
    segmenter = open_segmenter()
    assert np.shares_memory(segmenter(noise), segmenter(255 - noise))


def test_a_view_with_strides_is_as_good_as_a_copy(noise: Rgb) -> None:
    segmenter = open_segmenter()
    mirrored = segmenter(np.ascontiguousarray(noise[:, ::-1])).copy()
    np.testing.assert_array_equal(segmenter(noise[:, ::-1]), mirrored)


def test_two_threads_find_what_one_finds(noise: Rgb) -> None:
    one, two = open_segmenter(), open_segmenter(threads=2)
    np.testing.assert_allclose(two(noise), one(noise), atol=1e-5)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts threads as Linux shows them")
def test_threads_are_as_many_as_asked_for() -> None:
    def threads() -> int:
        return len(list(Path("/proc/self/task").iterdir()))

    before = threads()
    one = open_segmenter(threads=1)
    assert threads() == before
    three = open_segmenter(threads=3)
    assert threads() == before + 2
    assert (one.name, three.name) == (DEFAULT_MODEL, DEFAULT_MODEL)


def test_a_picture_of_another_size_or_type_is_a_bug(noise: Rgb) -> None:
    segmenter = open_segmenter()
    with pytest.raises(ValueError, match=r"\(144, 255, 3\) != uint8 \(144, 256, 3\)"):
        segmenter(noise[:, 1:])
    with pytest.raises(ValueError, match="float32"):
        segmenter(noise.astype(np.float32))


def test_an_unknown_name_and_an_unknown_provider_are_said() -> None:
    with pytest.raises(UnknownModel, match="selfie-landscape"):
        open_segmenter("no-such-model")
    with pytest.raises(ProviderMissing, match=r"'abacus'.*cpu"):
        open_segmenter(providers=["abacus"])


def test_what_it_runs_on_is_told() -> None:
    assert Selfie(find_model(DEFAULT_MODEL)).providers == ["cpu"]


@pytest.mark.parametrize("kept", [0, 5, 1_000, 223_000, 440_000])
def test_a_cut_off_model_is_corrupt(kept: int) -> None:
    with pytest.raises(ModelCorrupt, match=r"selfie_landscape\.onnx"):
        Session(LANDSCAPE, LANDSCAPE.read_bytes()[:kept], inputs=PICTURE, outputs=MASK)


def test_noise_is_no_model() -> None:
    with pytest.raises(ModelCorrupt):
        Session(LANDSCAPE, np.random.default_rng(0).bytes(10_000), inputs=PICTURE, outputs=MASK)


@pytest.mark.parametrize(
    ("inputs", "outputs", "named"),
    [
        ({"picture": Port((1, 256, 256, 3), np.uint8)}, MASK, "input picture"),
        ({"picture": Port((1, 144, 256, 3), np.float32)}, MASK, "input picture"),
        ({"image": Port((1, 144, 256, 3), np.uint8)}, MASK, "input image"),
        ({}, MASK, "inputs"),
        (PICTURE, {"alpha": Port((1, 1, 144, 256), np.float32)}, "output alpha"),
        (PICTURE, {"mask": Port((144, 256), np.float32)}, "output mask"),
    ],
)
def test_a_model_with_other_doors_is_corrupt(
    inputs: dict[str, Port], outputs: dict[str, Port], named: str
) -> None:
    with pytest.raises(ModelCorrupt, match=named):
        Session(LANDSCAPE, LANDSCAPE.read_bytes(), inputs=inputs, outputs=outputs)


def test_the_manifest_and_the_file_must_be_of_one_size() -> None:
    wrong = replace(find_model(DEFAULT_MODEL), input_size=InputSize(256, 256))
    with pytest.raises(ModelCorrupt, match="input picture"):
        Selfie(wrong)


def test_an_adapter_is_a_segmenter() -> None:
    segmenter: Segmenter = Selfie(find_model(DEFAULT_MODEL))
    assert (segmenter.name, segmenter.input_size) == (DEFAULT_MODEL, InputSize(256, 144))
