"""A video file that plays up to its last moment, however the program ends."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path

import av
from av.video.stream import VideoStream

from ..disk import Disk
from ..errors import CannotWrite
from ..frame import Size
from .made import Made
from .tracks import Tracks

TICKS = 60_000  # per second: whole frames at 24, 25, 29.97, 30, 50 and 60; MPEG-4 takes no more than 65535
LEAST_STEP = TICKS // 1000  # Matroska counts milliseconds
NANOSECONDS = 1_000_000_000

# A killed program leaves whole pieces of a quarter second; a finished .mp4 becomes an ordinary one.
# Where one track has a gap, the others wait half a second for it and no longer.
COMMON = {"flush_packets": "1", "max_interleave_delta": "500000"}
FRAGMENTED = {"movflags": "hybrid_fragmented", "frag_duration": "250000", **COMMON}
CLUSTERED = {"cluster_time_limit": "250", **COMMON}
# The head of an MP4 says when each track begins. To know that of a recording's sound and picture, it waits
# for both (delay_moov); where one comes too late for that, it does not (empty_moov): pictures begin at once.
SOON = 1.0  # s
MUXERS = {
    ".mp4": ("mp4", FRAGMENTED),
    ".mkv": ("matroska", CLUSTERED),
    ".webm": ("webm", CLUSTERED),
    ".mov": ("mov", FRAGMENTED),
}


def muxing(path: Path, made: Made) -> tuple[str, dict[str, str]]:
    """FFmpeg's muxer for a file of that name, and its options. Raises CannotWrite."""
    muxer = MUXERS.get(path.suffix.lower())
    if muxer is None:
        raise CannotWrite(str(path), f"no known kind of video, use one of: {', '.join(MUXERS)}")
    name, options = muxer
    if "movflags" in options and not made.live:
        later = "empty_moov" if made.sound and made.sound.begins > SOON else "delay_moov"
        options = {**options, "movflags": f"{options['movflags']}+{later}"}
    return name, options


class VideoFile:
    """One video stream in a file, with the sound that belongs to it, written piece by piece.

    codec, options  FFmpeg's names for an encoder that gives every packet at once
    rate            frames per second, nominal: each frame carries its own time
    made            how: what becomes of a file that is there, whether it begins with its first frame

    path   where it is written, perhaps with a number
    began  when the first picture was taken, s since 1970; None before, and where times are a recording's own
    """

    def __init__(
        self,
        path: Path,
        codec: str,
        options: dict[str, str],
        pixels: str,
        size: Size,
        rate: float,
        made: Made,
    ) -> None:
        muxer, pieces = muxing(path, made)
        self._disk = Disk(path, overwrite=made.overwrite)
        self.path = self._disk.path
        self._container = av.open(self._disk, "w", format=muxer, options=pieces)
        nominal = Fraction(rate).limit_denominator(1001)
        stream = self._container.add_stream(codec, rate=nominal, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        stream.codec_context.time_base = Fraction(1, TICKS)
        stream.codec_context.thread_count = 1
        stream.codec_context.sample_aspect_ratio = made.aspect
        self.stream = stream
        self.tracks = Tracks(self._container, made.sound)
        self._stamp = Timeline(rate, None if made.live else 0)
        self._live = made.live
        self.began: float | None = None
        self._open = True

    def write(self, picture: av.VideoFrame, captured_at: int) -> None:
        """Append a picture that was taken at `captured_at`, ns; raises CannotWrite when the disk is full."""
        if self._live and self.began is None:
            self.began = time.time() - (time.monotonic_ns() - captured_at) * 1e-9
        picture.time_base = Fraction(1, TICKS)
        picture.pts = self._stamp(captured_at)
        self._container.mux(self.stream.encode(picture))
        self.tracks.write()
        self._disk.check()

    def close(self) -> None:
        """Finish the file; closing twice is fine."""
        if not self._open:
            return
        self._open = False
        try:
            if self.stream.codec_context.is_open:  # else there never was a frame
                self._container.mux(self.stream.encode(None))
                self.tracks.finish()
                self._container.close()
            self._disk.check()
        finally:
            self.tracks.close()
            self._disk.close()


class Timeline:
    """Turns capture times into the time stamps of a file, which always rise.

    origin  ns, the capture time that becomes 0; None: the first frame's
    """

    def __init__(self, rate: float, origin: int | None = None) -> None:
        self._interval = round(TICKS / rate)
        self._origin = None if origin is None else in_ticks(origin)
        self._newest = 0
        self._last = -LEAST_STEP

    def __call__(self, captured_at: int) -> int:
        """ns in, ticks out. Where the source's clock goes back, the file goes on a frame later."""
        ticks = in_ticks(captured_at)
        if self._origin is None:
            self._origin = ticks
        elif ticks < self._newest:
            self._origin = ticks - self._last - self._interval
        self._newest = ticks
        self._last = max(ticks - self._origin, self._last + LEAST_STEP)
        return self._last


def in_ticks(nanoseconds: int) -> int:
    """The nearest tick."""
    return (nanoseconds * TICKS + NANOSECONDS // 2) // NANOSECONDS
