"""`bench subjects` on a clip made here, and the composed clips that it is for."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from partial import CLIPS, FRAMES, compose

from softfocus.bench.quality import SKIPPED
from softfocus.bench.subjects import NoPeople, Part, measure_subjects, parts_in
from softfocus.models.open import open_segmenter
from softfocus.realtime.frame import Plane, Size
from softfocus.realtime.live.loop import frames_of
from softfocus.realtime.matting.matting import Matting
from softfocus.realtime.settings import RunSettings
from softfocus.realtime.sources.demo import Demo

SIZE = Size(320, 180)
AS_LARGE = ("turned_dancer", "chest_dress")  # one is whole and turns, one steps back


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's person, and beside her others whom no picture shows: they count, and are never seen."""
    made = tmp_path_factory.mktemp("people")
    frames = list(frames_of(Demo(SIZE, frames=SKIPPED + 6)))
    look = Matting(open_segmenter(), SIZE)
    alphas = [look(frame).alpha.copy() for frame in frames]
    corner = np.zeros_like(alphas[0])
    corner[:20, :20] = 255
    pictures = [np.concatenate([plane.reshape(-1) for plane in frame.planes]) for frame in frames]
    write(made / "demo.mp4", "libx264", "yuv420p", [each.reshape(-1, SIZE.width) for each in pictures])
    write(made / "demo_alpha_largest.mkv", "ffv1", "gray", alphas)
    write(made / "demo_alpha_others.mkv", "ffv1", "gray", [corner for _ in alphas])
    return made


def write(path: Path, codec: str, pixels: str, pictures: list[Plane]) -> None:
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=Fraction(30))
        stream.width, stream.height, stream.pix_fmt = *SIZE, pixels
        for picture in pictures:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, pixels)))
        file.mux(stream.encode(None))


def test_whoever_can_be_chosen_is_and_the_others_are_looked_for(folder: Path) -> None:
    assert parts_in(folder) == [Part(folder / "demo.mp4", "largest")]
    measured = measure_subjects(folder, RunSettings())
    (row,) = measured.rows
    assert (row.chosen, row.problem, row.refused, row.others) == ("largest", "", 0, 0)
    assert min(row.iou, row.last) > 0.9
    assert "| demo | largest |" in measured.table()
    assert json.loads(json.dumps(measured.json()))["rows"]


def test_who_is_chosen_is_judged_by_their_own_alpha(folder: Path, tmp_path: Path) -> None:
    """Of the others' alpha none is shown, and all of the chosen one's is."""
    (tmp_path / "demo.mp4").write_bytes((folder / "demo.mp4").read_bytes())
    for was, becomes in (("largest", "others"), ("others", "largest")):
        path = folder / f"demo_alpha_{was}.mkv"
        (tmp_path / f"demo_alpha_{becomes}.mkv").write_bytes(path.read_bytes())
    (row,) = measure_subjects(tmp_path, RunSettings()).rows
    assert (row.iou, row.cut) == (0, 100)
    assert row.others > 95


def test_a_choice_that_fits_nobody_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "demo.mp4").write_bytes((folder / "demo.mp4").read_bytes())
    (tmp_path / "demo_alpha_7.mkv").write_bytes((folder / "demo_alpha_largest.mkv").read_bytes())
    measured = measure_subjects(tmp_path, RunSettings())
    assert "7" in measured.rows[0].problem
    assert measured.rows[0].problem in measured.table()


def test_a_folder_without_people_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(NoPeople, match=r"NAME_alpha_left\.mkv"):
        parts_in(tmp_path)


@pytest.mark.shared
@pytest.mark.parametrize("name", CLIPS)
def test_the_chosen_one_of_a_composed_clip_is_first_seen_in_part(name: str, shared: Path) -> None:
    (first, before, others), (last, after, _) = compose(shared, CLIPS[name], (0, FRAMES - 1))
    for alpha in (before, after, others):
        assert alpha.min() >= 0
        assert alpha.max() == pytest.approx(1, abs=1e-4)
    assert np.max(before + others) < 1.01
    assert before.mean() > 0.01
    assert before.mean() < 0.8 * after.mean() or name in AS_LARGE
    assert not np.array_equal(first, last)
    middle = (np.arange(before.shape[1]) * before).sum() / before.sum() / before.shape[1]
    assert (middle < 0.5) == (CLIPS[name].side == "left")
