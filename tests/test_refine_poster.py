"""A figure on the wall that the light models take for somebody, and a refiner that does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from softfocus.bench.quality import frames_with_alpha
from softfocus.models.open import open_segmenter
from softfocus.realtime.frame import Plane, Size
from softfocus.realtime.matting.matting import Matting
from softfocus.realtime.refine.lessons import Lessons
from softfocus.realtime.refine.refiners import open_refiner
from softfocus.realtime.refine.tutor import Simulated

Flags = npt.NDArray[np.bool_]

SIZE = Size(640, 360)
HEIGHT, FOOT, MIDDLE = 162, 223, 175  # of the figure, px
FRAMES, RATE = 70, 10


def framed(picture: Plane) -> Plane:
    """The middle of a picture, of the frame's size."""
    scale = max(SIZE.width / picture.shape[1], SIZE.height / picture.shape[0])
    larger = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    y, x = (larger.shape[0] - SIZE.height) // 2, (larger.shape[1] - SIZE.width) // 2
    return np.asarray(larger[y : y + SIZE.height, x : x + SIZE.width], np.uint8)


def at_height(picture: Plane, height: int) -> Plane:
    scale = height / picture.shape[0]
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def clip(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Plane]:
    """Somebody who walks before a wall with a drawn figure on it, to and fro; and where that one is."""
    made, data = tmp_path_factory.mktemp("poster"), shared / "data"
    room = framed(cv2.imread(str(data / "backgrounds" / "kz_1.jpg")))
    figure = at_height(cv2.imread(str(data / "cartoon_rgba" / "haru.png"), cv2.IMREAD_UNCHANGED), HEIGHT)
    person = cv2.imread(str(data / "person_rgba" / "p_015cd10e_rgba.png"), cv2.IMREAD_UNCHANGED)
    x, y = MIDDLE - figure.shape[1] // 2, FOOT - HEIGHT
    there = np.s_[y : y + HEIGHT, x : x + figure.shape[1]]
    share = figure[..., 3:] / 255
    room[there] = np.rint(room[there] * (1 - share) + figure[..., :3] * share)
    hidden = np.zeros(room.shape[:2], np.uint8)
    hidden[there] = figure[..., 3]
    cv2.imwrite(str(made / "room.png"), room)
    cv2.imwrite(str(made / "person.png"), at_height(person, SIZE.height))
    composed = [sys.executable, str(data / "tools" / "compose.py"), "--out", str(made / "clip")]
    composed += ["--fg", str(made / "person.png"), "--bg", str(made / "room.png"), "--size", str(SIZE)]
    composed += ["--n", str(FRAMES), "--fps", str(RATE), "--x", ".6", "--tx", ".27", "--scale", ".9"]
    subprocess.run(composed, check=True)
    return made / "clip.mp4", hidden


def seen(clip: Path, figure: Plane, lessons: Lessons | None) -> tuple[list[float], list[float]]:
    """Per frame how much of the figure is kept where nobody is before it, and how much of who is.

    NaN where there is next to nothing to judge.
    """
    path = Matting(open_segmenter(), SIZE, close=open_segmenter("selfie-square"), lessons=lessons)
    inside = cv2.erode(figure, np.ones((5, 5))) > 127
    kept, passing = [], []
    for frame, exact in frames_with_alpha(clip):
        alpha = path(frame).alpha
        kept.append(share(alpha, inside & (cv2.dilate(exact, np.ones((13, 13))) == 0)))
        passing.append(share(alpha, inside & (cv2.erode(exact, np.ones((9, 9))) == 255)))
    return kept, passing


def share(alpha: Plane, there: Flags) -> float:
    return float(np.mean(alpha[there])) / 255 if np.count_nonzero(there) > 500 else np.nan


def during(values: list[float], start: float, end: float) -> list[float]:
    """Those between two moments, s, where there is something to judge."""
    return [value for value in values[int(start * RATE) : int(end * RATE)] if not np.isnan(value)]


@pytest.mark.shared
def test_a_figure_on_the_wall_is_gone_after_two_answers_and_stays_gone_while_somebody_passes_before_it(
    clip: tuple[Path, Plane], shared: Path
) -> None:
    kept, _ = seen(*clip, None)
    assert min(during(kept, 1.0, 2.5)) > 0.7, "the light models keep it"
    assert min(during(kept, 6.4, 7.0)) > 0.7
    tutor = Simulated(open_refiner("person", [shared / "weights"]), every=1.0, latency=0.4)
    kept, passing = seen(*clip, Lessons(tutor))
    assert min(during(kept, 1.0, 2.3)) > 0.7, "it was there at one of the two snapshots so far"
    assert max(during(kept, 2.7, 7.0)) < 0.05, "and at two of the three that were answered by now"
    assert min(during(passing, 2.8, 5.0)) > 0.95, "whoever is before it is kept"
    assert tutor.standing.refused == 0
