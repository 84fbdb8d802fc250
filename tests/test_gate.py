"""Nothing but the gate makes frames that may leave."""

from __future__ import annotations

import pickle

import pytest
from drawn import PERIOD, SIZE, detail, frame, matte

from softfocus.realtime.backdrops.blur import Blur
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.frame import I420
from softfocus.realtime.gate import gate as gate_module
from softfocus.realtime.gate.gate import Composed, Gate
from softfocus.realtime.live.outlet import Outlet
from softfocus.realtime.pool import Pool
from softfocus.realtime.reason import Reason
from softfocus.realtime.sinks.null import Null

ROOM = (slice(0, 40), slice(0, 40))


@pytest.fixture
def gate() -> Gate:
    return Gate(Compositor(Blur(SIZE), SIZE), SIZE, good_masks_to_open=3)


def opened(gate: Gate) -> Gate:
    for i in range(gate.good_masks_to_open):
        gate(frame(i), matte(frame(i))).release()
    return gate


def test_it_opens_after_enough_good_mattes(gate: Gate) -> None:
    states = [gate(frame(i), matte(frame(i))).shut for i in range(4)]
    assert states == [Reason.START, Reason.START, None, None]


def test_while_shut_the_person_is_blurred_too(gate: Gate) -> None:
    shielded = gate(frame(), matte(frame()))
    assert shielded.planes.y.std() < 0.5 * frame().planes.y.std()
    assert detail(shielded.planes.y) < 0.5


def test_once_open_the_room_is_still_blurred(gate: Gate) -> None:
    composed = opened(gate)(frame(9), matte(frame(9)))
    assert composed.shut is None
    assert detail(composed.planes.y[ROOM]) < 0.5


def test_closing_counts_once_per_cause_and_needs_good_mattes_again(gate: Gate) -> None:
    opened(gate)
    for i in (4, 5):
        assert gate.close(frame(i), Reason.BROKEN_MASK).shut is Reason.BROKEN_MASK
    assert gate.closings == {Reason.BROKEN_MASK: 1}
    states = [gate(frame(i), matte(frame(i))).shut for i in (6, 7, 8)]
    assert states == [Reason.BROKEN_MASK, Reason.BROKEN_MASK, None]


def test_a_matte_older_than_its_limit_shuts_it(gate: Gate) -> None:
    opened(gate)
    assert gate(frame(30), matte(frame(3))).shut is Reason.STALE_MASK


def test_the_age_of_a_mask_is_told(gate: Gate) -> None:
    composed = opened(gate)(frame(5), matte(frame(4)))
    assert composed.mask_age == frame(5).captured_at - frame(4).captured_at


def test_nobody_else_can_make_a_composed_frame() -> None:
    with pytest.raises(TypeError, match="only the gate"):
        Composed(object(), I420(SIZE), Pool(SIZE), frame(), None, 0)
    another = gate_module._Seal()
    with pytest.raises(TypeError, match="only the gate"):
        Composed(another, I420(SIZE), Pool(SIZE), frame(), None, 0)


def test_a_composed_frame_cannot_be_filled_with_another_picture(gate: Gate) -> None:
    composed = gate.close(frame(), Reason.START)
    with pytest.raises(AttributeError):
        composed.data = frame().planes.y
    with pytest.raises((TypeError, AttributeError)):
        pickle.dumps(composed)
    with pytest.raises(ValueError, match="read-only"):
        composed.data[:] = 0
    with pytest.raises(ValueError, match="read-only"):
        composed.planes.y[:] = 0


def test_sinks_refuse_everything_else() -> None:
    outlet = Outlet(Null())
    with pytest.raises(TypeError, match="composed frames only"):
        outlet.put(frame())
    outlet.close()


def test_a_buffer_comes_back_with_its_last_holder(gate: Gate) -> None:
    first = gate.close(frame(), Reason.START)
    first.hold()
    first.release()
    second = gate.close(frame(1), Reason.START)
    assert second.data is not first.data
    first.release()
    assert gate.close(frame(2), Reason.START).data is first.data
    with pytest.raises(ValueError, match="more often"):
        first.release()


def test_a_matte_begun_before_the_gate_was_shut_opens_nothing(gate: Gate) -> None:
    begun = opened(gate).epoch
    gate.shut_by(Reason.SOURCE_CHANGED)
    for i in range(5, 10):
        assert gate(frame(i), matte(frame(i)), begun).shut is Reason.SOURCE_CHANGED
    for i in range(10, 13):
        gate(frame(i), matte(frame(i)), gate.epoch).release()
    assert gate.shut is None
    assert gate(frame(14), matte(frame(14)), begun).shut is Reason.STALE_MASK


def test_no_raw_frame_without_the_user_asking(gate: Gate) -> None:
    assert opened(gate).let_through(frame(5)).shut is Reason.SETTINGS_CHANGED
    assert detail(gate.let_through(frame(6)).planes.y) < 0.5


def test_a_raw_frame_says_so_and_ends_with_the_wish(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    gate.pass_through(True)
    seen = gate.let_through(frame(5))
    assert (seen.raw, seen.shut) == (True, None)
    assert detail(seen.planes.y) == detail(frame(5).planes.y)
    assert "NOT BLURRED" in caplog.text
    gate.pass_through(False)
    assert gate.let_through(frame(6)).shut is Reason.SETTINGS_CHANGED
    assert not gate(frame(7), matte(frame(7))).raw


def test_shielded_time_is_summed_by_reason(gate: Gate) -> None:
    opened(gate)
    for i in range(3, 9):
        gate.close(frame(i), Reason.BROKEN_MASK).release()
    assert gate.shut_for[Reason.BROKEN_MASK] == 6 * PERIOD


def test_a_compositor_that_fails_costs_no_buffer(gate: Gate) -> None:
    opened(gate)
    wrong = frame(5, size=gate_module.Size(64, 64))
    for _ in range(3):
        with pytest.raises(Exception, match=r"."):
            gate(wrong, matte(frame(5)))
    assert gate._pool.made == 1
