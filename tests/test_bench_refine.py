"""`bench refine` on the clip that the quality tests make."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_quality import folder

from softfocus.bench.quality import clips_in
from softfocus.bench.refine import ANSWERS, NoRefiners, Remembered, Saying, clip_of, measure, played
from softfocus.models.segmenter import Mask
from softfocus.realtime.refine.snapshot import Snapshot, Trust

__all__ = ["folder"]


def test_right_answers_are_believed_and_those_that_are_wrong_on_purpose_change_nothing(folder: Path) -> None:
    clips = [clip_of(path, every=0.2) for path in clips_in(folder)]
    assert [len(clip.snapshots) for clip in clips] == [4]
    asked: list[float] = []

    def same(snapshot: Snapshot) -> Mask:
        asked.append(snapshot.seconds)
        return snapshot.mask

    plays = played("it", Remembered(Saying("a test's", Trust(0.7), same)), clips, every=0.2, latency=0.05)
    assert [play.answers for play in plays] == list(ANSWERS)
    by_answers = {play.answers: play for play in plays}
    assert (by_answers["right"].accepted, by_answers["right"].refused) == (4, 0)
    for wrong in ("inverted", "empty", "full"):
        play = by_answers[wrong]
        assert (play.accepted, play.refused, play.ratio) == (0, 4, 1.0)
    assert len(asked) == len(set(asked)), "each frame is looked at once, whatever is made of the answers"


def test_without_any_refiners_model_it_says_how_to_bring_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("SOFTFOCUS_MODEL_DIR", raising=False)
    with pytest.raises(NoRefiners, match="--model-dir"):
        measure(folder)
