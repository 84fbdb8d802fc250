"""Contact sheets of what softfocus makes of recordings: frame, matte and output, a column per moment.

python docs/make_sheets.py FOLDER CLIP...

For clips whose exact alpha nobody knows, where only looking tells where the matte fails. The sheets show the
people of the clips: keep them to yourself.
"""

from __future__ import annotations

import sys
from contextlib import closing
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from softfocus.bench.quality import VARIANTS, Contender
from softfocus.bench.quality_report import as_grey, bgr
from softfocus.models.manifest import DEFAULT_MODEL
from softfocus.realtime.colour import Picture
from softfocus.realtime.frame import Frame
from softfocus.realtime.live.loop import frames_of
from softfocus.realtime.sources.open import open_source

MOMENTS = (
    20,
    60,
    100,
    145,
)  # frames: the mask has settled by the first, the room is learnt by the last
HEIGHT = 240  # px of a panel


def main(folder: Path, clips: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    for clip in clips:
        path = folder / f"{Path(clip).stem}.jpg"
        cv2.imwrite(str(path), sheet(clip), [cv2.IMWRITE_JPEG_QUALITY, 88])
        print(path)


def sheet(clip: str) -> Picture:
    """All moments that the clip reaches, side by side."""
    source = open_source(clip)
    with closing(source):
        contender = Contender("default", VARIANTS["default"], source.size, DEFAULT_MODEL)
        frames = islice(frames_of(source), MOMENTS[-1] + 1)
        columns = [
            made for i, frame in enumerate(frames) if (made := column(contender, frame, i)) is not None
        ]
    if not columns:
        raise SystemExit(f"{clip} has fewer than {MOMENTS[0]} frames")
    return np.hstack(columns)


def column(contender: Contender, frame: Frame, index: int) -> Picture | None:
    """The frame, its matte and the output, one below the other; None between the moments."""
    matte = contender.matte(frame)
    if index not in MOMENTS:
        return None
    shown = bgr(frame, frame.planes), as_grey(matte.alpha), bgr(frame, contender.output(frame, matte))
    return np.vstack([panel(each) for each in shown])


def panel(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (width * HEIGHT // height, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
