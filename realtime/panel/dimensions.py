"""How large a picture file says it is, before anything decodes it.

PNG (W3C, 2003): IHDR comes first. JPEG (ITU-T T.81, B.2.2): the frame header SOFn. WebP (RFC 9649): VP8X,
VP8L or VP8 comes first.
"""

from __future__ import annotations

from ..frame import Size

NO_FRAMES = {0xC4, 0xC8, 0xCC}  # DHT, JPG and DAC lie among the markers SOF0..SOF15


def dimensions(packed: bytes) -> Size | None:
    """Width and height of a PNG, JPEG or WebP file, px; None for anything else."""
    if packed.startswith(b"\x89PNG\r\n\x1a\n") and packed[12:16] == b"IHDR":
        return whole(Size(int.from_bytes(packed[16:20]), int.from_bytes(packed[20:24])))
    if packed.startswith(b"\xff\xd8"):
        return of_jpeg(packed)
    if packed.startswith(b"RIFF") and packed[8:12] == b"WEBP":
        return of_webp(packed[12:])
    return None


def of_jpeg(packed: bytes) -> Size | None:
    """Goes from segment to segment until the frame header."""
    at = 2
    while at + 9 <= len(packed) and packed[at] == 0xFF:
        marker = packed[at + 1]
        if marker == 0xFF:  # fill
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in NO_FRAMES:
            return whole(
                Size(
                    int.from_bytes(packed[at + 7 : at + 9]),
                    int.from_bytes(packed[at + 5 : at + 7]),
                )
            )
        else:
            at += 2 + max(2, int.from_bytes(packed[at + 2 : at + 4]))
    return None


def of_webp(chunk: bytes) -> Size | None:
    """Of the first chunk."""
    kind, body = chunk[:4], chunk[8:18]
    if len(body) < 10:
        return None
    if kind == b"VP8X":
        return Size(1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little"))
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return Size(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        sides = int.from_bytes(body[6:8], "little"), int.from_bytes(body[8:10], "little")
        return whole(Size(sides[0] & 0x3FFF, sides[1] & 0x3FFF))
    return None


def whole(size: Size) -> Size | None:
    """None for a picture without pixels."""
    return size if all(size) else None
