"""What is wrong in a small piece is hidden there, as long as all of the frame would have been."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import PERIOD, SIZE, disc, frame, matte

from softfocus.realtime.backdrops.still import Still, plain
from softfocus.realtime.commands.control import printed
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.frame import Frame, Plane
from softfocus.realtime.gate.gate import Composed, Gate
from softfocus.realtime.gate.plausible import Flags
from softfocus.realtime.gate.quarantine import Quarantine
from softfocus.realtime.matte import Box, Matte
from softfocus.realtime.matting.matting import Matting
from softfocus.realtime.pipeline import Pipeline
from softfocus.realtime.reason import MaskRefused, Reason
from softfocus.realtime.runs.frame_path import FramePath
from softfocus.realtime.runs.run import run
from softfocus.realtime.settings import RunSettings

PIECE = np.s_[:24, :24]  # 1 % of the picture, of 4x4 px to a place
BEHIND = (255, 255, 255)


def doubted(piece: tuple[slice, slice] = PIECE) -> Flags:
    """The places of a piece at the picture's left side, and as from the check, those around it."""
    claimed = np.zeros((SIZE.height, SIZE.width), np.uint8)
    claimed[piece] = 1
    return cv2.dilate(claimed[::4, ::4], np.ones((3, 3), np.uint8)) > 0


def with_piece(piece: tuple[slice, slice] = PIECE) -> Plane:
    alpha = disc()
    alpha[piece] = 255
    return alpha


def shown(quarantine: Quarantine, index: int, alpha: Plane, places: Flags | None = None) -> Plane:
    return quarantine(matte(frame(index), alpha), places, index * PERIOD / 1e9).alpha


@pytest.fixture
def quarantine() -> Quarantine:
    """One that has seen a frame without doubts."""
    made = Quarantine(good_masks_to_end=3)
    shown(made, 0, disc())
    return made


def test_without_doubts_mattes_stay_what_they_are(quarantine: Quarantine) -> None:
    true = matte(frame(1))
    assert quarantine(true, None, 0.1) is true


def test_the_piece_is_hidden_and_the_person_is_not(quarantine: Quarantine) -> None:
    alpha = with_piece()
    assert np.array_equal(shown(quarantine, 1, alpha, doubted()), disc())
    assert np.array_equal(alpha, with_piece()), "the matte itself is its maker's"


def test_it_stays_hidden_until_as_many_mattes_in_a_row_were_good_as_open_the_gate(
    quarantine: Quarantine,
) -> None:
    shown(quarantine, 1, with_piece(), doubted())
    for good in (None, None, doubted(), None, None):
        assert not shown(quarantine, 2, with_piece(), good)[PIECE].any()
    assert shown(quarantine, 7, with_piece())[PIECE].all()


def test_what_is_not_beside_anything_that_was_shown_is_hidden_too(quarantine: Quarantine) -> None:
    """Nobody doubts it, but whoever makes up one piece makes up others."""
    alpha = with_piece()
    alpha[-24:, -24:] = 255
    assert np.array_equal(shown(quarantine, 1, alpha, doubted()), disc())


def test_a_person_may_move_on_meanwhile(quarantine: Quarantine) -> None:
    for k in range(1, 10):
        moved = disc(x=0.5 + 0.01 * k)
        claimed = moved.copy()
        claimed[PIECE] = 255
        apart = cv2.absdiff(shown(quarantine, k, claimed, doubted()), moved)
        assert apart.sum() < 255 * 10, "no more than ten px of a soft edge"


def test_more_than_a_small_piece_is_refused_at_once_or_bit_by_bit(quarantine: Quarantine) -> None:
    larger = np.s_[:60, :64]  # 7 %
    with pytest.raises(MaskRefused):
        shown(quarantine, 1, with_piece(larger), doubted(larger))
    quarantine.reset()
    shown(quarantine, 2, disc())
    shown(quarantine, 3, with_piece(), doubted(np.s_[:40, :40]))
    with pytest.raises(MaskRefused):
        shown(quarantine, 4, with_piece(), doubted(np.s_[60:120, :40]))


def test_a_piece_that_was_believed_for_a_moment_is_hidden_again_with_the_next_one(
    quarantine: Quarantine,
) -> None:
    shown(quarantine, 1, with_piece(), doubted())
    for k in range(2, 5):
        last = shown(quarantine, k, with_piece())
    assert last[PIECE].all()
    other = np.s_[40:64, :24]
    alpha = with_piece()
    alpha[other] = 255
    assert np.array_equal(shown(quarantine, 5, alpha, doubted(other)), disc())


