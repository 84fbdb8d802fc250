"""How large a picture file says it is, before anything decodes it.

PNG (W3C, 2003): IHDR comes first. JPEG (ITU-T T.81, B.2.2): the frame header SOFn. WebP (RFC 9649): VP8X,
VP8L or VP8 comes first. GIF89a: the logical screen. BMP: BITMAPINFOHEADER or the older BITMAPCOREHEADER.
TIFF 6.0: the first directory. AVIF and HEIC (ISO/IEC 23008-12): the largest `ispe`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..frame import Size

NO_FRAMES = {0xC4, 0xC8, 0xCC}  # DHT, JPG and DAC lie among the markers SOF0..SOF15
ALONE = {0x01, *range(0xD0, 0xD9)}  # TEM, RSTn and SOI have no length
TIFF_WIDTH, TIFF_HEIGHT, TIFF_SHORT = 256, 257, 3
DIRECTORY = 4096  # entries of a TIFF's directory that are looked at


def dimensions(packed: bytes) -> Size | None:
    """Width and height of a picture file, px; None for what is none, or has no pixels."""
    size = next((read(packed) for head, read in KINDS if re.match(head, packed, re.DOTALL)), None)
    return size if size and all(size) else None


def of_png(packed: bytes) -> Size:
    return Size(big(packed[16:20]), big(packed[20:24]))


def of_jpeg(packed: bytes) -> Size | None:
    """Goes from segment to segment until the frame header; decoders pass over what lies between them."""
    at = 2
    while (at := packed.find(b"\xff", at)) >= 0 and at + 9 <= len(packed):
        marker = packed[at + 1]
        if marker in (0x00, 0xFF):  # nothing, or fill
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in NO_FRAMES:
            return Size(big(packed[at + 7 : at + 9]), big(packed[at + 5 : at + 7]))
        elif marker in ALONE:
            at += 2
        else:
            at += 2 + max(2, big(packed[at + 2 : at + 4]))
    return None


def of_webp(packed: bytes) -> Size | None:
    """Of the first chunk."""
    kind, body = packed[12:16], packed[20:30]
    if len(body) < 10:
        return None
    if kind == b"VP8X":
        return Size(1 + little(body[4:7]), 1 + little(body[7:10]))
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = little(body[1:5])
        return Size(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return Size(little(body[6:8]) & 0x3FFF, little(body[8:10]) & 0x3FFF)
    return None


def of_gif(packed: bytes) -> Size:
    return Size(little(packed[6:8]), little(packed[8:10]))


def of_bmp(packed: bytes) -> Size:
    """A negative height means that the rows go down."""
    if little(packed[14:18]) == 12:
        return Size(little(packed[18:20]), little(packed[20:22]))
    return Size(little(packed[18:22]), abs(int.from_bytes(packed[22:26], "little", signed=True)))


def of_tiff(packed: bytes) -> Size:
    """Of the first page."""
    tags = tiff_tags(packed)
    return Size(tags.get(TIFF_WIDTH, 0), tags.get(TIFF_HEIGHT, 0))


def tiff_tags(packed: bytes) -> dict[int, int]:
    """The first value of each entry of the first directory, as far as it is a number."""
    number = little if packed.startswith(b"II") else big
    at = number(packed[4:8])
    tags: dict[int, int] = {}
    for entry in range(at + 2, at + 2 + 12 * min(DIRECTORY, number(packed[at : at + 2])), 12):
        tag, kind = number(packed[entry : entry + 2]), number(packed[entry + 2 : entry + 4])
        tags[tag] = number(packed[entry + 8 : entry + (10 if kind == TIFF_SHORT else 12)])
    return tags


def of_heif(packed: bytes) -> Size | None:
    """Of the whole picture where it is made of tiles, since each tile is smaller."""
    found = (
        Size(big(found[1]), big(found[2]))
        for found in re.finditer(rb"ispe\0{4}(.{4})(.{4})", packed, re.DOTALL)
    )
    return max(found, key=lambda size: size.width * size.height, default=None)


def big(packed: bytes) -> int:
    return int.from_bytes(packed, "big")


def little(packed: bytes) -> int:
    return int.from_bytes(packed, "little")


KINDS: tuple[tuple[bytes, Callable[[bytes], Size | None]], ...] = (
    (rb"\x89PNG\r\n\x1a\n.{4}IHDR", of_png),
    (rb"\xff\xd8", of_jpeg),
    (rb"RIFF.{4}WEBP", of_webp),
    (rb"GIF8[79]a", of_gif),
    (rb"BM", of_bmp),
    (rb"II\*\0|MM\0\*", of_tiff),
    (rb".{4}ftyp", of_heif),
)
