"""A webcam on a bad cable: bad_cable.py DEVICE PICTURE WIDTH HEIGHT sends every third picture cut off."""

from __future__ import annotations

import fcntl
import os
import struct
import sys
import time
from itertools import count
from pathlib import Path

S_FMT, OUTPUT = 0xC0D05605, 2


def main(device: str, picture: str, width: str, height: str) -> None:
    whole = Path(picture).read_bytes()
    fd = os.open(device, os.O_RDWR)
    pixels = struct.pack("II4sIIII", int(width), int(height), b"MJPG", 1, 0, 2 * int(width) * int(height), 7)
    fcntl.ioctl(fd, S_FMT, struct.pack("II", OUTPUT, 0) + pixels.ljust(200, b"\0"))
    for number in count():
        os.write(fd, whole if number % 3 else whole[: len(whole) // 2])
        time.sleep(1 / 15)


if __name__ == "__main__":
    main(*sys.argv[1:])
