"""Asking a vision model for the subject, against a real server that speaks the protocol."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from played import until

from softfocus.realtime.frame import Colour, Planes, Size
from softfocus.realtime.settings.texts import read_endpoint
from softfocus.realtime.subjects.errors import NobodyToAsk
from softfocus.realtime.subjects.instance import Mark
from softfocus.realtime.subjects.subjects import Subjects
from softfocus.realtime.subjects.vision import NoAnswer, Vision

SIZE = Size(320, 180)
PICTURE = np.full((180, 320, 3), 90, np.uint8)
MARKS = [Mark(1, (10, 40, 110, 180), (60, 110), True), Mark(2, (200, 40, 300, 180), (250, 110), True)]


def completion(content: str) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()


@contextmanager
def serving(
    answer: bytes, status: int = 200, wait: threading.Event | None = None
) -> Iterator[tuple[str, list[Any]]]:
    """A server on this machine that gives one answer, and the requests that it got."""
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, json.loads(body)))
            if wait:
                wait.wait(10)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Not on standard error."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1", got
        if wait:
            wait.set()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("content", "numbers"), [("2", {2}), ("1, 2", {1, 2}), ("[1]", {1}), ("1 and 2.", {1, 2})]
)
def test_numbers_are_the_answer(content: str, numbers: set[int]) -> None:
    with serving(completion(content)) as (url, _):
        assert Vision(url)(PICTURE, MARKS, SIZE, "the one with the guitar") == numbers


def test_the_model_gets_the_phrase_and_a_picture_with_numbers_in_it() -> None:
    with serving(completion("2")) as (url, got):
        Vision(f"{url}#llava")(PICTURE, MARKS, SIZE, "the one with the guitar")
    path, body = got[0]
    assert path == "/v1/chat/completions"
    assert body["model"] == "llava"
    text, image = body["messages"][0]["content"]
    assert "the one with the guitar" in text["text"]
    header, _, packed = image["image_url"]["url"].partition(",")
    assert header == "data:image/jpeg;base64"
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(packed), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    for mark in MARKS:
        x, y = (3 * place for place in mark.centroid)
        assert picture[y - 20 : y + 20, x - 20 : x + 20].std() > 40  # a disc with a number
    assert picture[:60].std() < 3


@pytest.mark.parametrize(
    ("answer", "status", "why"),
    [
        (completion("The person on the right, number 2."), 200, "it says 'The person"),
        (completion("7"), 200, "not all there"),
        (completion("none"), 200, "nobody is"),
        (b"<html>", 200, "does not speak"),
        (b"[]", 200, "does not speak"),
        (b"", 500, "answers 500"),
        (b"", 302, "answers 302"),
    ],
)
def test_an_answer_that_cannot_be_used_is_an_error_that_says_so(answer: bytes, status: int, why: str) -> None:
    with serving(answer, status) as (url, _), pytest.raises(NoAnswer, match=why):
        Vision(url)(PICTURE, MARKS, SIZE, "the drummer")


def test_silence_and_no_server_are_errors_too() -> None:
    with serving(b"", wait=threading.Event()) as (url, _), pytest.raises(NoAnswer, match="reached"):
        Vision(url, timeout=0.2)(PICTURE, MARKS, SIZE, "the drummer")
    with pytest.raises(NoAnswer, match="cannot be reached"):
        Vision("http://127.0.0.1:9/v1")(PICTURE, MARKS, SIZE, "the drummer")


def two_discs() -> tuple[np.ndarray, Planes]:
    mask = np.zeros((180, 320), np.float32)
    luma = np.full((180, 320), 60, np.uint8)
    for x, code in ((80, 200), (240, 120)):
        cv2.circle(mask, (x, 100), 40, 1.0, cv2.FILLED)
        cv2.circle(luma, (x, 100), 40, code, cv2.FILLED)
    return mask, Planes(luma, np.full_like(luma, 128), np.full_like(luma, 128))


def played(subjects: Subjects, start: int, frames: int) -> np.ndarray:
    mask, planes = two_discs()
    made = mask
    for i in range(start, start + frames):
        made = subjects(mask, planes, Colour(), i / 30)
    return made


@pytest.mark.parametrize(("content", "left", "right"), [("2", False, True), ("who knows", True, False)])
def test_the_answer_becomes_the_choice_and_a_bad_one_leaves_it(content: str, left: bool, right: bool) -> None:
    with serving(completion(content)) as (url, got):
        subjects = Subjects(SIZE, "left", asks=url)
        played(subjects, 0, 20)
        assert not got  # nothing is sent for words that are understood here
        subjects.choose("ask: the one with the guitar")
        played(subjects, 20, 1)
        until(lambda: subjects.problem or subjects.current.startswith("ask"))
        shown = played(subjects, 21, 1)
    assert (bool(shown[100, 80]), bool(shown[100, 240])) == (left, right)
    assert (subjects.problem is not None) == left
    assert len(got) == 1


def test_without_an_address_nothing_is_asked() -> None:
    with pytest.raises(NobodyToAsk, match="--subject-model"):
        Subjects(SIZE, "ask: the drummer")
    with pytest.raises(ValueError, match="no address"):
        read_endpoint("file:///etc/passwd")


def test_only_one_module_sends_pictures() -> None:
    folder = Path(__file__).parents[1] / "realtime" / "subjects"
    assert [path.name for path in folder.glob("*.py") if "urllib" in path.read_text("utf-8")] == ["vision.py"]


@pytest.mark.parametrize(
    "url",
    [
        "http://192.168.0.9:8080/v1",
        "http://vision.example/v1",
        "http://127.0.0.1@vision.example/v1",
        "http://127.0.0.1:80@vision.example/v1",
        "http://127.0.0.1.vision.example/v1",
        "http://localhost.example/v1",
        "http://0.0.0.0/v1",
        "HTTP://[2001:db8::1]/v1",
    ],
)
def test_a_picture_never_leaves_this_machine_in_clear(url: str) -> None:
    with pytest.raises(ValueError, match=r"in clear|no address"):
        read_endpoint(url)
    with pytest.raises(NoAnswer, match="in clear"):
        Vision(url)(PICTURE, MARKS, SIZE, "the drummer")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/v1",
        "http://localhost/v1#llava",
        "http://[::1]:80/v1",
        "https://vision.example/v1",
    ],
)
def test_this_machine_and_what_is_encrypted_may_be_asked(url: str) -> None:
    assert read_endpoint(url) == url
