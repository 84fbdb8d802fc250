"""Makes the README's picture: one frame of the built-in clip before and after, side by side.

python docs/make_pictures.py
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from softfocus.realtime.colour import BgrPainter
from softfocus.realtime.frame import Size
from softfocus.realtime.live.loop import frames_of
from softfocus.realtime.runs.frame_path import FramePath
from softfocus.realtime.settings import RunSettings
from softfocus.realtime.sources.demo import Demo

PICTURES = Path(__file__).with_name("pictures")
SIZE = Size(1280, 720)
FRAME = 45  # the matte has settled by then
SEAM = 6  # px of white between the two halves


def main() -> None:
    settings = RunSettings(input="demo")
    frames = frames_of(Demo(SIZE))
    pipeline = FramePath(settings, SIZE).pipeline()
    painter = BgrPainter(SIZE)
    for _ in range(FRAME):
        pipeline(next(frames)).release()
    frame = next(frames)
    composed = pipeline(frame)
    before = painter(frame.planes, frame.colour).copy()
    after = painter(composed.planes, composed.colour).copy()
    composed.release()
    seam = np.full((SIZE.height, SEAM, 3), 255, np.uint8)
    side_by_side = cv2.resize(
        np.hstack([before, seam, after]), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA
    )
    cv2.imwrite(str(PICTURES / "before-after.jpg"), side_by_side, [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main()
