"""Records what goes out into a video file."""

from __future__ import annotations

from pathlib import Path

import av
from av.codec.codec import Codec, UnknownCodecError
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange, Colorspace

from ..errors import CannotWrite
from ..frame import Colour, Matrix, Range, Size
from ..gate.gate import Composed
from .made import Made
from .uniform import Uniform
from .video_file import VideoFile

# In the order we like them; all give each packet at once (no look-ahead, no B frames), so that a
# killed recording lacks no more than its last piece. PyAV's wheels bring libx264.
ENCODERS = {
    "libx264": {"preset": "ultrafast", "tune": "zerolatency", "crf": "23"},
    "libopenh264": {"rc_mode": "quality"},
    "mpeg4": {"b": "6000000"},
}
WEBM_ENCODERS = {
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "30", "b": "0", "auto-alt-ref": "0"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "crf": "20", "b": "6000000", "auto-alt-ref": "0"},
}
RANGES = {Range.LIMITED: ColorRange.MPEG, Range.FULL: ColorRange.JPEG}
MATRICES = {Matrix.BT601: Colorspace.SMPTE170M, Matrix.BT709: Colorspace.ITU709}


class Recording:
    """Writes opaque frames to a film, each at its own time, all in the colour of the first."""

    def __init__(self, path: Path, size: Size, rate: float, made: Made | None = None) -> None:
        encoders = WEBM_ENCODERS if path.suffix.lower() == ".webm" else ENCODERS
        codec = next((name for name in encoders if _can_encode(name)), None)
        if codec is None:
            raise CannotWrite(str(path), "PyAV has no encoder for it, take .mp4")
        self._file = VideoFile(path, codec, encoders[codec], "yuv420p", size, rate, made or Made())
        self.name = f"{self._file.path} ({size} {codec}{self._file.tracks})"
        self._size = size
        self._in_colour: Uniform | None = None

    def send(self, composed: Composed) -> None:
        if self._in_colour is None:
            self._in_colour = Uniform(self._size, composed.colour)
            tag(self._file.stream.codec_context, composed.colour)
        # The encoders read the picture within the call, so it may share the frame's memory.
        picture = av.VideoFrame.from_numpy_buffer(self._in_colour(composed), "yuv420p")
        self._file.write(picture, composed.captured_at)

    @property
    def began(self) -> float | None:
        """When the first picture was taken, s since 1970; None before, and of a recording of a recording."""
        return self._file.began

    def close(self) -> None:
        self._file.close()


def tag(context: VideoCodecContext, colour: Colour) -> None:
    """Say how to read the numbers, lest a player guess by the picture's size."""
    context.color_range = RANGES[colour.range]
    context.colorspace = MATRICES[colour.matrix]
    context.color_primaries = colour.primaries
    context.color_trc = colour.transfer


def _can_encode(codec: str) -> bool:
    try:
        Codec(codec, "w")
    except UnknownCodecError:
        return False
    return True
