"""Cutting people, drawn characters and things out of real pictures."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from clips import frame, overlap, photo

from softfocus.models.errors import ModelCorrupt
from softfocus.models.host import Host
from softfocus.models.manifest import find_model
from softfocus.models.open import open_segmenter
from softfocus.models.proposals import find_subjects
from softfocus.models.sam import Point, Region, Sam
from softfocus.models.segmenter import Mask, Rgb
from softfocus.realtime.commands.cutout import places
from softfocus.realtime.errors import BadSetting, CannotWrite, UnreadableInput
from softfocus.realtime.inspection.alone import with_alpha
from softfocus.realtime.inspection.cutout import (
    Choice,
    CutoutSettings,
    Finder,
    NothingFound,
    cut_out,
    find_in,
    look,
    under,
)

STILL = "data/stills_mask/0100.jpg"
CLIP = "data/video_alpha/d_two_people.mp4"
ROOMS = ["kz_1.jpg", "kz_2.jpg", "meet_1.jpg", "meet_4.jpg", "simpl_room.jpg", "kz_3.jpg"]
WIDTH, HEIGHT = 1280, 720


@pytest.fixture
def without_sam(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A user's folder without any models."""
    monkeypatch.setattr("softfocus.models.store.platformdirs.user_data_path", lambda name: tmp_path / name)


@pytest.fixture(scope="module")
def two(shared: Path) -> Finder:
    """What is found in a frame with two people."""
    picture, _ = frame(shared / CLIP, 40)
    bgr = np.ascontiguousarray(picture[..., ::-1])
    return find_in(bgr, CutoutSettings("", Path(), model_dirs=(shared / "weights",)))


def in_room(drawn: Path, room: Path) -> tuple[Rgb, Mask]:
    """A drawn character standing in a room, and the artist's alpha."""
    shown = np.asarray(cv2.resize(cv2.imread(str(room)), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA))
    figure = cv2.imread(str(drawn), cv2.IMREAD_UNCHANGED)
    scale = min(0.95 * HEIGHT / figure.shape[0], 0.95 * WIDTH / figure.shape[1])
    figure = cv2.resize(figure, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = figure.shape[:2]
    left = (WIDTH - width) // 2
    place = np.s_[HEIGHT - height :, left : left + width]
    alpha = figure[..., 3].astype(np.float32) / 255
    blended = figure[..., :3] * alpha[..., None] + shown[place] * (1 - alpha[..., None])
    shown[place] = blended.astype(np.uint8)
    truth = np.zeros((HEIGHT, WIDTH), np.float32)
    truth[place] = alpha
    return np.ascontiguousarray(shown[..., ::-1]), truth


@pytest.mark.shared
def test_drawn_characters_are_cut_out_as_their_artists_would(shared: Path) -> None:
    sam, light = Sam(find_model("mobile-sam"), Host([shared / "weights"])), open_segmenter()
    overlaps: list[float] = []
    drawings = sorted((shared / "data/cartoon_rgba").glob("*.png"))
    for drawn, room in zip(drawings, ROOMS, strict=True):
        picture, truth = in_room(drawn, shared / "data/backgrounds" / room)
        sam.look(picture)
        overlaps.append(overlap(sam.enlarge(find_subjects(sam, look(light, picture))[0]), truth))
    assert sum(each >= 0.9 for each in overlaps) >= 4, overlaps
    assert min(overlaps) > 0.8, overlaps


@pytest.mark.shared
def test_two_people_are_two_subjects_before_everything_else(shared: Path, two: Finder) -> None:
    subjects = two.subjects()
    _, left = frame(shared / CLIP, 40, "_left")
    _, right = frame(shared / CLIP, 40, "_right")
    assert overlap(subjects[0], left) > 0.9
    assert overlap(subjects[1], right) > 0.9
    assert len(subjects) > 3
    assert all(overlap(each, left) < 0.2 and overlap(each, right) < 0.2 for each in subjects[2:])


@pytest.mark.shared
def test_a_point_chooses_who_is_there(shared: Path, two: Finder) -> None:
    _, right = frame(shared / CLIP, 40, "_right")
    y, x = (int(np.median(each)) for each in np.nonzero(right > 0.5))
    assert overlap(under(two, Point(x, y)), right) > 0.9


@pytest.mark.shared
def test_a_box_chooses_what_is_in_it(shared: Path, two: Finder) -> None:
    _, left = frame(shared / CLIP, 40, "_left")
    x, y, width, height = cv2.boundingRect((left > 0.5).astype(np.uint8))
    assert overlap(two.shown(Region(x, y, x + width, y + height)), left) > 0.9


@pytest.mark.shared
def test_a_rough_mask_chooses_what_it_covers(shared: Path, tmp_path: Path) -> None:
    truth = photo(shared / STILL.replace(".jpg", "_mask.png"))[..., 0]
    rough = tmp_path / "rough.png"
    cv2.imwrite(str(rough), cv2.blur(cv2.resize(truth, (110, 70)), (9, 9)))
    path = cut_out(settings(shared, tmp_path / "out.png", rough))
    alpha = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., 3]
    assert overlap(alpha / np.float32(255), truth / np.float32(255)) > 0.9


def settings(shared: Path, output: Path, choice: Choice = "largest") -> CutoutSettings:
    return CutoutSettings(str(shared / STILL), output, choice, model_dirs=(shared / "weights",))


