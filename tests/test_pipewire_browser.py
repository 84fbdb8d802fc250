"""A video call in Chromium, which finds cameras through the desktop's portal, sees ours."""

from __future__ import annotations

import base64
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest
from bars import RGB, Sender, bars, middles
from chromium import browsing
from pipewire_session import Session, until

if not sys.platform.startswith("linux"):
    pytest.skip("PipeWire is Linux's", allow_module_level=True)

from softfocus.realtime.frame import Colour, Size
from softfocus.realtime.sinks.camera_node import CameraNode

SIZE = Size(640, 360)
FLAGS = ("--use-fake-ui-for-media-stream", "--enable-features=WebRtcPipeWireCamera")
CALL = """navigator.mediaDevices.getUserMedia({video: {width: 640, height: 360}}).then(stream => {
    window.stream = stream; document.querySelector('video').srcObject = stream;
    return stream.getVideoTracks()[0].label; }, () => null)"""  # null: it has not heard from the portal yet
PAINTED = """(() => {
    const video = document.querySelector('video'), canvas = document.createElement('canvas');
    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
    canvas.getContext('2d').drawImage(video, 0, 0);
    return canvas.toDataURL('image/png').split(',')[1]; })()"""


class Pages(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def page(folder: Path) -> Iterator[str]:
    """The address of a page with a video; browsers give cameras to pages of the machine's own."""
    folder.joinpath("index.html").write_text("<video autoplay muted></video>")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Pages, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def sending(camera: CameraNode) -> Iterator[None]:
    """Bars, at 30 frames a second."""
    over = threading.Event()

    def send() -> None:
        sender, index = Sender(bars(SIZE, Colour()), Colour()), 0
        while not over.wait(1 / 30):
            composed = sender(index, time.monotonic_ns())
            camera.send(composed)
            composed.release()
            index += 1

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_chromium_lists_our_camera_by_its_name_and_paints_it(pipewire: Session, tmp_path: Path) -> None:
    pipewire.allow_cameras("yes")
    with (
        closing(CameraNode("My camera", SIZE, 30.0)) as camera,
        sending(camera),
        page(tmp_path) as address,
        browsing(tmp_path / "profile", *FLAGS, environ=pipewire.environ) as tab,
    ):
        tab.go(address)
        tab.until("document.querySelector('video') !== null")
        assert not camera.audience.present()
        assert tab.until(CALL) == "My camera"
        tab.until("document.querySelector('video').currentTime > 0.5")
        assert camera.audience.present()
        png = np.frombuffer(base64.b64decode(tab.value(PAINTED)), np.uint8)
        tab.value("window.stream.getTracks().forEach(track => track.stop())")
        until(lambda: not camera.audience.present())
    picture = cv2.imdecode(png, cv2.IMREAD_COLOR_RGB)
    assert picture is not None
    assert picture.shape == (360, 640, 3)
    assert middles(np.asarray(picture, np.uint8)) == pytest.approx(np.array(RGB, float), abs=6)
