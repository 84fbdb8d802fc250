"""When the webcam runs and when it rests. A file stands for the device, to inotify and /proc alike."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from softfocus.realtime.errors import NoVirtualCamera

if not sys.platform.startswith("linux"):
    pytest.skip("who watches is asked of Linux", allow_module_level=True)

from softfocus.realtime.frame import Frame, Size
from softfocus.realtime.live.keeper import Kept
from softfocus.realtime.live.ondemand import Demand, OnDemand, Steadied, demand_for
from softfocus.realtime.live.watchers import Openings, holders, watchers_of
from softfocus.realtime.sources.demo import Demo


@pytest.fixture
def device(tmp_path: Path) -> str:
    (tmp_path / "video9").write_bytes(b"")
    return str(tmp_path / "video9")


OPEN = "import mmap, sys; f = open(sys.argv[1]); "
MAP = "m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ); "


@contextmanager
def watching(device: str, how: str = OPEN) -> Iterator[subprocess.Popen[bytes]]:
    """Another process has the device open while the block lasts."""
    script = how + "print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-S", "-c", script, device]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        program.stdout.readline()
        yield program
        program.communicate()


def becomes(wanted: bool, demand: Callable[[float], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while demand(0.01) is not wanted and time.monotonic() < end:
        time.sleep(0.01)
    return demand(0) is wanted


def test_a_program_that_stays_turns_it_on_after_the_settling_time() -> None:
    steadied = Steadied(rise=0.3, fall=1)
    assert [steadied(True, t) for t in (5.0, 5.29, 5.3)] == [False, False, True]


def test_one_that_lists_cameras_does_not() -> None:
    steadied = Steadied(rise=0.3, fall=1)
    assert not any(steadied(now, t) for now, t in [(True, 5), (False, 5.06), (True, 5.2), (True, 5.4)])
    assert steadied(True, 5.5)


def test_one_that_comes_back_at_once_finds_it_still_on() -> None:
    steadied = Steadied(rise=0, fall=1)
    assert all(steadied(now, t) for now, t in [(True, 5), (False, 6), (False, 6.9), (True, 7), (False, 8)])
    assert not steadied(False, 9)


def test_one_who_is_seen_to_take_pictures_need_not_stay_first() -> None:
    steadied = Steadied(rise=0.3, fall=1)
    assert steadied(True, 5.0, sure=True)
    assert steadied(False, 6.0), "and leaves as anybody does"
    assert not steadied(False, 7.0)


def test_it_says_when_it_will_turn_by_itself() -> None:
    steadied = Steadied(rise=0.25, fall=1)
    steadied(True, 5)
    assert steadied.due == 5.25
    steadied(False, 5.1)
    assert steadied.due is None


def test_nobody_is_there_until_somebody_opens_it(device: str) -> None:
    openings = Openings(device)
    assert not openings.present()
    with watching(device):
        assert openings.present()
    assert not openings.present()
    openings.close()


def test_who_was_there_before_us_counts(device: str) -> None:
    with watching(device) as program:
        openings = Openings(device)
        assert openings.present()
        assert list(holders(device)) == [Path(f"/proc/{program.pid}")]
    assert not openings.present()
    openings.close()


def test_who_has_its_buffers_in_memory_takes_pictures_and_who_only_has_it_open_need_not(device: str) -> None:
    Path(device).write_bytes(bytes(4096))
    openings = Openings(device)
    with watching(device):
        assert openings.present()
        assert not openings.streaming()
    with watching(device, OPEN + MAP):
        assert openings.present()
        assert openings.streaming()
    openings.close()


def test_one_who_takes_pictures_is_served_before_the_settling_time(
    device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Openings, "settle", 1e9)
    Path(device).write_bytes(bytes(4096))
    demand = demand_for([device])
    with watching(device):
        assert not demand(0.2)
    with watching(device, OPEN + MAP):
        assert demand(10)
    demand.close()


def test_our_own_handle_does_not_count(device: str) -> None:
    with Path(device).open():
        openings = Openings(device)
        assert not openings.present()
        openings.close()


def test_two_who_come_together_are_both_waited_for(device: str) -> None:
    """inotify tells two equal events as one."""
    openings = Openings(device)
    with watching(device):
        with watching(device):
            assert openings.present()
        assert openings.present()
    assert not openings.present()
    openings.close()


def test_a_program_that_proc_does_not_show_counts_by_its_opening(
    device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    openings = Openings(device)
    with Path(device).open():  # ours, so /proc is not asked about it, as about other users'
        assert openings.present()
    assert not openings.present()
    openings.close()


def test_a_link_to_the_device_is_the_device(device: str, tmp_path: Path) -> None:
    (tmp_path / "by-id").symlink_to(device)
    openings = Openings(str(tmp_path / "by-id"))
    with watching(device), watching(device):
        openings.present()
        with watching(device):
            pass
        assert openings.present()
    openings.close()


def test_a_device_that_was_deleted_counts_as_watched(device: str) -> None:
    openings = Openings(device)
    Path(device).unlink()
    assert openings.present()
    Path(device).touch()
    assert openings.present()
    openings.close()


def test_demand_follows_those_who_watch_any_of_its_cameras(device: str, tmp_path: Path) -> None:
    (tmp_path / "video8").write_bytes(b"")
    demand = demand_for([device, str(tmp_path / "video8")])
    assert not demand(0)
    with watching(device):
        assert becomes(True, demand)
    assert becomes(False, demand)
    demand.close()


def test_a_look_in_passing_is_no_demand(device: str) -> None:
    demand = Demand([Openings(device)], linger=0)
    for _ in range(5):
        Path(device).read_bytes()
        assert not demand(0.1)
    demand.close()


def test_waiting_for_demand_ends_when_there_is_some(device: str) -> None:
    demand = Demand([Openings(device)], linger=0)
    with watching(device):
        began = time.monotonic()
        assert demand(timeout=30)
        assert time.monotonic() - began < 10
    demand.close()


class Light(Demo):
    """The demo as a camera whose light we can see."""

    on = False

    def read(self, timeout: float) -> Frame | None:
        self.on = True
        return super().read(timeout)

    def let_go(self) -> None:
        self.on = False


def test_the_light_is_off_until_somebody_watches_and_again_when_nobody_does(device: str) -> None:
    light, demand = Light(Size(64, 36), 30), Demand([Openings(device)], linger=0)
    camera = OnDemand(light, demand)
    for _ in range(2):
        assert camera.read(timeout=0.1) is None
        assert camera.resting
        assert not light.on
        with watching(device):
            assert camera.read(timeout=10) is not None
            assert light.on
            assert not camera.resting
    demand.close()


def test_a_camera_that_rested_goes_on_with_its_numbers_and_begins_a_new_scene(device: str) -> None:
    scenes: list[str] = []
    kept = Kept(Demo(Size(64, 36)), lambda: Demo(Size(64, 36)), changed=lambda: scenes.append("new"))
    demand = Demand([Openings(device)], linger=0)
    camera, indices = OnDemand(kept, demand), list[int]()
    for _ in range(2):
        with watching(device):
            while (frame := camera.read(timeout=10)) is None:
                pass
            indices.append(frame.index)
        assert becomes(False, demand)
        assert camera.read(timeout=0) is None
    assert indices == [0, 1]
    assert scenes == ["new", "new"]
    demand.close()


def test_a_device_that_is_not_there_is_told_with_the_remedy() -> None:
    with pytest.raises(NoVirtualCamera, match=r"video99 .*No such file.*modprobe"):
        watchers_of("/dev/video99")
