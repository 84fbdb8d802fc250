"""Mattes as a video: every frame's alpha, lossless."""

from __future__ import annotations

from pathlib import Path

import av
from av.video.reformatter import ColorRange

from ..frame import Plane, Size
from .made import Made
from .video_file import VideoFile


class AlphaFile:
    """Writes alpha to .mkv as FFV1, 8-bit gray (255 = person). No sink: what it takes shows no room.

    path  where it is written, perhaps with a number
    """

    def __init__(self, path: Path, size: Size, rate: float, made: Made | None = None) -> None:
        self._file = VideoFile(path, "ffv1", {"level": "3"}, "gray", size, rate, made or Made())
        self.path = self._file.path
        self.name = f"{self.path} ({size} FFV1 gray)"
        self._file.stream.codec_context.color_range = ColorRange.JPEG

    def write(self, alpha: Plane, captured_at: int) -> None:
        """(H, W) uint8, of the frame taken at `captured_at`, ns."""
        self._file.write(av.VideoFrame.from_ndarray(alpha, "gray"), captured_at)

    def close(self) -> None:
        """Finish the file; closing twice is fine."""
        self._file.close()
