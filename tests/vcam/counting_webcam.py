"""A webcam that shows a clip with a counter in it: counting_webcam.py CLIP DEVICE LOG.

Each line of the log is a picture's number and when it was given to the device, ns of the monotonic clock.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import av
import numpy as np
import pyvirtualcam

sys.path.insert(0, str(Path(__file__).parents[1]))

from counter import draw

RATE = 30


def main(clip: str, device: str, log: str) -> None:
    with av.open(clip) as file:
        pictures = [frame.to_ndarray(format="yuv420p") for frame in file.decode(video=0)]
    height, width = len(pictures[0]) * 2 // 3, pictures[0].shape[1]
    camera = pyvirtualcam.Camera(width, height, RATE, fmt=pyvirtualcam.PixelFormat.I420, device=device)
    began, number = time.monotonic(), 0
    with camera, Path(log).open("w", encoding="ascii", buffering=1) as told:
        while True:
            picture = np.array(pictures[number % len(pictures)])
            draw(number, picture[:height])
            told.write(f"{number} {time.monotonic_ns()}\n")
            camera.send(picture)
            number += 1
            time.sleep(max(0.0, began + number / RATE - time.monotonic()))


if __name__ == "__main__":
    main(*sys.argv[1:])
