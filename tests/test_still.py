"""Networks that look at single pictures, on real photos and drawings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import overlap, photo, small

from softfocus.models.host import Host
from softfocus.models.manifest import find_model
from softfocus.models.open import open_segmenter
from softfocus.models.segmenter import InputSize, Rgb
from softfocus.models.still import Still
from softfocus.models.tensor import Filler

U2NETP = "u2netp"


@pytest.fixture
def weights(shared: Path) -> Path:
    return shared / "weights"


def character(shared: Path, name: str) -> tuple[Rgb, np.ndarray]:
    """A drawn character in front of a room, and the artist's alpha."""
    drawn = cv2.imread(str(shared / "data/cartoon_rgba" / f"{name}.png"), cv2.IMREAD_UNCHANGED)
    height, width = drawn.shape[:2]
    room = cv2.imread(str(shared / "data/backgrounds/kz_1.jpg"))
    alpha = drawn[..., 3:].astype(np.float32) / 255
    shown = drawn[..., :3] * alpha + cv2.resize(room, (width, height)) * (1 - alpha)
    return np.ascontiguousarray(shown[..., ::-1].astype(np.uint8)), alpha[..., 0]


@pytest.mark.shared
def test_what_stands_out_in_photos_are_the_people(shared: Path, weights: Path) -> None:
    model = open_segmenter(U2NETP, model_dirs=[weights])
    overlaps: list[float] = []
    for path in sorted((shared / "data/stills_mask").glob("*_mask.png"))[:4]:
        picture = photo(path.with_name(path.name.replace("_mask.png", ".jpg")))
        truth = photo(path)[..., 0].astype(np.float32) / 255
        overlaps.append(overlap(model(small(picture, model.input_size)), truth))
    assert np.median(overlaps) > 0.85


@pytest.mark.shared
@pytest.mark.parametrize(("name", "least"), [(U2NETP, 0.8), ("isnet-general-uint8", 0.9)])
def test_a_drawn_character_stands_out(shared: Path, weights: Path, name: str, least: float) -> None:
    model = open_segmenter(name, model_dirs=[weights])
    picture, alpha = character(shared, "sylvie_blue_normal")
    mask = model(small(picture, model.input_size))
    assert mask.shape == model.input_size[::-1]
    assert mask.dtype == np.float32
    assert overlap(mask, alpha) > least


@pytest.mark.shared
def test_an_even_wall_is_not_stretched_into_an_object(weights: Path) -> None:
    model = open_segmenter(U2NETP, model_dirs=[weights])
    wall = np.full((320, 320, 3), 180, np.uint8)
    assert model(wall).max() < 0.5


@pytest.mark.shared
def test_a_mask_is_one_buffer_and_the_same_every_time(weights: Path) -> None:
    model = open_segmenter(U2NETP, model_dirs=[weights])
    picture = np.random.default_rng(0).integers(0, 256, (320, 320, 3), np.uint8)
    kept = (first := model(picture)).copy()
    assert np.shares_memory(model(255 - picture), first)
    model.reset()
    np.testing.assert_array_equal(model(picture), kept)


@pytest.mark.shared
def test_a_picture_of_another_size_is_a_bug(weights: Path) -> None:
    model = Still(find_model(U2NETP), Host([weights]))
    with pytest.raises(ValueError, match="!= uint8"):
        model(np.zeros((320, 321, 3), np.uint8))


@pytest.mark.shared
def test_a_person_is_nearer_than_the_room(shared: Path, weights: Path) -> None:
    depth = Still(find_model("tcmonodepth"), Host([weights]))
    picture = photo(shared / "data/stills_mask/0100.jpg")
    truth = photo(shared / "data/stills_mask/0100_mask.png")[..., 0]
    person = cv2.resize(truth, depth.input_size) > 127
    nearness = depth(small(picture, depth.input_size))
    assert nearness.shape == (192, 320)
    assert np.median(nearness[person]) > np.median(nearness[~person])


def test_numbers_are_what_the_manifest_says() -> None:
    """ImageNet's, from the definition: (x / 255 − mean) / std."""
    model = replace(find_model(U2NETP), input_size=InputSize(2, 2))
    picture = np.random.default_rng(1).integers(0, 256, (2, 2, 3), np.uint8)
    tensor = np.empty((3, 2, 2), np.float32)
    Filler(model)(picture, tensor)
    wanted = (picture / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(tensor, wanted.transpose(2, 0, 1), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "black", "white"),
    [
        ("rvm", 0, 1),
        ("modnet", -1, 1),
        ("isnet-general", -0.5, 0.5),
        ("isnet-general-uint8", -0.5, 127 / 256),
    ],
)
def test_black_and_white_are_what_the_makers_say(name: str, black: float, white: float) -> None:
    tensor = np.empty((3, 1, 2), np.float32)
    Filler(find_model(name))(np.array([[[0] * 3, [255] * 3]], np.uint8), tensor)
    np.testing.assert_allclose(tensor[:, 0], [[black, white]] * 3, atol=1e-6)
