"""A video call in a browser sees our camera."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import urlencode

import cv2
import numpy as np
import pytest
from bars import RGB, middles
from conftest import unavailable

from .consumer import CAMERA_LABEL, Pictures
from .program import Program, is_composed, is_soft
from .test_faults_in_vm import unplugged
from .test_virtual_camera_in_vm import sending

PAGE = Path(__file__).with_name("browser.html")


class Caller(ThreadingHTTPServer):
    """Serves the page, and keeps what it posts back."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.seen: Queue[dict[str, Any]] = Queue()

    def page(self, **more: str) -> str:
        """Its address; it opens our camera."""
        return f"http://127.0.0.1:{self.server_port}/?{urlencode({'label': CAMERA_LABEL, **more})}"


class Answer(BaseHTTPRequestHandler):
    server: Caller

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.read_bytes())

    def do_POST(self) -> None:
        self.server.seen.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class Call:
    """A call in which our camera stays open; it remembers what was seen, in order."""

    def __init__(self, told: Queue[dict[str, Any]]) -> None:
        self._told = told
        self._frames = 0
        self.saw: list[str] = []

    def sees(self, kind: str, times: int) -> None:
        """Wait until that was seen so many times from now on, in frames of one stream that goes on."""
        start, end = len(self.saw), time.monotonic() + 90
        while self.saw[start:].count(kind) < times:
            assert time.monotonic() < end, f"Chromium never saw {kind}"
            seen = self._told.get(timeout=90)
            assert "error" not in seen, seen
            assert (seen["state"], seen["muted"], seen["faults"]) == ("live", False, [])
            assert seen["frames"] > self._frames
            self._frames = seen["frames"]
            self.saw.append(kind_of(painted(seen)))


def painted(seen: dict[str, Any]) -> Pictures:
    """(H, W, 3), blue first."""
    picture = cv2.imdecode(np.array(seen["png"], np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def kind_of(picture: Pictures) -> str:
    if is_composed(picture):
        return "composed"
    return "shielded" if is_soft(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)) else "raw"


@contextmanager
def serving() -> Iterator[Caller]:
    with Caller() as caller:
        thread = threading.Thread(target=caller.serve_forever)
        thread.start()
        try:
            yield caller
        finally:
            caller.shutdown()
            thread.join()


@contextmanager
def browsing(url: str, profile: Path) -> Iterator[None]:
    """Chromium at that page; it asks nobody whether the page may use the camera."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        unavailable("Chromium")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
    options += ["--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}"]
    browser = subprocess.Popen(
        [chromium, *options, "--use-fake-ui-for-media-stream", url], stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        browser.kill()
        browser.wait()


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "chromium"


def test_chromium_lists_our_camera_by_its_label_and_paints_it(loopback: str, profile: Path) -> None:
    with sending(loopback), serving() as caller, browsing(caller.page(), profile):
        seen = caller.seen.get(timeout=90)
    assert CAMERA_LABEL in seen["labels"], seen
    assert "error" not in seen, seen
    picture = painted(seen)
    rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    assert rgb.shape == (360, 640, 3)
    assert middles(np.asarray(rgb, np.uint8)) == pytest.approx(np.array(RGB, float), abs=6)


def test_chromium_goes_on_streaming_through_a_restart_of_the_webcam(
    loopback: str, vivid: str, profile: Path, tmp_path: Path
) -> None:
    with (
        Program(vivid, loopback, tmp_path / "stderr"),
        serving() as caller,
        browsing(caller.page(stay="1"), profile),
    ):
        call = Call(caller.seen)
        call.sees("composed", 3)
        with unplugged():
            call.sees("shielded", 5)
        call.sees("composed", 3)
    assert "raw" not in call.saw[call.saw.index("composed") :]
