"""`softfocus bench backdrops` at a small size."""

from __future__ import annotations

import json

from drawn import SIZE

from softfocus.bench.backdrops import BackdropsSettings, measure


def test_every_background_is_timed_and_what_is_not_installed_is_named() -> None:
    report = measure(BackdropsSettings(SIZE, seconds=0.5))
    costs = {cost.name: cost for cost in report.costs}
    assert {
        "blur strong",
        "bokeh f/1.8",
        "grey",
        "colour",
        "picture",
        "folder",
        "framing, close",
    } <= costs.keys()
    assert all(0 < cost.paint.p50 <= cost.paint.p95 for cost in report.costs)
    assert costs["film, 320x180 H.264"].beside > 0
    assert costs["blur strong"].beside == 0
    assert "depth" in costs or "tcmonodepth" in report.missing["depth"]
    assert json.loads(json.dumps(report.json()))["format"] == 1
    assert all(f"\n{name} " in report.table() for name in costs)
