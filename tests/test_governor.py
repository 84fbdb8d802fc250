"""The governor replays traces of load: it steps down, comes back, and does not oscillate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from softfocus.realtime.governor.governor import Governor
from softfocus.realtime.governor.power import Power, read_power
from softfocus.realtime.governor.steering import LOOK, Steering, described
from softfocus.realtime.matting.effort import LADDER, LEVELS, Effort

RATE = 30.0
BUDGET = 1 / RATE
SAVES = (1.0, 1.2, 1.2, 1.2)  # times as long takes a frame without the step, on this machine

Trace = Callable[[float], float]  # s since the start -> times as long as on an idle machine


def replayed(
    governor: Governor, load: Trace, seconds: float, full: float = 0.012, start: float = 0.0
) -> list[tuple[float, int]]:
    """When the rung changed and to what, as a machine under that load would have it.

    A frame that takes longer than the budget loses those that come meanwhile.
    """
    now, missed = start, 0
    changes: list[tuple[float, int]] = []
    while now < start + seconds:
        took = full * load(now - start)
        for saves in SAVES[1 : governor.rung + 1]:
            took /= saves
        missed += int(took / BUDGET)
        now += max(BUDGET, took)
        if governor(now, took, missed):
            changes.append((now - start, governor.rung))
    return changes


def test_nothing_changes_while_there_is_room() -> None:
    governor = Governor(RATE)
    assert replayed(governor, lambda t: 1 + 0.8 * (int(t * 30) % 15 == 0), 120) == []


def test_a_step_of_load_is_answered_by_as_few_steps_as_hold_the_rate() -> None:
    governor = Governor(RATE)
    changes = replayed(governor, lambda t: 1.0 if t < 5 else 3.3, 30)
    assert [rung for _, rung in changes] == [1, 2]
    assert changes[0][0] < 5.5
    assert changes[-1][0] < 6.5


def test_after_the_load_all_quality_is_back_within_five_seconds() -> None:
    governor = Governor(RATE)
    changes = replayed(governor, lambda t: 9.0 if 5 < t < 20 else 1.0, 30)
    assert max(rung for _, rung in changes) == len(LADDER) - 1
    assert changes[-1][1] == 0
    assert 20 < changes[-1][0] < 25


@pytest.mark.parametrize("full", [0.010, 0.014, 0.018, 0.020])
@pytest.mark.parametrize("lull", [1.2, 2.0])
def test_what_failed_under_an_uneven_load_is_tried_again_after_it(full: float, lull: float) -> None:
    governor = Governor(RATE)
    changes = replayed(
        governor, lambda t: 5.0 if 5 < t < 20 and t % (lull + 1) > lull else 1.0, 30, full=full
    )
    assert len(changes) > 2
    assert governor.rung == 0
    assert changes[-1][0] < 25


def test_a_ramp_up_and_down_takes_each_rung_once_each_way() -> None:
    governor = Governor(RATE)
    changes = replayed(governor, lambda t: 1 + 7 * (t / 60 if t < 60 else 2 - t / 60), 120)
    rungs = [rung for _, rung in changes]
    top = rungs.index(max(rungs))
    assert rungs[: top + 1] == sorted(rungs[: top + 1])
    assert rungs[top:] == sorted(rungs[top:], reverse=True)
    assert governor.rung == 0


@pytest.mark.parametrize("period", [1.0, 3.0, 8.0])
def test_a_square_wave_of_load_is_not_followed_for_long(period: float) -> None:
    governor = Governor(RATE)
    changes = replayed(governor, lambda t: 4.0 if t % period < period / 2 else 1.0, 300)
    assert len([at for at, _ in changes if at < 150]) > 1
    assert len([at for at, _ in changes if at >= 150]) <= 12
    after = replayed(governor, lambda t: 1.0, 90, start=1000.0)
    assert governor.rung == 0, after


@pytest.mark.parametrize("load", [2.4, 2.6, 2.8, 3.0, 3.3, 3.7, 4.2, 5.0])
def test_under_a_constant_load_it_comes_to_rest(load: float) -> None:
    governor = Governor(RATE)
    replayed(governor, lambda t: load, 60)
    assert len(replayed(governor, lambda t: load, 60, start=60.0)) <= 2


def test_a_step_that_saves_more_than_was_thought_is_not_tried_for_ever() -> None:
    governor = Governor(RATE, ladder=LADDER[:2])
    tight = 0.95 * BUDGET

    def frames(seconds: float, start: float) -> int:
        now, changes = start, 0
        while now < start + seconds:
            now += BUDGET
            changes += governor(now, tight if governor.rung == 0 else tight / 2.4, 0)
        return changes

    frames(60, 0.0)
    assert frames(60, 60.0) <= 2


def test_a_stuck_core_leads_to_the_last_rung_and_says_so() -> None:
    governor = Governor(RATE)
    replayed(governor, lambda t: 100.0, 30)
    assert governor.rung == len(LADDER) - 1
    assert "nothing is left" in governor.why


def test_lost_frames_count_even_if_all_others_are_fast() -> None:
    governor = Governor(RATE)
    changed = [governor(i * BUDGET, 0.005, missed=i // 10) for i in range(60)]
    assert True in changed


def test_a_single_slow_frame_changes_nothing() -> None:
    governor = Governor(RATE)
    assert not any(governor(i * BUDGET, 0.12 if i % 300 == 200 else 0.01, i // 300) for i in range(3000))


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content + "\n")
    return root


MAINS = {"class/power_supply/AC/type": "Mains", "class/power_supply/AC/online": "0"}


@pytest.mark.parametrize(
    ("files", "power"),
    [
        ({}, Power(False, False)),
        (MAINS, Power(False, False)),
        (
            {
                **MAINS,
                "class/power_supply/BAT0/type": "Battery",
                "class/power_supply/BAT0/status": "Discharging",
            },
            Power(True, False),
        ),
        (
            {"class/power_supply/BAT0/type": "Battery", "class/power_supply/BAT0/status": "Charging"},
            Power(False, False),
        ),
        (
            {
                "class/power_supply/hid/type": "Battery",
                "class/power_supply/hid/status": "Discharging",
                "class/power_supply/hid/scope": "Device",
            },
            Power(False, False),
        ),
        (
            {
                "devices/system/cpu/cpufreq/policy0/scaling_max_freq": "1200000",
                "devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq": "4200000",
            },
            Power(False, True),
        ),
        (
            {
                "class/thermal/thermal_zone0/temp": "96000",
                "class/thermal/thermal_zone0/trip_point_0_type": "passive",
                "class/thermal/thermal_zone0/trip_point_0_temp": "95000",
            },
            Power(False, True),
        ),
        (
            {
                "class/thermal/thermal_zone0/temp": "40000",
                "class/thermal/thermal_zone0/trip_point_0_type": "critical",
                "class/thermal/thermal_zone0/trip_point_0_temp": "0",
            },
            Power(False, False),
        ),
    ],
)
def test_what_linux_says_of_battery_and_heat_is_read(
    tmp_path: Path, files: dict[str, str], power: Power
) -> None:
    assert read_power(tree(tmp_path, files)) == power


def test_on_a_battery_less_is_done_and_on_the_mains_all_again() -> None:
    now = Power(True, False)
    applied: list[Effort] = []
    steering = Steering(RATE, applied.append, power=lambda: now)
    for second in range(20):
        steering.look(float(second))
        for i in range(30):
            steering.frame(second + i * BUDGET, 0.008, 0)
        if second == 10:
            assert applied == [LADDER[1].effort]
            assert "battery" in described("auto", steering)["why"]
            now = Power(False, False)
    assert applied == [LADDER[1].effort, LADDER[0].effort]
    assert LOOK < 10
    assert [rung for _, rung, _ in steering.changes] == [1, 0]


def test_a_level_that_is_wanted_stays_whatever_frames_take_and_auto_begins_anew() -> None:
    applied: list[Effort] = []
    steering = Steering(RATE, applied.append, "medium", power=lambda: Power(True, True))

    def struggle(since: int) -> None:
        for i in range(300):
            steering.look(since + i * BUDGET)
            steering.frame(since + i * BUDGET, 2 * BUDGET, i)

    struggle(0)
    steering.want("low")
    struggle(20)
    assert applied == [LEVELS["low"].effort]
    steering.want("auto")
    assert applied[-1] == LADDER[0].effort
    struggle(40)
    assert applied[-1] == LADDER[-1].effort
