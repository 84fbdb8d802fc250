"""Pictures that move: WebP, AVIF and PNG with more than one frame. FFmpeg plays GIF, these in part or not."""

from __future__ import annotations

import logging
from pathlib import Path

import cv2
import numpy as np

from ..colour import Picture, from_bgr
from ..errors import EndOfSource, UnreadableInput
from ..frame import Colour, Frame, Planes, Size
from .decoded import even
from .dimensions import dimensions
from .over import over
from .picture import eight_bits

log = logging.getLogger(__name__)

HEAD = 65536  # bytes in which a file says that it moves
MOST = 64_000_000  # px of all frames together: 256 MB while they are decoded, 96 MB from then on
LEAST = 10  # ms that a frame stays, whatever it says
MOVES = 0x02  # the flag in VP8X


def moves(path: Path) -> bool:
    """Whether there is more than one frame in the file; False where nothing can be read."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return False
    if head.startswith(b"RIFF") and head[12:16] == b"VP8X":
        return bool(head[20] & MOVES)
    if head.startswith(b"\x89PNG"):
        return b"acTL" in head.partition(b"IDAT")[0]
    return head[4:8] == b"ftyp" and b"avis" in head[8 : int.from_bytes(head[:4])]


class Animation:
    """The frames of an animated picture, each for its time.

    size     to scale to; None keeps the picture's own
    endless  begin again after the last frame

    All of them are kept, as far as there is room; see MOST. Raises UnreadableInput.
    """

    live = False

    def __init__(self, path: Path, *, size: Size | None = None, endless: bool = False) -> None:
        self.name = str(path)
        pictures, stays = read_frames(path)
        height, width, _ = pictures[0].shape
        self.size = size or even(width, height)
        if not all(self.size):
            raise UnreadableInput(self.name, f"{width}x{height} is too small")
        self._planes = [self._planes_of(picture) for picture in pictures]
        self._stays = [max(LEAST, stay) * 1_000_000 for stay in stays]
        self.rate = len(stays) * 1e9 / sum(self._stays)
        self._endless = endless
        self._next = 0
        self._time = 0

    def read(self, timeout: float) -> Frame | None:
        """The next frame."""
        if (self._next >= len(self._planes) and not self._endless) or not self._planes:
            raise EndOfSource
        index, self._next = self._next, self._next + 1
        now, self._time = self._time, self._time + self._stays[index % len(self._stays)]
        return Frame(self._planes[index % len(self._planes)], index, now, Colour())

    def close(self) -> None:
        """Let go of the frames."""
        self._planes, self._endless = [], False

    def _planes_of(self, picture: Picture) -> Planes:
        if self.size != even(picture.shape[1], picture.shape[0]):
            picture = np.asarray(cv2.resize(picture, self.size, interpolation=cv2.INTER_AREA), np.uint8)
        return from_bgr(picture[: self.size.height, : self.size.width], Colour()).read_only[1]


def read_frames(path: Path) -> tuple[list[Picture], list[int]]:
    """(H, W, 3) BGR each, and the ms that each stays. Raises UnreadableInput."""
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise UnreadableInput(str(path), (error.strerror or str(error)).lower()) from error
    size = dimensions(packed)
    room = MOST // (size.width * size.height) if size else 0
    if not room:
        why = f"{size} is too large for a picture that moves" if size else "not a picture"
        raise UnreadableInput(str(path), why)
    try:
        there, found = cv2.imdecodeanimation(np.frombuffer(packed, np.uint8), 0, room)
    except cv2.error:
        there, found = False, cv2.Animation()
    if not there or not len(found.frames):
        raise UnreadableInput(str(path), "not a picture")
    if len(found.frames) == room:
        log.warning("%s: of its frames, the first %d are shown; a film has no such bound", path, room)
    pictures = [eight_bits(frame) for frame in found.frames]
    return (
        [over(picture) if picture.shape[2] == 4 else picture for picture in pictures],
        [int(stay) for stay in found.durations],
    )
