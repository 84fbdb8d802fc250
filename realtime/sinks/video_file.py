"""A video file that plays up to its last moment, however the program ends."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.video.stream import VideoStream

from ..errors import CannotWrite
from ..frame import Size

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

TICKS = 60_000  # per second: whole frames at 24, 25, 29.97, 30, 50 and 60; MPEG-4 takes no more than 65535
LEAST_STEP = TICKS // 1000  # Matroska counts milliseconds
NANOSECONDS = 1_000_000_000

# A killed program leaves whole pieces of a quarter second; a finished .mp4 becomes an ordinary one.
MUXERS = {
    ".mp4": ("mp4", {"movflags": "hybrid_fragmented", "frag_duration": "250000", "flush_packets": "1"}),
    ".mkv": ("matroska", {"cluster_time_limit": "250", "flush_packets": "1"}),
    ".webm": ("webm", {"cluster_time_limit": "250", "flush_packets": "1"}),
    ".mov": ("mov", {"movflags": "hybrid_fragmented", "frag_duration": "250000", "flush_packets": "1"}),
}


class VideoFile:
    """One video stream in a file, written piece by piece.

    codec, options  FFmpeg's names for an encoder that gives every packet at once
    rate            frames per second, nominal: each frame carries its own time
    """

    def __init__(
        self, path: Path, codec: str, options: dict[str, str], pixels: str, size: Size, rate: float
    ) -> None:
        self.path = path
        muxer = MUXERS.get(path.suffix.lower())
        if muxer is None:
            raise CannotWrite(str(path), f"no known kind of video, use one of: {', '.join(MUXERS)}")
        self._disk = _Disk(path)
        self._container = av.open(self._disk, "w", format=muxer[0], options=muxer[1])
        nominal = Fraction(rate).limit_denominator(1001)
        stream = self._container.add_stream(codec, rate=nominal, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        stream.codec_context.time_base = Fraction(1, TICKS)
        stream.codec_context.thread_count = 1
        self.stream = stream
        self._stamp = Timeline(rate)
        self._open = True

    def write(self, picture: av.VideoFrame, captured_at: int) -> None:
        """Append a picture that was taken at `captured_at`, ns; raises CannotWrite when the disk is full."""
        picture.time_base = Fraction(1, TICKS)
        picture.pts = self._stamp(captured_at)
        self._container.mux(self.stream.encode(picture))
        self._check()

    def close(self) -> None:
        """Finish the file; closing twice is fine."""
        if not self._open:
            return
        self._open = False
        self._container.mux(self.stream.encode(None))
        self._container.close()
        self._disk.close()
        self._check()

    def _check(self) -> None:
        failure = self._disk.failure
        if failure:
            raise CannotWrite(str(self.path), failure.strerror or str(failure)) from failure


class Timeline:
    """Turns capture times into the time stamps of a file, which begin at 0 and always rise."""

    def __init__(self, rate: float) -> None:
        self._interval = round(TICKS / rate)
        self._origin: int | None = None
        self._newest = 0
        self._last = -LEAST_STEP

    def __call__(self, captured_at: int) -> int:
        """ns in, ticks out. Where the source's clock goes back, the file goes on a frame later."""
        ticks = captured_at * TICKS // NANOSECONDS
        if self._origin is None:
            self._origin = ticks
        elif ticks < self._newest:
            self._origin = ticks - self._last - self._interval
        self._newest = ticks
        self._last = max(ticks - self._origin, self._last + LEAST_STEP)
        return self._last


class _Disk(io.FileIO):
    """The file under the muxer. After a failed write it stays as it is, so that what it holds plays:
    a muxer that goes on would overwrite the head of a file whose end is missing.

    failure  why the disk takes no more
    """

    def __init__(self, path: Path) -> None:
        self.failure: OSError | None = None
        try:
            super().__init__(path, "wb")
        except OSError as error:
            raise CannotWrite(str(path), error.strerror or str(error)) from error

    def write(self, chunk: ReadableBuffer, /) -> int:
        left = memoryview(chunk)
        size = len(left)
        try:
            while left and not self.failure:
                left = left[super().write(left) :]
        except OSError as error:
            self.failure = error
        return size
