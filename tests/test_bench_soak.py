"""Soaking: the verdict on drawn samples, and one short real soak."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from softfocus.bench.soak import Sample, SoakSettings, soak, verdict_on
from softfocus.realtime.frame import Size

CALM = Sample(
    frames=600,
    rss_mb=140.0,
    threads=5,
    descriptors=8,
    p50_ms=8.0,
    p99_ms=12.0,
    cpu_ms_per_frame=8.0,
    dropped=0,
    shielded=0,
)


def test_a_calm_process_holds() -> None:
    verdict = verdict_on([CALM] * 9)
    assert verdict.holds
    assert (verdict.rss_growth_mb, verdict.threads_growth, verdict.descriptors_growth) == (0, 0, 0)
    assert verdict.p99_ratio == 1


@pytest.mark.parametrize("field", ["rss_mb", "threads", "descriptors", "p99_ms"])
def test_what_grows_does_not_hold(field: str) -> None:
    samples = [replace(CALM, **{field: getattr(CALM, field) + 2 * i}) for i in range(9)]
    assert not verdict_on(samples).holds


def test_one_unlucky_sample_changes_nothing() -> None:
    samples = [CALM] * 8 + [replace(CALM, rss_mb=190.0, p99_ms=80.0)]
    assert verdict_on(samples).holds


def test_what_the_system_does_not_tell_is_not_guessed() -> None:
    verdict = verdict_on([replace(CALM, rss_mb=None, threads=None, descriptors=None)] * 3)
    assert verdict.rss_growth_mb is None
    assert verdict.holds


def test_a_short_soak_counts_its_frames_and_neither_threads_nor_descriptors_grow(tmp_path: Path) -> None:
    told: list[Sample] = []
    settings = SoakSettings(
        minutes=0.1, accelerated=True, every=1.0, size=Size(320, 180), cache=tmp_path, warm_up=1
    )
    report = soak(settings, told.append)
    assert [sample.frames for sample in report.samples] == [30 * n for n in range(1, 8)]
    assert told == list(report.samples)
    assert (report.verdict.threads_growth or 0) <= 0
    assert (report.verdict.descriptors_growth or 0) <= 0
    assert json.loads(json.dumps(report.json()))["verdict"]["dropped"] == 0


def test_calls_that_end_leave_no_threads_behind(tmp_path: Path) -> None:
    settings = SoakSettings(minutes=0.05, every=0.5, size=Size(320, 180), cache=tmp_path, warm_up=1)
    verdict = soak(settings).verdict
    assert (verdict.threads_growth or 0) <= 0
    assert (verdict.descriptors_growth or 0) <= 0
