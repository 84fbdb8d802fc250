"""What is written destroys nothing, belongs to one program, and is its user's alone."""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from test_cli import frames_of, softfocus, started

from softfocus.realtime.disk import Disk, claim, held, keep, let_go
from softfocus.realtime.errors import BadSetting, CannotWrite
from softfocus.realtime.frame import Size
from softfocus.realtime.runs.apart import refuse_what_meets
from softfocus.realtime.runs.run import run
from softfocus.realtime.settings import Feed, RunSettings
from softfocus.realtime.sources.identity import of_sink, of_source

FULL = Path("/dev/full")


def test_what_is_there_stays_and_the_new_one_gets_a_number(tmp_path: Path) -> None:
    path = tmp_path / "talk.mp4"
    assert [keep(text, path).name for text in (b"one", b"two", b"three")] == [
        "talk.mp4",
        "talk-2.mp4",
        "talk-3.mp4",
    ]
    assert keep(b"four", path, overwrite=True) == path
    assert [each.read_bytes() for each in sorted(tmp_path.iterdir())] == [b"two", b"three", b"four"]


def test_what_is_written_is_its_users_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = keep(b"a picture of the room", tmp_path / "a.png")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("overwrite", [False, True])
def test_two_programs_do_not_write_to_one_file(tmp_path: Path, overwrite: bool) -> None:
    path = tmp_path / "talk.mp4"
    disk = Disk(path)
    disk.write(b"a film")
    assert held(path)
    with pytest.raises(CannotWrite, match="another program is writing to it"):
        claim(path, overwrite=overwrite)
    disk.close()
    assert not held(path)
    assert path.read_bytes() == b"a film"


def test_a_link_that_leads_to_a_file_does_not_hide_it(tmp_path: Path) -> None:
    (tmp_path / "real.mp4").write_bytes(b"a film")
    (tmp_path / "link.mp4").symlink_to("real.mp4")
    assert keep(b"new", tmp_path / "link.mp4").name == "link-2.mp4"
    (tmp_path / "nowhere.mp4").symlink_to("made.mp4")
    assert keep(b"new", tmp_path / "nowhere.mp4").resolve() == tmp_path / "made.mp4"
    assert (tmp_path / "real.mp4").read_bytes() == b"a film"


def test_a_file_in_which_nothing_was_written_is_taken_away(tmp_path: Path) -> None:
    let_go(*claim(tmp_path / "talk.mp4"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_deleted_is_missed(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "talk.mp4")
    disk.write(b"a film")
    disk.check()
    disk.path.unlink()
    with pytest.raises(CannotWrite, match="deleted meanwhile"):
        disk.check()
    disk.close()


@pytest.mark.skipif(not FULL.exists(), reason="needs Linux's full device")
def test_a_full_disk_is_told_by_the_exit_status(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to(FULL)
    status, _, err = softfocus("run", "-i", "demo", "-o", "a.png", "--size", "64x48", at=tmp_path)
    assert status == 1
    assert os.strerror(errno.ENOSPC) in err
    assert "Traceback" not in err


def names_of_one(folder: Path) -> list[str]:
    """A file, by all its names."""
    film = folder / "a film.mp4"
    film.touch()
    (folder / "soft.mp4").symlink_to(film)
    os.link(film, folder / "hard.mp4")
    others = (folder / "soft.mp4", folder / "hard.mp4", folder / "." / ".." / folder.name / "a film.mp4")
    return [str(film), *map(str, others), f"file:{film}", f"file://{film}"]


def test_one_file_is_known_by_all_its_names(tmp_path: Path) -> None:
    names = names_of_one(tmp_path)
    assert len({of_source(name) for name in names}) == 1
    assert of_source(names[0]) == of_sink(names[1])
    (tmp_path / "other.mp4").touch()
    assert of_source(str(tmp_path / "other.mp4")) != of_source(names[0])
    new = [tmp_path / "new.mp4", tmp_path / "." / ".." / tmp_path.name / "new.mp4"]
    assert len({of_sink(str(each)) for each in new}) == 1
    assert of_sink(str(tmp_path / "new2.mp4")) != of_sink(str(new[0]))


def test_nothing_is_written_that_is_read_and_nothing_twice(tmp_path: Path) -> None:
    film, soft, hard, _, url, url2 = names_of_one(tmp_path)
    new, again = str(tmp_path / "new.mp4"), str(tmp_path / "." / "new.mp4")
    wrong = [
        RunSettings(input=film, outputs=("null", soft)),
        RunSettings(input=url, outputs=(hard,)),
        RunSettings(input=url2, outputs=("null",), status=film),
        RunSettings(input="demo", background=Path(soft), outputs=(hard,)),
        RunSettings(input="demo", background=Feed(url2), outputs=(film,)),
        RunSettings(input="demo", outputs=(new, again)),
        RunSettings(input="demo", outputs=(new,), status=again),
    ]
    for settings in wrong:
        with pytest.raises(BadSetting):
            run(settings)
    refuse_what_meets(RunSettings(input=film, outputs=("null", "null", new, "window"), status="-"))


@pytest.mark.skipif(sys.platform != "linux", reason="devices are files there")
def test_a_device_is_known_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "front").symlink_to("/dev/null")
    assert of_source(str(tmp_path / "front")) == of_sink("camera:/dev/null") == of_source("/dev/null")


def test_a_restart_after_a_kill_leaves_both_recordings(tmp_path: Path) -> None:
    """As with Restart=on-failure."""
    command = ("run", "-i", "demo", "--realtime", "-o", "talk.mp4", "--size", "160x90")
    for name in ("talk.mp4", "talk-2.mp4"):
        with started(*command, at=tmp_path) as process:
            film = tmp_path / name
            while not film.exists() or film.stat().st_size < 20_000:
                assert process.poll() is None
                time.sleep(0.02)
            if name == "talk-2.mp4":
                status, _, err = softfocus(*command, at=tmp_path)
                assert status == 1
                assert "talk-2.mp4: another program is writing to it" in err
            process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
            process.wait(timeout=30)
    assert sorted(each.name for each in tmp_path.glob("*.mp4")) == ["talk-2.mp4", "talk.mp4"]
    assert all(len(frames_of(film)) > 5 for film in tmp_path.glob("*.mp4"))


def test_a_picture_keeps_the_one_before(tmp_path: Path) -> None:
    for _ in range(2):
        run(RunSettings(input="demo", outputs=(str(tmp_path / "a.png"),), size=Size(64, 48)))
    first, second = (cv2.imread(str(tmp_path / name)) for name in ("a.png", "a-2.png"))
    np.testing.assert_array_equal(first, second)
