"""A video call in a browser sees our camera."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import urlencode

import cv2
import numpy as np
import pytest
from bars import RGB, middles
from conftest import unavailable

from .consumer import CAMERA_LABEL
from .test_virtual_camera_in_vm import sending

PAGE = Path(__file__).with_name("browser.html")


class Caller(HTTPServer):
    """Serves the page, and keeps what it posts back."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.seen: Queue[dict[str, Any]] = Queue()


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
    assert chromium
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
    with sending(loopback), serving() as caller:
        address = f"http://127.0.0.1:{caller.server_port}/?{urlencode({'label': CAMERA_LABEL})}"
        with browsing(address, profile):
            seen = caller.seen.get(timeout=90)
    assert CAMERA_LABEL in seen["labels"], seen
    assert "error" not in seen, seen
    picture = cv2.imdecode(np.array(seen["png"], np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    assert rgb.shape == (360, 640, 3)
    assert middles(np.asarray(rgb, np.uint8)) == pytest.approx(np.array(RGB, float), abs=6)
