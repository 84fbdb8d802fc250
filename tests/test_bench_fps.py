"""Real, short measurements: what they say must be whole and consistent; how fast it is must not matter."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import unavailable

from softfocus.bench.fps import ROUNDS, Figures, FpsSettings, Report, measure
from softfocus.realtime.frame import Size

SMALL = Size(320, 180)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> FpsSettings:
    cache = tmp_path_factory.mktemp("bench")
    return FpsSettings(size=SMALL, feeds=("mjpeg", "yuyv", "i420"), seconds=0.2, frames=60, cache=cache)


@pytest.fixture(scope="module")
def report(settings: FpsSettings) -> Report:
    return measure(settings)


def test_the_promised_keys_are_there_and_the_report_is_json(report: Report) -> None:
    told = json.loads(json.dumps(report.json()))
    promised = {"fps", "wall_ms", "cpu_ms_per_frame", "stages", "dropped", "rss_mb", "first_frame_s"}
    assert promised | {"machine", "versions", "rss_growth_mb", "format"} <= told.keys()
    assert {"p50", "p95", "p99"} <= told["wall_ms"].keys()
    assert [each["feed"] for each in (told, *told["also"])] == ["mjpeg", "yuyv", "i420"]
    assert {"softfocus", "numpy", "onnxruntime"} <= told["versions"].keys()
    assert told["machine"]["cores"] >= 1


def test_every_feed_has_as_many_frames_as_asked_none_lost_none_shielded(report: Report) -> None:
    for figures in report.figures:
        assert figures.frames >= 60
        assert figures.dropped == 0
        assert figures.shielded == 0


def test_stages_take_no_longer_than_the_whole(report: Report) -> None:
    for figures in report.figures:
        assert 0 < sum(stage.mean for stage in figures.stages.values()) <= figures.wall_ms.mean


def test_percentiles_rise(report: Report) -> None:
    for figures in report.figures:
        for row in (figures.wall_ms, *figures.stages.values()):
            assert 0 < row.p50 <= row.p95 <= row.p99


def test_only_what_is_packed_is_decoded(report: Report) -> None:
    decoded = {figures.feed: "decode" in figures.stages for figures in report.figures}
    assert decoded == {"mjpeg": True, "yuyv": True, "i420": False}
    assert all({"segment", "backdrop", "deliver"} <= figures.stages.keys() for figures in report.figures)


def test_what_the_process_computed_fits_into_its_time(report: Report) -> None:
    for figures in report.figures:
        cores = report.machine.cores
        assert 0 < figures.cpu_ms_per_frame <= 1.1 * cores * figures.wall_ms.mean
        assert 0 < figures.core_percent <= 110 * cores


def test_the_first_frame_is_timed_from_the_start_of_a_process(report: Report) -> None:
    # Loading Python, NumPy, OpenCV, FFmpeg and the model alone takes longer than this.
    assert all(figures.first_frame_s > 0.05 for figures in report.figures)


def test_the_table_names_every_stage_and_the_machine(report: Report) -> None:
    table = report.table()
    assert report.machine.cpu in table
    assert all(stage in table for stage in report.figures[0].stages)


def test_memory_is_flat_over_2000_frames(settings: FpsSettings) -> None:
    figures = first(measure(replace(settings, feeds=("mjpeg",), frames=2000)))
    assert figures.frames >= 2000
    if figures.rss_growth_mb is None:
        unavailable("how much memory a process takes")
    assert figures.rss_growth_mb < 4  # one buffer lost per frame would be 170 MB


def test_at_a_cameras_pace_every_frame_that_was_due_is_accounted_for(settings: FpsSettings) -> None:
    figures = first(measure(replace(settings, feeds=("mjpeg",), seconds=2.0, frames=0, paced=30.0)))
    due = ROUNDS * (round(2.0 / ROUNDS * 30) + 1)  # a round may begin and end with a frame
    assert 0 < figures.frames <= due
    assert figures.frames + figures.dropped <= due
    assert figures.wall_ms.p50 > 0


def test_two_sinks_both_take_every_frame(settings: FpsSettings) -> None:
    figures = first(measure(replace(settings, feeds=("i420",), sinks=2)))
    assert figures.frames >= 60
    assert figures.dropped == 0


def first(report: Report) -> Figures:
    return report.figures[0]


def test_a_file_can_be_measured_with(settings: FpsSettings, tmp_path: Path) -> None:
    from softfocus.bench.clip import clip_file

    clip = clip_file("demo", SMALL, "mjpeg", settings.cache)
    figures = first(measure(replace(settings, input=str(clip), feeds=("mjpeg",), cache=tmp_path)))
    assert figures.frames >= 60
