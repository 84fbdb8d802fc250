"""Sends known colours to a virtual camera until it is killed: producer.py DEVICE WIDTH HEIGHT."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bars import Sender, bars

from softfocus.realtime.frame import Colour, Size
from softfocus.realtime.sinks.virtual_camera import VirtualCamera


def main(device: str, width: str, height: str) -> None:
    size = Size(int(width), int(height))
    camera, sender = VirtualCamera(device, size, 30), Sender(bars(size, Colour()), Colour())
    while True:
        composed = sender(0, 0)
        camera.send(composed)
        composed.release()
        time.sleep(1 / 30)


if __name__ == "__main__":
    main(*sys.argv[1:])