@pytest.mark.shared
def test_the_cut_out_has_the_pictures_colours_and_an_alpha(shared: Path, tmp_path: Path) -> None:
    path = cut_out(settings(shared, tmp_path / "out.png"))
    cut = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    sure = cut[..., 3] == 255
    np.testing.assert_array_equal(cut[sure, :3], cv2.imread(str(shared / STILL))[sure])
    truth = photo(shared / STILL.replace(".jpg", "_mask.png"))[..., 0] / np.float32(255)
    assert overlap(cut[..., 3] / np.float32(255), truth) > 0.9
    assert {0, 255} < set(np.unique(cut[..., 3]))


def test_no_alpha_hides_the_room_and_the_edge_is_the_persons() -> None:
    """Whoever takes the alpha away finds one colour; before, they found the room."""
    rng = np.random.default_rng(0)
    room = cv2.resize(rng.integers(256, size=(36, 64, 3)).astype(np.uint8), (640, 360))
    disc = np.zeros((360, 640), np.float32)
    cv2.circle(disc, (320, 180), 110, 1, cv2.FILLED)
    mask = np.asarray(cv2.GaussianBlur(disc, (0, 0), 4), np.float32)
    skin = np.array((120, 150, 200))
    picture = np.rint(mask[..., None] * skin + (1 - mask[..., None]) * room).astype(np.uint8)
    cut = with_alpha(picture, mask)
    hidden, edge = cut[..., 3] == 0, (cut[..., 3] > 64) & (cut[..., 3] < 255)
    for channel in range(3):
        there = np.corrcoef(picture[hidden, channel], room[hidden, channel])[0, 1]
        left = np.cov(cut[hidden, channel].astype(float), room[hidden, channel].astype(float))[0, 1]
        assert there > 0.99
        assert abs(left) < 0.01 * room[hidden, channel].var()
    before, after = (np.abs(each[edge].astype(float) - skin).mean() for each in (picture, cut[..., :3]))
    assert after < 0.6 * before


@pytest.mark.shared
@pytest.mark.usefixtures("without_sam")
class TestWithoutSegmentAnything:
    def test_people_are_cut_out_and_the_reason_is_said(
        self, shared: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING):
            cut_out(replace(settings(shared, tmp_path / "out.png"), model_dirs=()))
        assert "only people are found" in caplog.text
        assert "mobile_sam_encoder.onnx" in caplog.text
        truth = photo(shared / STILL.replace(".jpg", "_mask.png"))[..., 0] / np.float32(255)
        alpha = cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED)[..., 3]
        assert overlap(alpha / np.float32(255), truth) > 0.9

    def test_all_are_numbered_in_a_frame_of_a_film(self, shared: Path, tmp_path: Path) -> None:
        made = CutoutSettings(str(shared / CLIP), tmp_path / "all.png", "all", at=1.0)
        picture = cv2.imread(str(cut_out(made)))
        assert picture.shape == (HEIGHT, WIDTH, 3)
        plain, truth = frame(shared / CLIP, 30)
        change = np.abs(picture[..., ::-1].astype(int) - plain).mean(axis=2)
        assert change[truth > 0.9].mean() > 3 * change[truth < 0.1].mean()

    def test_nobody_in_an_empty_room_is_said(self, shared: Path, tmp_path: Path) -> None:
        room = str(shared / "data/backgrounds/kz_1.jpg")
        with pytest.raises(NothingFound, match="--box"):
            cut_out(CutoutSettings(room, tmp_path / "out.png"))
        assert not (tmp_path / "out.png").exists()

    @pytest.mark.parametrize("choice", [Point(10, 400), Point(600, 10), Region(600, 0, 610, 5)])
    def test_a_place_outside_of_the_picture_is_said(
        self, shared: Path, tmp_path: Path, choice: Point | Region
    ) -> None:
        with pytest.raises(BadSetting, match="550x349"):
            cut_out(replace(settings(shared, tmp_path / "out.png", choice), model_dirs=()))

    @pytest.mark.parametrize(
        ("output", "error", "said"),
        [
            ("out.jpg", BadSetting, "transparent"),
            ("out.xyz", BadSetting, "transparent"),
            ("no/out.png", CannotWrite, "No such"),
        ],
    )
    def test_an_output_that_cannot_be_is_said(
        self, shared: Path, tmp_path: Path, output: str, error: type[Exception], said: str
    ) -> None:
        with pytest.raises(error, match=said):
            cut_out(replace(settings(shared, tmp_path / output), model_dirs=()))


@pytest.mark.parametrize("name", ["none.png", "none.mp4"])
def test_a_picture_that_is_not_there_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no such"):
        cut_out(CutoutSettings(str(tmp_path / name), tmp_path / "out.png"))


@pytest.mark.shared
def test_a_broken_model_is_not_taken_for_a_missing_one(shared: Path, tmp_path: Path) -> None:
    for name in ("mobile_sam_encoder.onnx", "mobile_sam_decoder.onnx"):
        (tmp_path / name).write_bytes(b"broken")
    with pytest.raises(ModelCorrupt, match="sha256"):
        cut_out(replace(settings(shared, tmp_path / "out.png"), model_dirs=(tmp_path,)))


def test_places_are_read_from_text() -> None:
    assert places("3,4.5", "0,0,10,20") == [Point(3, 4.5), Region(0, 0, 10, 20)]


@pytest.mark.parametrize(
    ("point", "box"), [("3", None), ("3,x", None), ("3,nan", None), (None, "1,2,3"), (None, "5,5,5,9")]
)
def test_places_that_are_none_are_said(point: str | None, box: str | None) -> None:
    with pytest.raises(typer.BadParameter, match=r"--point|--box"):
        places(point, box)
