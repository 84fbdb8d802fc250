"""`bench quality` on a clip made here: the demo's portrait before a striped room, with its exact alpha."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from softfocus.bench.metrics import Truth
from softfocus.bench.pictures import PictureJudge, Scene, Studio
from softfocus.bench.quality import NoClips, PlainBlur, clips_in, measure
from softfocus.bench.quality_report import Report
from softfocus.models.open import open_segmenter
from softfocus.realtime.backdrops.blur import Blur
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.frame import I420, Colour, Frame, Plane, Size
from softfocus.realtime.matte import Box, Matte
from softfocus.realtime.matting.matting import Matting
from softfocus.realtime.sources.demo import Demo

SIZE = Size(640, 360)
LENGTH = 24


def scene_at(index: int) -> tuple[Frame, Plane]:
    """A person who sways before stripes, and the exact alpha."""
    source = Demo(SIZE).read(0)
    assert source
    person = Matting(open_segmenter(), SIZE)(source).alpha.copy()
    person[:, -1] = person[:, 0] = 0
    by = round(6 * np.sin(index / 4))
    stripes = I420(SIZE).planes
    stripes.y[:] = 60 + 100 * ((np.indices(stripes.y.shape).sum(0) // 3) % 2)
    stripes.u[:], stripes.v[:] = 110, 140
    planes = I420(SIZE).planes
    alpha = np.roll(person, by, axis=1)
    for plane, over, under in zip(planes, source.planes, stripes, strict=True):
        share = cv2.resize(alpha, plane.shape[::-1], interpolation=cv2.INTER_AREA) / 255
        moved = np.roll(over, by * plane.shape[1] // SIZE.width, axis=1)
        plane[:] = np.rint(moved * share + under * (1 - share))
    return Frame(planes, index, index * 33_333_333, Colour()), alpha


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one clip and its alpha."""
    made = tmp_path_factory.mktemp("clips")
    scenes = [scene_at(i) for i in range(LENGTH)]
    write(made / "sway.mp4", "libx264", "yuv420p", [np.vstack(_stacked(frame)) for frame, _ in scenes])
    write(made / "sway_alpha.mkv", "ffv1", "gray", [alpha for _, alpha in scenes])
    return made


def _stacked(frame: Frame) -> list[Plane]:
    y, u, v = frame.planes
    return [y, u.reshape(-1, SIZE.width), v.reshape(-1, SIZE.width)]


def write(path: Path, codec: str, pixels: str, pictures: list[Plane]) -> None:
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=Fraction(30))
        stream.width, stream.height, stream.pix_fmt = *SIZE, pixels
        for picture in pictures:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), pixels)))
        file.mux(stream.encode(None))


def test_a_folder_without_truth_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "lonely.mp4").touch()
    with pytest.raises(NoClips, match=r"_alpha\.mkv"):
        clips_in(tmp_path)


def test_a_run_gives_every_figure_for_every_variant_and_a_report(folder: Path, tmp_path: Path) -> None:
    report = Report(tmp_path / "report")
    quality = measure(folder, variants=("raw", "default"), witness=report)
    assert [(row.clip, row.variant) for row in quality.rows] == [("sway", "raw"), ("sway", "default")]
    raw, default = (row.figures for row in quality.rows)
    assert default["mad"] < raw["mad"]
    # The edge follows the drawn stripes and takes bright ones along; the bar of a quarter is for real clips,
    # docs/quality.md. How far the blur keeps from the person changes nothing.
    assert default["halo"] < raw["halo"] / 3
    assert json.loads(json.dumps(quality.json()))["rows"]
    assert "| default |" in quality.table()
    page = report.write(quality).read_text()
    assert page.count("<svg") == 3
    assert "sway" in page


def judged(matte: Plane, plain: bool = False) -> dict[str, float]:
    """The picture figures of one frame composed with that matte."""
    frame, alpha = scene_at(0)
    truth = Truth.of(alpha)
    scene: Scene = Studio(SIZE)(frame, truth)
    output = I420(SIZE)
    whole = Box(0, 0, SIZE.width, SIZE.height)
    backdrop = PlainBlur(SIZE) if plain else Blur(SIZE)
    Compositor(backdrop, SIZE)(frame, Matte(matte, whole, 0, 0), output.planes)
    judge = PictureJudge()
    judge(output.planes, scene)
    return judge.means()


def test_the_exact_alpha_shows_nothing_of_the_room_and_has_no_halo() -> None:
    assert judged(scene_at(0)[1]) == pytest.approx({"halo": 0, "room_leak": 0, "accumulated": 0}, abs=0.01)


def test_no_blur_at_all_shows_all_of_the_room() -> None:
    everything = np.full((SIZE.height, SIZE.width), 255, np.uint8)
    shown = judged(everything)
    assert shown["room_leak"] == pytest.approx(100, abs=5)
    assert shown["accumulated"] == pytest.approx(100, abs=1)


def test_half_of_the_alpha_shows_half_of_the_room() -> None:
    half = np.maximum(scene_at(0)[1], 128)
    assert judged(half)["room_leak"] == pytest.approx(50, abs=3)


def test_a_blur_of_the_person_too_has_a_halo() -> None:
    assert judged(scene_at(0)[1], plain=True)["halo"] > 5
