"""Pictures out of files: the one way for all who want one."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from ..colour import Picture
from ..errors import UnreadableInput
from .dimensions import dimensions
from .exif import upright
from .over import PLAIN, over

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif")
NO_PICTURE = "not a picture"
MOST = 128_000_000  # px of a picture that is decoded: 384 MB, or 512 MB where it is transparent


def read_picture(path: Path, *, plain: int = PLAIN) -> Picture:
    """(H, W, 3) BGR, turned upright as its EXIF says, laid over `plain` where it is transparent.

    No name is too odd for it, and no file can make it ask for more memory than MOST pixels take. Raises
    UnreadableInput.
    """
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise UnreadableInput(str(path), (error.strerror or str(error)).lower()) from error
    try:
        return decoded(packed, plain=plain)
    except ValueError as error:
        raise UnreadableInput(str(path), str(error)) from error


def decoded(packed: bytes, *, plain: int = PLAIN) -> Picture:
    """As `read_picture`, of what the file holds. Raises ValueError that says what is wrong with it."""
    size = dimensions(packed)
    if size is None:
        raise ValueError(NO_PICTURE)
    if size.width * size.height > MOST:
        raise ValueError(f"{size} is too large, {MOST // 1_000_000} million pixels are read at most")
    picture = by_opencv(packed, plain)
    if picture is None and packed[4:8] == b"ftyp":
        from .heif import by_ffmpeg

        picture = by_ffmpeg(packed)
    if picture is None:
        raise ValueError(NO_PICTURE)
    return picture


def by_opencv(packed: bytes, plain: int = PLAIN) -> Picture | None:
    """None for what it cannot read."""
    content = np.frombuffer(packed, np.uint8)
    try:
        opaque = cv2.imdecode(content, cv2.IMREAD_COLOR)
        if opaque is None or packed.startswith((b"\xff\xd8", b"BM")):
            return None if opaque is None else np.asarray(opaque, np.uint8)
        whole = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)  # with alpha, but not turned
    except cv2.error:
        return None
    if whole is None or whole.ndim < 3 or whole.shape[2] != 4:
        return np.asarray(opaque, np.uint8)
    return upright(over(eight_bits(whole), plain), packed)


def eight_bits(picture: cv2.typing.MatLike) -> npt.NDArray[np.uint8]:
    """PNG and TIFF may have 16."""
    if picture.dtype == np.uint16:
        return np.asarray(cv2.convertScaleAbs(picture, alpha=1 / 257), np.uint8)
    return np.asarray(picture, np.uint8)


def is_picture(name: str | os.PathLike[str]) -> bool:
    """By its suffix."""
    return Path(name).suffix.lower() in SUFFIXES
