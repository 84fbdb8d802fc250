"""Which options commands have in common, and what shells offer after them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from threading import Thread
from typing import get_args

import pytest
from typer.main import get_command

from softfocus.__main__ import app
from softfocus.models.device import Device
from softfocus.realtime.backdrops.place import Fit, Position
from softfocus.realtime.batch.cluster import NoCluster, answers
from softfocus.realtime.commands import values
from softfocus.realtime.framing.framing import How
from softfocus.realtime.matting.effort import Quality
from softfocus.realtime.settings.settings import BlurPart, Kind, Refine
from softfocus.realtime.settings.texts import (
    read_background,
    read_blur,
    read_input,
    read_latency,
    read_output,
    read_size,
    read_subject,
)

LIVE = {"input", "output", "plate", "refine_share", "realtime", "always_on", "status", "panel"}
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]


def options(command: str) -> set[str]:
    return {parameter.name for parameter in COMMANDS[command].params}


def test_batch_and_demo_take_whatever_means_something_for_a_recording() -> None:
    wanted = options("run") - LIVE - {"audio", "overwrite"}
    assert wanted - options("batch") == {"fps"}
    assert wanted - options("demo") == set()


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        (values.PARTS, BlurPart),
        (values.BACKGROUNDS, Kind),
        (values.FITS, Fit),
        (values.FRAMES, How),
        (values.POSITIONS, Position),
        (values.DEVICES, Device),
        (values.REFINERS, Refine),
        (values.QUALITIES, Quality),
    ],
)
def test_what_is_offered_is_all_that_is_taken(offered: Sequence[str], taken: object) -> None:
    assert offered == get_args(taken)


def test_every_other_word_that_is_offered_is_taken_too() -> None:
    for words, read in (
        (values.INPUTS, read_input),
        (values.OUTPUTS, read_output),
        (values.BACKGROUNDS, read_background),
        (values.BLURS, read_blur),
        (values.SUBJECTS, read_subject),
        (values.SIZES, read_size),
        (values.LATENCIES, read_latency),
    ):
        for word in words:
            read(word)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["run", "--blur-part", "f"], ["face"]),
        (["batch", "talks", "--fit", ""], ["fill", "fit", "stretch"]),
        (["demo", "-b", "gr"], ["grey"]),
        (["run", "-m", "selfie-s"], ["selfie-square"]),
        (["run", "-b", "/tmp"], []),  # then shells offer files
    ],
)
def test_a_shell_is_told_the_values_of_an_option(words: list[str], offered: list[str]) -> None:
    asked = {
        "_SOFTFOCUS_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(["softfocus", *words]),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        [sys.executable, "-m", "softfocus"], env=os.environ | asked, capture_output=True, text=True
    )
    assert done.stdout.split() == offered


def says(server: socket.socket, words: bytes) -> None:
    """To whoever comes next."""
    with server.accept()[0] as connection:
        connection.recv(1)
        connection.sendall(words)


@pytest.mark.parametrize(
    ("words", "like_ray"), [(b"\0\0\0\4\0\0\0\0\0", True), (b"HTTP/1.1 400 Bad Request\r\n", False)]
)
def test_only_what_speaks_like_a_cluster_is_left_to_ray(words: bytes, like_ray: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=says, args=(server, words))
        thread.start()
        with nullcontext() if like_ray else pytest.raises(NoCluster, match="something else"):
            answers(f"ray://127.0.0.1:{server.getsockname()[1]}")
        thread.join()


def test_a_cluster_that_does_not_answer_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for address in (f"127.0.0.1:{port}", f"ray://127.0.0.1:{port}", "127.0.0.1:99999"):
        with pytest.raises(NoCluster, match="ray start --head"):
            answers(address)
    answers("auto")  # which Ray itself finds out at once
