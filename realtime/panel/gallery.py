"""The user's own backgrounds: a folder of pictures that the panel shows, and adds to."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import cv2
import numpy as np

from ..backdrops.place import USUAL, placed
from ..errors import BadSetting
from .dimensions import dimensions

HEAVIEST = 16_000_000  # bytes of an upload
MOST = 50_000_000  # px of an upload; decoded, each takes three bytes
LONGEST = 2560  # px that are kept of the longer side
THUMBNAIL = 192, 108  # px
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
REFUSED = "give a JPEG, PNG or WebP picture of up to 16 MB and 50 million pixels"


class Gallery:
    """Pictures by their file names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thumbnails: dict[tuple[str, int], bytes] = {}

    def names(self) -> list[str]:
        """Sorted."""
        if not self._folder.is_dir():
            return []
        return sorted(path.name for path in self._folder.iterdir() if path.suffix.lower() in SUFFIXES)

    def path(self, name: str) -> Path:
        """Where that picture is. Raises BadSetting; what is no name of the list leads nowhere."""
        if name not in self.names():
            raise BadSetting("background", f"there is no picture {name!r} in the panel")
        return self._folder / name

    def add(self, packed: bytes) -> str:
        """Keep a picture; its name. Raises BadSetting.

        It is decoded and encoded anew: nothing is kept of the file but what is seen, no place and no time.
        """
        claimed = dimensions(packed)
        if claimed is None or len(packed) > HEAVIEST or claimed.width * claimed.height > MOST:
            raise BadSetting("background", f"this is no picture to be used; {REFUSED}")
        jpeg = encoded(shrunk(decoded(packed), LONGEST), 92)
        name = f"{hashlib.sha256(jpeg).hexdigest()[:16]}.jpg"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        half_written = self._folder / f".{name}.{os.getpid()}"
        half_written.write_bytes(jpeg)
        half_written.replace(self._folder / name)
        return name

    def thumbnail(self, name: str) -> bytes:
        """A JPEG that fills THUMBNAIL. Raises BadSetting."""
        path = self.path(name)
        key = name, path.stat().st_mtime_ns
        if key not in self._thumbnails:
            bgr = np.asarray(decoded(path.read_bytes()), np.uint8)
            self._thumbnails[key] = encoded(np.asarray(placed(bgr, THUMBNAIL, USUAL), np.uint8), 80)
        return self._thumbnails[key]


def decoded(packed: bytes) -> cv2.typing.MatLike:
    """(H, W, 3) BGR, upright. Raises BadSetting."""
    try:
        picture = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        picture = None
    if picture is None:
        raise BadSetting("background", f"this picture is broken; {REFUSED}")
    return picture


def shrunk(picture: cv2.typing.MatLike, longest: int) -> cv2.typing.MatLike:
    """With no side longer than that, px."""
    scale = longest / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def encoded(picture: cv2.typing.MatLike, quality: int) -> bytes:
    """As JPEG."""
    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return jpeg.tobytes()
