"""Films the screen onto standard output; run as a program of its own.

In the process that has OpenCV's window open, FFmpeg's X11 grabber hangs. Needs PyAV and nothing of ours:

    python -P grab.py FORMAT URL OPTIONS LONGEST

OPTIONS are JSON. First a line `WIDTH HEIGHT` goes out, no side longer than LONGEST px, then I420 pictures of
that size, limited BT.601, until nobody reads them. What is wrong is the last line on standard error.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import BinaryIO, cast

import av
import av.logging
from av.error import FFmpegError
from av.video.reformatter import VideoReformatter

BT601, LIMITED, FULL = 5, 1, 2  # as swscale and H.273 number them


def film(kind: str, url: str, options: dict[str, str], longest: int, onto: BinaryIO) -> None:
    """Until it fails, or nobody reads any more."""
    with av.open(url, format=kind, options=options) as container:
        stream = container.streams.video[0]
        scale = min(1.0, longest / max(stream.width, stream.height))
        width, height = (max(2, round(side * scale / 2) * 2) for side in (stream.width, stream.height))
        onto.write(f"{width} {height}\n".encode())
        scaler = VideoReformatter()
        for picture in container.decode(stream):
            small = scaler.reformat(
                picture, width, height, "yuv420p",
                dst_colorspace=BT601, src_color_range=FULL, dst_color_range=LIMITED,
            )  # fmt: skip
            onto.write(small.to_ndarray().data)
            onto.flush()


def reason(error: FFmpegError | ValueError) -> str:
    """What FFmpeg said last, without its number and place."""
    said = cast("tuple[int, str, str] | None", error.log) if isinstance(error, FFmpegError) else None
    return (said[2] if said else str(error)).strip()


def main() -> None:
    kind, url, options, longest = sys.argv[1:]
    av.logging.set_level(av.logging.ERROR)  # else errors come without their last line
    with suppress(BrokenPipeError):
        try:
            film(kind, url, json.loads(options), int(longest), sys.stdout.buffer)
        except (FFmpegError, ValueError) as error:
            print(reason(error), file=sys.stderr)
            sys.exit(1)


if __name__ == "__main__":
    main()
