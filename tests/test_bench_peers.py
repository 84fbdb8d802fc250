"""Comparisons and sweeps: real, short, at small sizes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from softfocus.bench.clip import clip_file
from softfocus.bench.fps import Figures, Stage
from softfocus.bench.peers import REFERENCE, PeersReport, PeersSettings, compare
from softfocus.bench.rivals import Naive, Pictures, Rvm
from softfocus.bench.scale import ScaleSettings, Step, growth_of, sweep
from softfocus.bench.spread import Spread
from softfocus.realtime.frame import Size

SMALL = Size(320, 180)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def report(cache: Path) -> PeersReport:
    return compare(PeersSettings(sizes=(SMALL,), seconds=0.5, cache=cache))


def test_everybody_is_measured_or_says_why_not(report: PeersReport) -> None:
    (contest,) = report.contests
    feeds = {"i420", "mjpeg", "yuyv", "low i420", "low mjpeg"}
    assert {f"softfocus {feed}" for feed in feeds} | {"naive"} <= contest.standings.keys()
    for name in ("mediapipe", "mediapipe-tasks", "fake-background-webcam"):
        assert (name in contest.standings) != (name in contest.missing)
    assert "--model-dir" in contest.missing["rvm"]


def test_ratios_refer_to_softfocus_and_to_the_floor(report: PeersReport) -> None:
    (contest,) = report.contests
    ours = contest.standings[REFERENCE]
    assert (ours.cpu_ratio, ours.wall_ratio) == (1, 1)
    assert 0 < contest.floor.copy_ms < contest.floor.total_ms
    assert contest.floor.gigaflops > 0.1
    for standing in contest.standings.values():
        assert standing.floor_ratio > 1


def test_the_comparison_is_json_and_a_table(report: PeersReport) -> None:
    told = json.loads(json.dumps(report.json()))
    assert told["sizes"]["320x180"]["contestants"]["naive"]["cpu_ratio"] > 0
    assert "naive" in report.table()


def test_a_comparison_can_be_drawn(report: PeersReport, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is in the extra plots")
    from softfocus.bench.plot import draw

    draw(report.json(), tmp_path / "peers.png")
    assert (tmp_path / "peers.png").stat().st_size > 1000


def test_the_naive_loop_keeps_the_person_and_blurs_the_rest(cache: Path) -> None:
    picture = Pictures(str(clip_file("demo", SMALL, "mjpeg", cache)))()
    out = Naive()(picture)
    changed = np.abs(out.astype(int) - picture).mean(axis=2)
    assert changed[40:80, 130:165].mean() < 1  # the face
    assert changed[:80, :40].mean() > 2


@pytest.mark.shared
def test_rvm_finds_the_person_too(cache: Path, shared: Path) -> None:
    rvm = Rvm(shared / "weights" / "rvm" / "rvm_mobilenetv3_256x144.onnx")
    pictures = Pictures(str(clip_file("demo", SMALL, "mjpeg", cache)))
    for _ in range(3):
        picture = pictures()
        out = rvm(picture)
    changed = np.abs(out.astype(int) - picture).mean(axis=2)
    assert changed[40:80, 130:165].mean() < 1
    assert changed[:80, :40].mean() > 2


def test_a_sweep_measures_each_case_once(cache: Path) -> None:
    settings = ScaleSettings(
        sizes=(SMALL, Size(640, 360)), threads=(1,), sinks=(1, 2), seconds=0.2, cache=cache
    )
    report = sweep(settings)
    cases = [(step.figures.size, step.threads, step.sinks) for step in report.steps]
    assert cases == [("320x180", 1, 1), ("640x360", 1, 1), ("1280x720", 1, 2)]
    assert {"segment", "backdrop", "in all"} <= report.growth.keys()
    assert json.dumps(report.json())
    assert "ms/Mpx" in report.table()


def test_growth_finds_what_is_fixed_and_what_grows_with_the_frame() -> None:
    steps = [step(Size(1000, 1000 * n), fixed=1.5, per_megapixel=2.0) for n in (1, 2, 5)]
    line = growth_of(steps)["blend"]
    assert line.fixed_ms == pytest.approx(1.5)
    assert line.ms_per_megapixel == pytest.approx(2.0)
    assert line.residual_ms == pytest.approx(0, abs=1e-6)


def step(size: Size, fixed: float, per_megapixel: float) -> Step:
    time = fixed + per_megapixel * size.width * size.height / 1e6
    stage = Stage(time, time, time, time, cpu=time)
    figures = Figures(
        feed="i420",
        size=str(size),
        frames=1,
        fps=1.0,
        wall_ms=Spread(time, time, time, time),
        cpu_ms_per_frame=time,
        core_percent=100.0,
        stages={"blend": stage},
        dropped=0,
        shielded=0,
        rss_mb=None,
        rss_growth_mb=None,
        first_frame_s=0.1,
    )
    return Step(1, 1, figures)
