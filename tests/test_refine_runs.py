"""Refinement with real refiners on real clips, and as people start it: from the command line."""

from __future__ import annotations

import json
import time
from itertools import islice
from pathlib import Path

import pytest
from test_cli import frames_of, softfocus, started

from softfocus.bench.quality import frames_with_alpha
from softfocus.realtime.frame import Size
from softfocus.realtime.matting.open import open_matting
from softfocus.realtime.refine.auto import Auto
from softfocus.realtime.refine.lessons import Lessons
from softfocus.realtime.refine.refiners import MODELS, Kind, open_refiner
from softfocus.realtime.refine.snapshot import Refiner
from softfocus.realtime.refine.tutor import Simulated

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def refiners(shared: Path) -> tuple[Refiner, Refiner]:
    """For people, for drawn characters."""
    dirs = [shared / "weights"]
    return open_refiner("person", dirs), open_refiner("cartoon", dirs)


@pytest.mark.parametrize(("clip", "kind"), [("d_talker_near", "person"), ("d_anime_haru", "cartoon")])
def test_auto_asks_the_refiner_for_people_about_people_and_the_other_about_drawings(
    clip: str, kind: Kind, refiners: tuple[Refiner, Refiner], shared: Path
) -> None:
    auto = Auto(*refiners)
    tutor = Simulated(auto, every=9.0, latency=0.1)
    shown = [frame for frame, _ in islice(frames_with_alpha(shared / "data/video_alpha" / f"{clip}.mp4"), 5)]
    height, width = shown[0].planes.y.shape
    path = open_matting(Size(width, height), lessons=Lessons(tutor))
    for frame in shown:
        path(frame)
    assert auto.name in MODELS[kind]
    assert (tutor.standing.accepted, tutor.standing.refused) == (1, 0)


def test_a_recording_of_five_seconds_is_looked_at_three_times_and_no_frame_is_lost(
    shared: Path, tmp_path: Path
) -> None:
    softfocus("run", "-i", "demo", "-o", "in.mkv", "--size", "320x180", at=tmp_path)
    told = ("--refine", "person", "--refine-every", "2", "--refine-latency", "0.5")
    weights = ("--model-dir", str(shared / "weights"))
    status, out, err = softfocus("matte", "in.mkv", "matte.mkv", *told, *weights, at=tmp_path)
    assert (status, out) == (0, "150 mattes in matte.mkv\n"), err
    assert "refinement: 3 answers believed, 0 refused" in err
    assert len(frames_of(tmp_path / "matte.mkv")) == 150


def test_a_live_run_is_taught_and_says_so_in_its_status(shared: Path, tmp_path: Path) -> None:
    with started(
        *("run", "-i", "demo", "--realtime", "-o", "null", "--size", "640x360", "--status", "status"),
        *("--refine", "person", "--refine-share", "1", "--model-dir", str(shared / "weights")),
        at=tmp_path,
    ) as run:
        deadline = time.monotonic() + 60
        while not answers_believed(tmp_path / "status"):
            assert run.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        run.terminate()
        _, err = run.communicate(timeout=30)
    assert run.returncode == 0, err
    assert b"no refinement" not in err


def answers_believed(status: Path) -> int:
    """As the newest whole line tells; 0 before there is one."""
    whole = status.read_text().split("\n")[:-1] if status.exists() else []
    return int(json.loads(whole[-1])["refinement"]["accepted"]) if whole else 0
