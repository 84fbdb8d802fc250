"""A run that is reached from outside: by its file, by `softfocus set` and `status`, and from Python."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest
from played import until
from reached import Ran, running
from test_cli import softfocus

from softfocus.realtime.control.endpoint import PATIENCE, Endpoint, dial, line_from
from softfocus.realtime.control.remote import Remote
from softfocus.realtime.errors import CannotListen, NotAnswering, NotRunning, Refused


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    if sys.platform == "win32":
        pytest.skip("there it is a port")
    with running(tmp_path_factory.mktemp("ran")) as ran:
        yield ran


def test_set_changes_what_is_seen_and_status_tells_it(ran: Ran) -> None:
    cv2.imwrite(str(ran.home / "beach.png"), np.full((90, 160, 3), 200, np.uint8))
    assert ran.softfocus("set", "background", "beach.png") == (0, "", "")
    status, out, err = ran.softfocus("status", "--json")
    told = json.loads(out)
    assert (status, err, told["pid"]) == (0, "", ran.process.pid)
    assert told["settings"]["background"] == str(ran.home / "beach.png")
    assert told["source"] == "demo"
    status, out, _ = ran.softfocus("status", "--pid", str(ran.process.pid))
    assert status == 0
    assert re.search(rf"process {ran.process.pid}: (open|shielded)", out)
    assert f"background = {ran.home / 'beach.png'}" in out


def test_less_is_spent_on_a_frame_as_soon_as_that_is_wanted_and_all_again(ran: Ran) -> None:
    ran.reached.set("quality", "low")
    assert ran.status()["quality"]["wanted"] == "low"
    assert ran.status()["quality"]["given_up"] > 0
    ran.reached.set("quality", "high")
    assert ran.status()["quality"]["given_up"] == 0
    ran.reached.set("quality", "auto")
    assert ran.status()["quality"]["wanted"] == "auto"


def test_a_part_is_hidden_and_the_light_is_changed_by_set_and_by_the_file(ran: Ran) -> None:
    for name, text in (("match", "on"), ("blur-part", "person")):
        assert ran.softfocus("set", name, text) == (0, "", "")
    assert ran.settings() | {"match": "true", "blur-part": "person"} == ran.settings()
    ran.save('match = true\nblur-part = "hair"\n')
    until(
        lambda: ran.says("settings.toml, line 2, blur-part: hair is found by a model: model hair is not here")
    )
    assert ran.settings()["blur-part"] == "person"
    ran.save('match = true\nblur-part = "person"\n')
    until(lambda: ran.says("settings.toml: blur-part changed"))
    ran.save("")
    until(lambda: ran.settings() | {"match": "false", "blur-part": "none"} == ran.settings())
    assert ran.status()["raw"] == 0


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("blur-part", "nose", "blur-part: 'nose' is none of: none, face, hair, body, person"),
        ("blur-part", "hair", "blur-part: hair is found by a model: model hair is not here"),
        ("match", "some", "match: 'some' is neither true nor false"),
        ("background", "none", "background: 'none' never outlives a run"),
        ("background", "gone.jpg", "gone.jpg is not there"),
        ("background", "#12", "background: '#12' is none of"),
        ("blur", "a lot", "blur: 'a lot' is not light or strong or a number"),
        ("blurr", "3", "there is no setting 'blurr', did you mean blur"),
        ("size", "640x360", "size: cannot change in a run; start again with --size 640x360"),
    ],
)
def test_a_bad_value_is_named_and_changes_nothing(ran: Ran, name: str, value: str, why: str) -> None:
    before = ran.settings()
    with pytest.raises(Refused, match=re.escape(why)):
        ran.reached.set(name, value)
    assert ran.settings() == before


def test_a_refusal_is_one_line_and_an_exit_status(ran: Ran) -> None:
    refusal = "softfocus: background: 'none' never outlives a run; give it on the command line\n"
    assert ran.softfocus("set", "background", "none") == (1, "", refusal)
    assert ran.status()["state"] != "raw"


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense\n",
        b"[1]\n",
        b"{}\n",
        b'{"do": "set", "name": 1}\n',
        b"\xff\n",
        b"[" * 60_000 + b"\n",
        b"x" * 70_000 + b"\n",
    ],
)
def test_what_is_no_request_is_answered_and_harms_nothing(ran: Ran, line: bytes) -> None:
    assert "not understood" in ran.ask(line)["error"]
    assert ran.status()["state"] in ("open", "shielded")


def test_a_phrase_without_end_is_refused_and_a_picture_of_one_pixels_width_is_shown(ran: Ran) -> None:
    with pytest.raises(Refused, match=r"\(40000 characters\)' is not understood"):
        ran.reached.set("subject", "left of " * 5000)
    cv2.imwrite(str(ran.home / "thin.png"), np.full((20_000, 1, 3), 200, np.uint8))
    ran.reached.set("background", str(ran.home / "thin.png"))
    assert ran.settings()["background"] == str(ran.home / "thin.png")
    ran.reached.set("background", "blur")


def test_one_who_is_slow_to_say_it_holds_nobody_up(ran: Ran) -> None:
    slow = [dial(ran.process.pid, ran.home / "softfocus")[0] for _ in range(40)]
    try:
        slow[-1].sendall(b'{"do": "st')
        begun = time.monotonic()
        assert ran.status()["state"] in ("open", "shielded")
        assert time.monotonic() - begun < PATIENCE
        slow[-1].sendall(b'atus"}\n')
        assert "status" in line_from(slow[-1])
        assert slow[0].recv(1) == b""  # those who came first and said nothing made room
    finally:
        for caller in slow:
            caller.close()


def test_one_that_says_nothing_is_not_said_to_be_gone(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    with closing(socket.socket(socket.AF_UNIX)) as hangs:
        hangs.bind(str(tmp_path / "run" / "7.sock"))
        hangs.listen(0)
        held = [socket.socket(socket.AF_UNIX)]
        with closing(held[0]):
            held[0].connect(str(tmp_path / "run" / "7.sock"))
            with pytest.raises(NotAnswering, match="process 7 does not answer"):
                Remote(7, tmp_path / "run").status()


def test_who_connects_and_goes_harms_nothing(ran: Ran) -> None:
    for _ in range(3):
        dial(ran.process.pid, ran.home / "softfocus")[0].close()
    assert ran.status()["state"] in ("open", "shielded")


def test_only_its_user_gets_at_the_socket(ran: Ran) -> None:
    assert stat.S_IMODE(ran.socket.stat().st_mode) == 0o600
    assert stat.S_IMODE(ran.socket.parent.stat().st_mode) == 0o700


def test_a_saved_file_takes_effect_and_a_slip_in_it_does_not(ran: Ran) -> None:
    ran.save('background = "#20304a"\nblur = "light"\n')
    until(lambda: ran.settings() | {"background": "#20304a", "blur": "20"} == ran.settings())
    ran.save('background = "#20304a"\n\nblur = "lots"\n')
    until(lambda: ran.says("settings.toml, line 3, blur: 'lots' is not light or strong or a number"))
    ran.save('# none\nbackground = "none"\n')
    until(lambda: ran.says("settings.toml, line 2, background: 'none' never outlives a run"))
    ran.save('blur = "light"\nbackground = "gone.jpg"\n')
    until(lambda: ran.says("settings.toml, line 2, background: gone.jpg is not there"))
    ran.save("blur = \n")
    until(lambda: ran.says("settings.toml: is not TOML"))
    assert ran.settings() | {"background": "#20304a", "blur": "20"} == ran.settings()
    assert ran.status()["raw"] == 0


def test_the_last_change_wins_and_a_setting_that_needs_a_start_is_told(ran: Ran) -> None:
    ran.save('background = "#000001"\n')
    until(lambda: ran.settings()["background"] == "#000001")
    ran.softfocus("set", "background", "#000002")
    ran.save('background = "#000001"\nblur = 12\nmodel = "selfie-square"\nsize = "64x64"\n')
    until(lambda: ran.settings()["blur"] == "12")
    assert ran.settings()["background"] == "#000002"  # that line of the file is as it was
    until(lambda: ran.says("settings.toml: model will change with the next start"))
    assert not ran.says("size will change")  # the command line says it, and wins
    ran.save('background = "#000003"\n')
    until(lambda: ran.settings()["background"] == "#000003")


def test_the_newest_is_reached_or_the_one_that_was_named(ran: Ran) -> None:
    with running(ran.home) as newest:
        assert json.loads(ran.softfocus("status", "--json")[1])["pid"] == newest.process.pid
        assert ran.reached.status()["pid"] == ran.process.pid
        newest.process.send_signal(signal.SIGTERM)
        assert newest.process.wait(timeout=30) == 0
        assert not newest.socket.exists()


def test_what_a_killed_run_left_behind_is_passed_over(ran: Ran) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as killed:
        killed.bind(str(ran.socket.with_name("999999999.sock")))
    assert json.loads(ran.softfocus("status", "--json")[1])["pid"] == ran.process.pid
    refusal = "softfocus: no softfocus is running as process 999999999; start one with: softfocus run\n"
    assert ran.softfocus("set", "blur", "9", "--pid", "999999999") == (1, "", refusal)


def test_without_one_that_runs_it_says_so(tmp_path: Path) -> None:
    status, out, err = softfocus("status", at=tmp_path, XDG_RUNTIME_DIR=str(tmp_path))
    assert (status, out) == (1, "")
    assert err == "softfocus: no softfocus is running; start one with: softfocus run\n"


def test_a_port_answers_only_who_knows_the_word(tmp_path: Path) -> None:
    with closing(Endpoint(tmp_path / "run", unix=False)) as endpoint:
        assert stat.S_IMODE(endpoint.place.stat().st_mode) & 0o077 == 0 or sys.platform == "win32"
        caller, credentials, _ = dial(os.getpid(), tmp_path / "run")
        with caller:
            assert endpoint.trusts({**credentials, "do": "status"})
            assert not endpoint.trusts({"do": "status"})
            assert not endpoint.trusts({"word": "x", "do": "status"})
    with pytest.raises(NotRunning):
        dial(os.getpid(), tmp_path / "run")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows' folders have no mode")
def test_a_folder_that_others_may_enter_is_closed_to_them_and_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o777)
    (tmp_path / "run").chmod(0o777)
    Endpoint(tmp_path / "run").close()
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700
    (tmp_path / "link").symlink_to(tmp_path / "run")
    with pytest.raises(CannotListen, match="belongs to somebody else"):
        Endpoint(tmp_path / "link")
