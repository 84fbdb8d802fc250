"""A run from its settings to its summary."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import av
import numpy as np
import pytest
from drawn import SIZE

from softfocus.models.manifest import DEFAULT_MODEL
from softfocus.realtime.errors import BadSetting
from softfocus.realtime.frame import Size
from softfocus.realtime.runs.frame_path import FramePath, Spare
from softfocus.realtime.runs.run import run
from softfocus.realtime.settings import Kind, RunSettings
from softfocus.realtime.sources.demo import Demo


def first_luma(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with av.open(str(path)) as file:
        picture = next(file.decode(video=0)).to_ndarray(format="yuv420p")
    return np.asarray(picture[: SIZE.height], np.uint8)


def demo(path: Path, background: Kind) -> RunSettings:
    return RunSettings(input="demo", outputs=(str(path),), size=SIZE, background=background)


def test_the_room_is_seen_only_in_a_run_that_was_asked_for_it_and_that_run_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    first = Demo(SIZE).read(0)
    assert first
    seen = run(demo(tmp_path / "none.mp4", "none"))
    assert (seen.counts.raw, seen.counts.composed) == (150, 0)
    assert "150 NOT BLURRED" in str(seen)
    assert "NOT BLURRED: the room is seen as it is" in caplog.text
    assert np.abs(first_luma(tmp_path / "none.mp4").astype(float) - first.planes.y).mean() < 3
    caplog.clear()
    blurred = run(demo(tmp_path / "blur.mp4", "blur"))
    assert blurred.counts.raw == 0
    assert "NOT BLURRED" not in caplog.text


def test_the_status_tells_a_run_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "status.jsonl"
    run(RunSettings(input="demo", outputs=("null",), size=SIZE, status=str(path)))
    last = json.loads(path.read_text().splitlines()[-1])
    assert (last["state"], last["source"], last["captured"], last["composed"]) == ("ended", "demo", 150, 150)
    assert last["quality"]["step"] == "a look may serve two frames"
    assert last["audio_delay_ms"] is None, "a recording is not late"
    assert last["sinks"] == [{"name": "null", "sent": 150, "dropped": 0, "error": None}]


def test_video_and_status_do_not_share_standard_output() -> None:
    with pytest.raises(BadSetting, match="standard output takes the video already"):
        run(RunSettings(input="demo", outputs=("-",), status="-"))


def test_a_model_that_keeps_failing_gives_way_to_the_bundled_one(caplog: pytest.LogCaptureFixture) -> None:
    spare = Spare(FramePath(RunSettings(model="selfie-square"), Size(320, 180)))
    assert [spare().segmenter.name for _ in range(3)] == ["selfie-square", DEFAULT_MODEL, DEFAULT_MODEL]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_an_output_that_is_the_input_is_refused_before_it_is_emptied(tmp_path: Path) -> None:
    film = tmp_path / "talk.mp4"
    film.write_bytes(b"a film")
    (tmp_path / "same.mp4").symlink_to(film)
    for output in (film, tmp_path / "." / "talk.mp4", tmp_path / "same.mp4"):
        with pytest.raises(BadSetting, match="is the file that is read"):
            run(RunSettings(input=str(film), outputs=("null", str(output))))
    assert film.read_bytes() == b"a film"
