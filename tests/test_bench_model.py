"""`softfocus bench model`, briefly."""

from __future__ import annotations

from softfocus.bench.model import RUNTIME, measure
from softfocus.models.native.network import forms


def test_each_form_takes_its_turns_with_onnx_runtime_and_finds_the_same() -> None:
    told = measure(seconds=0.2)
    cases = [(look.model, look.by) for look in told.looks]
    assert cases == [
        (model, by) for model in ("selfie-landscape", "selfie-square") for by in (*forms(), RUNTIME)
    ]
    for look in told.looks:
        assert 0 < look.cpu_ms.p50 <= look.cpu_ms.p95
        assert look.difference < 2e-4
        assert (look.ratio == 1) == (look.by == RUNTIME)
    assert told.json()["looks"][0]["cpu_ms"].keys() == {"p50", "p95", "p99", "mean"}
    assert len(told.table().splitlines()) == 1 + len(cases)
