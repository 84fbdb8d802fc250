"""What other programs are told about a run."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from drawn import frame, matte
from played import Collector, gate, until

from softfocus.realtime.control import status as status_module
from softfocus.realtime.control.status import Status, report
from softfocus.realtime.errors import CannotWrite
from softfocus.realtime.gate.gate import Gate
from softfocus.realtime.live.delivery import Counts
from softfocus.realtime.live.outlet import Outlet
from softfocus.realtime.reason import Reason


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def told(path: Path, gate: Gate, counts: Counts, outlets: list[Outlet]) -> Status:
    return Status(str(path), lambda: report("drawn camera", counts, gate, outlets))


def test_changes_are_told_at_once_and_the_end_too(tmp_path: Path) -> None:
    path, guard = tmp_path / "status.jsonl", gate()
    status = told(path, guard, Counts(), [])
    until(lambda: lines(path))
    for i in range(3):
        guard(frame(i), matte(frame(i))).release()
    until(lambda: lines(path)[-1]["state"] == "open")
    guard.close(frame(4), Reason.BROKEN_MASK).release()
    until(lambda: lines(path)[-1]["state"] == "shielded")
    guard.pass_through(True)
    guard.let_through(frame(5)).release()
    until(lambda: lines(path)[-1]["state"] == "raw")
    status.close()
    states = [(line["state"], line["reason"]) for line in lines(path)]
    assert states == [
        ("shielded", "start"),
        ("open", None),
        ("shielded", "broken_mask"),
        ("raw", None),
        ("ended", None),
    ]
    assert lines(path)[-1]["closings"] == {"broken_mask": 1}
    since = [line["since"] for line in lines(path)]
    assert since == sorted(since)


def test_a_quiet_run_tells_once_a_second_with_rates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_module, "EVERY", 0.2)
    path, counts = tmp_path / "status.jsonl", Counts()
    status = told(path, gate(), counts, [])
    until(lambda: lines(path))
    counts.captured, counts.composed = 30, 20
    until(lambda: len(lines(path)) >= 3)
    status.close()
    rates = [(line["fps_in"], line["fps_out"]) for line in lines(path)]
    assert rates[0] == (None, None)
    assert rates[1][0] == pytest.approx(1.5 * rates[1][1], rel=0.05)
    assert rates[2] == (0.0, 0.0)


def test_a_sink_that_fails_is_told(tmp_path: Path) -> None:
    def full(composed: object) -> None:
        raise CannotWrite("x.mp4", "no space")

    path, guard, outlet = tmp_path / "status.jsonl", gate(), Outlet(Collector(full))
    status = told(path, guard, Counts(), [outlet])
    composed = guard.close(frame(), Reason.START)
    outlet.put(composed)
    until(lambda: path.exists() and lines(path) and lines(path)[-1]["sinks"][0]["error"])
    status.close()
    outlet.close()
    assert "no space" in lines(path)[-1]["sinks"][0]["error"]


def test_the_file_is_its_users_alone_even_if_it_was_not(tmp_path: Path) -> None:
    path = tmp_path / "status.jsonl"
    path.write_text("old\n")
    path.chmod(0o644)
    told(path, gate(), Counts(), []).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "old" not in path.read_text()


def test_it_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    with pytest.raises(CannotWrite):
        told(tmp_path / "link", gate(), Counts(), [])
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_file_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_module, "EVERY", 0.0)
    monkeypatch.setattr(status_module, "TICK", 0.001)
    monkeypatch.setattr(status_module, "LONGEST", 2000)
    path = tmp_path / "status.jsonl"
    status = told(path, gate(), Counts(), [])
    sizes: list[int] = []
    until(lambda: sizes.append(path.stat().st_size) or (len(sizes) > 3 and sizes[-1] < max(sizes)))
    status.close()
    assert max(sizes) < 4000


def test_a_reader_that_stops_reading_stops_nothing_but_the_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(status_module, "EVERY", 0.0)
    monkeypatch.setattr(status_module, "TICK", 0.0)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    status = told(pipe, gate(), Counts(), [])
    until(lambda: "the status is told no more" in caplog.text)  # the pipe is full
    status.close()
    os.close(reader)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="No such file"):
        told(tmp_path / "no" / "status", gate(), Counts(), [])
