"""`bench quality --stills` on photos made here, and against `softfocus matte` on the same clip."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from softfocus.bench.stills import FRAMES, NoStills, filmed, measure_stills, stills_in, ways
from softfocus.bench.verdict import Verdict
from softfocus.models.open import open_segmenter
from softfocus.realtime.frame import Plane, Size
from softfocus.realtime.matting.matting import Matting
from softfocus.realtime.runs.offline import write_matte
from softfocus.realtime.settings import RunSettings
from softfocus.realtime.sources.demo import Demo

SIZE = Size(320, 180)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody and her mask, and a room without anybody: grey, with two stripes."""
    made = tmp_path_factory.mktemp("stills")
    frame = Demo(SIZE).read(0)
    assert frame
    alpha = Matting(open_segmenter(), SIZE)(frame).alpha
    packed = np.concatenate([plane.reshape(-1) for plane in frame.planes]).reshape(-1, SIZE.width)
    cv2.imwrite(str(made / "somebody.jpg"), cv2.cvtColor(packed, cv2.COLOR_YUV2BGR_I420))
    levels = np.where(alpha > 200, 255, np.where(alpha < 20, 0, 128)).astype(np.uint8)
    cv2.imwrite(str(made / "somebody_mask.png"), levels)
    room = np.full((SIZE.height, SIZE.width, 3), 150, np.uint8)
    room[:, 100:140] = room[:, 200:210] = 60
    cv2.imwrite(str(made / "empty.jpg"), room)
    cv2.imwrite(str(made / "empty_mask.png"), np.zeros((SIZE.height, SIZE.width), np.uint8))
    return made


def mask() -> Plane:
    """A person in the left third, nobody in the right one; what is between does not count."""
    drawn = np.full((90, 90), 128, np.uint8)
    drawn[:, :30], drawn[:, 60:] = 255, 0
    return drawn


def figures(*alphas: Plane, of: Plane | None = None) -> dict[str, float]:
    verdict = Verdict(mask() if of is None else of, Size(90, 90))
    for alpha in alphas:
        verdict(alpha)
    return dict(verdict.figures())


def test_a_perfect_matte_loses_nothing_whatever_lies_between() -> None:
    for between in (0, 128, 255):
        alpha = mask()
        alpha[alpha == 128] = between
        assert figures(alpha) == {"iou": 1, "leak": 0, "cut": 0, "refused": 0}


def test_the_last_matte_is_judged_and_empty_ones_are_counted() -> None:
    nobody, all_of_it = np.zeros((90, 90), np.uint8), np.full((90, 90), 255, np.uint8)
    assert figures(all_of_it, nobody) == {"iou": 0, "leak": 0, "cut": 100, "refused": 1}
    assert figures(nobody, all_of_it) == {"iou": 0.5, "leak": 100, "cut": 0, "refused": 1}


def test_of_a_room_every_frame_is_judged_and_the_first_five_apart() -> None:
    nobody, seen = np.zeros((90, 90), np.uint8), np.zeros((90, 90), np.uint8)
    seen[:, :45] = 255
    told = figures(seen, *[nobody] * 9, of=nobody)
    assert told == pytest.approx({"leak": 0, "worst": 50, "later": 0}, abs=1)
    assert figures(*[nobody] * 5, seen, nobody, of=nobody)["later"] == pytest.approx(50, abs=1)


def test_the_figures_are_those_of_softfocus_matte(folder: Path, tmp_path: Path) -> None:
    """The same second, written to a file and read back."""
    film, out = tmp_path / "in.avi", tmp_path / "out.mkv"
    photo = cv2.imread(str(folder / "somebody.jpg"))
    with av.open(str(film), "w") as file:
        stream = file.add_stream("ffv1", rate=Fraction(30))
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for frame in filmed(np.asarray(photo, np.uint8)):
            stacked = np.concatenate([plane.reshape(-1) for plane in frame.planes]).reshape(-1, SIZE.width)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(stacked, "yuv420p")))
        file.mux(stream.encode(None))
    assert write_matte(RunSettings(input=str(film)), out) == (FRAMES, out)
    verdict = Verdict(np.asarray(cv2.imread(str(folder / "somebody_mask.png"), 0), np.uint8), SIZE)
    with av.open(str(out)) as mattes:
        for picture in mattes.decode(video=0):
            verdict(np.asarray(picture.to_ndarray(format="gray"), np.uint8))
    (row,) = measure_stills(folder, ways(), only=["some"]).rows
    assert row.figures == verdict.figures()
    assert row.figures["iou"] > 0.9


def test_several_processes_say_the_same_as_one(folder: Path) -> None:
    compared = ways(variants=["raw", "default"])
    alone, together = (measure_stills(folder, compared, jobs=jobs) for jobs in (1, 2))
    assert [(row.still, row.way, row.figures) for row in alone.rows] == [
        (row.still, row.way, row.figures) for row in together.rows
    ]
    assert [row.room for row in alone.rows] == [True, True, False, False]
    assert "| default |" in alone.means()
    assert "| somebody |" in alone.table()
    assert len(json.loads(json.dumps(alone.json()))["rows"]) == 4


def test_another_model_is_played_beside_the_default_with_the_path_and_without() -> None:
    assert [(way.name, way.model) for way in ways("rvm-512x288")] == [
        ("default", "selfie-landscape"),
        ("rvm-512x288", "rvm-512x288"),
        ("rvm-512x288, raw", "rvm-512x288"),
    ]


def test_a_folder_without_masks_is_refused_in_words(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NoStills, match=r"NAME_mask\.png"):
        stills_in(tmp_path)
    with pytest.raises(NoStills, match="begins with nobody"):
        stills_in(folder, ["nobody"])
