"""Records the person alone, before nothing: a film with alpha."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from av.video.plane import VideoPlane

from ..colour import recode
from ..frame import I420, Colour, Plane, Size
from ..gate.gate import Composed
from .made import Made
from .recording import tag
from .unmix import Unmix, alpha_of
from .video_file import VideoFile

# Each for what plays it: VP9 for browsers and OBS, ProRes 4444 for whoever cuts films.
CODECS = {
    ".webm": (
        "libvpx-vp9",
        {"deadline": "realtime", "cpu-used": "8", "crf": "30", "b": "0", "auto-alt-ref": "0"},
        "yuva420p",
    ),
    ".mov": ("prores_ks", {"profile": "4444", "alpha_bits": "8", "vendor": "apl0"}, "yuva444p10le"),
}


class ClearFilm:
    """Writes frames with straight alpha to .webm (VP9) or .mov (ProRes 4444), in the colour of the first.

    Before a backdrop other than "transparent" frames are opaque; where the gate is shut nothing is seen.
    """

    def __init__(self, path: Path, size: Size, rate: float, made: Made | None = None) -> None:
        codec, options, self._pixels = CODECS[path.suffix.lower()]
        self._file = VideoFile(path, codec, options, self._pixels, size, rate, made or Made())
        self.name = f"{self._file.path} ({size} {codec} with alpha{self._file.tracks})"
        self._colour: Colour | None = None
        self._own = I420(size)
        self._picture = av.VideoFrame(*size, "yuva420p")

    def send(self, composed: Composed) -> None:
        if self._colour is None:
            self._colour = composed.colour
            self._unmix = Unmix(composed.size, composed.colour)
            tag(self._file.stream.codec_context, composed.colour)
        recode(composed.planes, composed.colour, self._colour, self._own.planes)
        planes = self._own.planes
        alpha = alpha_of(composed.shut, composed.alpha, planes.y)
        if composed.shut or composed.alpha is not None:
            planes = self._unmix(planes, alpha)
        for plane, target in zip((*planes, alpha), self._picture.planes, strict=True):
            write(plane, target)
        picture = self._picture
        if self._pixels != "yuva420p":
            picture = picture.reformat(format=self._pixels)
        self._file.write(picture, composed.captured_at)

    @property
    def began(self) -> float | None:
        """When the first picture was taken, s since 1970; None before, and of a recording of a recording."""
        return self._file.began

    def close(self) -> None:
        self._file.close()


def write(plane: Plane, onto: VideoPlane) -> None:
    """Into FFmpeg's memory, whose rows are longer."""
    height, width = plane.shape
    rows = np.asarray(onto, np.uint8).reshape(height, onto.line_size)  # a view
    rows[:, :width] = plane
