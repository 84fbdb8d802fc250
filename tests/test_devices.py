"""Devices are listed for people and for programs."""

from __future__ import annotations

import json
import sys

import pytest

from softfocus.realtime.doctor.devices import Devices, VirtualCamera, as_dict, printed
from softfocus.realtime.frame import Size
from softfocus.realtime.sources.webcam import Mode, Webcam

WEBCAM = Webcam(
    "/dev/video0",
    "HD Webcam",
    "HD Webcam@usb-1",
    (
        Mode("MJPG", Size(1280, 720), (30.0, 15.0)),
        Mode("MJPG", Size(640, 360), ()),
        Mode("YUYV", Size(640, 360), (30.0,)),
    ),
)
DENIED = Webcam("/dev/video2", "", "/dev/video2", problem="no permission to open it")
FOUND = Devices((WEBCAM, DENIED), (VirtualCamera("/dev/video10", "softfocus", free=False),))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is OBS's only")
def test_cameras_are_shown_with_their_sizes_and_rates_virtual_ones_with_their_state() -> None:
    assert list(printed(FOUND)) == [
        "cameras:",
        "  /dev/video0 (HD Webcam)",
        "    MJPG  1280x720@30 640x360",
        "    YUYV  640x360@30",
        "  /dev/video2: no permission to open it",
        "virtual cameras:",
        "  /dev/video10 (softfocus): in use",
    ]


def test_programs_get_the_same_with_names() -> None:
    told = json.loads(json.dumps(as_dict(FOUND)))
    assert told["cameras"][0]["modes"][0] == {"layout": "MJPG", "size": "1280x720", "rates": [30.0, 15.0]}
    assert told["cameras"][1]["problem"] == "no permission to open it"
    assert told["virtual_cameras"] == [{"path": "/dev/video10", "name": "softfocus", "free": False}]