def test_after_a_shielded_frame_nothing_is_known_that_could_be_shown(quarantine: Quarantine) -> None:
    quarantine.reset()
    with pytest.raises(MaskRefused):
        shown(quarantine, 1, with_piece(), doubted())


class Told:
    """A matter that gives the alphas it was told to."""

    def __init__(self) -> None:
        self.alpha = disc()
        self.resets = 0

    def __call__(self, of: Frame) -> Matte:
        return matte(of, self.alpha)

    def reset(self) -> None:
        self.resets += 1


def still_room(index: int) -> Frame:
    """Soft enough for its small versions to look like it."""
    seen = frame(index)
    seen.planes.y[disc() == 0] = np.kron(
        np.random.default_rng(0).integers(40, 180, (9, 16), np.uint8), np.ones((20, 20), np.uint8)
    )[disc() == 0]
    return seen


def test_the_picture_goes_on_without_a_piece_of_the_room_that_turns_into_a_person() -> None:
    gate = Gate(Compositor(Still(plain(BEHIND, SIZE)), SIZE), SIZE)
    told = Told()
    pipeline = Pipeline(told, gate)

    def sent(index: int) -> tuple[Reason | None, float, float]:
        """Why it is shielded, and luma where the person is, and where the piece is."""
        composed: Composed = pipeline(still_room(index))
        y = composed.planes.y
        person, piece = float(y[80:100, 150:170].mean()), float(y[8:16, 8:16].mean())
        composed.release()
        return composed.shut, person, piece

    behind = [sent(i) for i in range(45)][-1][2]
    told.alpha = with_piece()
    for i in range(45, 58):
        assert sent(i) == (None, pytest.approx(200, abs=2), pytest.approx(behind, abs=1))
    assert told.resets > 0, "what led to it must be forgotten"
    lasting = [sent(i) for i in range(58, 75)]
    assert lasting[-1][0] is None
    assert abs(lasting[-1][2] - behind) > 50, "whoever stays is believed in the end"


def test_while_the_gate_is_shut_a_doubt_keeps_it_shut() -> None:
    gate = Gate(Compositor(Still(plain(BEHIND, SIZE)), SIZE), SIZE)
    told = Told()
    pipeline = Pipeline(told, gate)
    for i in range(45):
        pipeline(still_room(i)).release()
    gate.shut_by(Reason.SETTINGS_CHANGED)
    told.alpha = with_piece()
    for i in range(45, 58):
        composed = pipeline(still_room(i))
        composed.release()
        assert composed.shut is Reason.ROOM_TURNED_PERSON


class Misled:
    """A matte path that takes a piece of the wall for a person, in some frames of a real call."""

    def __init__(self, matting: Matting) -> None:
        self._matting = matting

    def __call__(self, of: Frame) -> Matte:
        made = self._matting(of)
        if of.index not in range(45, 49):
            return made
        alpha = made.alpha.copy()
        alpha[20:60, 20:60] = 255
        return replace(made, whole=alpha, box=Box(0, 0, *of.size))

    def reset(self) -> None:
        self._matting.reset()


def test_status_summary_and_log_tell_how_often_a_piece_was_hidden_in_a_real_call(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told, true = tmp_path / "status.jsonl", FramePath.matting
    monkeypatch.setattr(FramePath, "matting", lambda path: Misled(true(path)))
    clip = shared / "data" / "video_plain" / "pyfeat_single_face_webcam.mp4"
    with caplog.at_level(logging.INFO, "softfocus"):
        summary = run(RunSettings(input=str(clip), outputs=("null",), status=str(told)))
    assert (summary.hidings, summary.counts.shielded) == (1, 0)
    assert 4 <= summary.hidden < 20, "those four, and some until the gate would have opened"
    told_so = f"a doubted piece hidden 1x, in {summary.hidden} frames"
    assert told_so in str(summary)
    last = json.loads(told.read_text().splitlines()[-1])
    assert last["quarantine"] == {"on": False, "frames": summary.hidden, "times": 1}
    assert last["composed"] == 72
    assert told_so in printed({**last, "pid": 1, "settings": {}})
    log = [record.getMessage() for record in caplog.records]
    assert log.index("a piece is hidden: a part of the room turned into a person") < log.index(
        "nothing is hidden any more"
    )
