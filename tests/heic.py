"""Writes a picture as phones do: HEIC, in HEVC tiles of one size, the last of which overhang."""

from __future__ import annotations

from struct import pack

import av
import numpy as np

from softfocus.realtime.colour import Picture

TILE = 64  # px


def heic(picture: Picture, turns: int = 0) -> bytes:
    """BGR in; `turns` are quarters against the clock, by which it is to be turned."""
    height, width, _ = picture.shape
    rows, columns = -(-height // TILE), -(-width // TILE)
    padded = np.pad(picture, ((0, rows * TILE - height), (0, columns * TILE - width), (0, 0)), mode="edge")
    corners = [(y, x) for y in range(0, rows * TILE, TILE) for x in range(0, columns * TILE, TILE)]
    tiles = [hevc(padded[y : y + TILE, x : x + TILE]) for y, x in corners]
    grid = pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width, height)
    start = len(file_type()) + len(meta(tiles, grid, width, height, turns, 0)) + 8
    return (
        file_type()
        + meta(tiles, grid, width, height, turns, start)
        + box(b"mdat", b"".join(tile for _, tile in tiles))
    )


def file_type() -> bytes:
    return box(b"ftyp", b"heic\0\0\0\0mif1heic")


def meta(
    tiles: list[tuple[bytes, bytes]], grid: bytes, width: int, height: int, turns: int, start: int
) -> bytes:
    """Item 1 is the grid, 2 and up are its tiles, which lie one after the other from `start`."""
    numbers = range(2, 2 + len(tiles))
    items = [full(b"infe", pack(">HH", 1, 0) + b"grid\0", 2)]
    items += [full(b"infe", pack(">HH", number, 0) + b"hvc1\0", 2) for number in numbers]
    properties = [
        box(b"hvcC", tiles[0][0]),
        full(b"ispe", pack(">II", TILE, TILE)),
        full(b"ispe", pack(">II", width, height)),
        box(b"irot", bytes([turns])),
    ]
    mine = [pack(">HBBB", 1, 2, 3, 0x84), *(pack(">HBBB", number, 2, 0x81, 2) for number in numbers)]
    places, at = [pack(">HHHHII", 1, 1, 0, 1, 0, len(grid))], start
    for number, (_, tile) in zip(numbers, tiles, strict=True):
        places.append(pack(">HHHHII", number, 0, 0, 1, at, len(tile)))
        at += len(tile)
    associations = full(b"ipma", pack(">I", len(mine)) + b"".join(mine))
    return full(
        b"meta",
        full(b"hdlr", bytes(4) + b"pict" + bytes(13))
        + full(b"pitm", pack(">H", 1))
        + full(b"iloc", pack(">BBH", 0x44, 0, len(places)) + b"".join(places), 1)
        + full(b"iinf", pack(">H", len(items)) + b"".join(items))
        + full(b"iref", box(b"dimg", pack(f">HH{len(tiles)}H", 1, len(tiles), *numbers)))
        + box(b"iprp", box(b"ipco", b"".join(properties)) + associations)
        + box(b"idat", grid),
    )


def hevc(tile: Picture) -> tuple[bytes, bytes]:
    """hvcC, and the picture's units with their lengths before them."""
    encoder = av.CodecContext.create("libx265", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = TILE, TILE, "yuv420p", 1
    encoder.options = {"x265-params": "log-level=none:crf=4:info=0", "preset": "ultrafast"}
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(tile), "bgr24").reformat(format="yuv420p")
    stream = b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
    units = [unit.rstrip(b"\0") for unit in stream.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]]
    heads = {unit[0] >> 1: unit for unit in units if 32 <= unit[0] >> 1 <= 34}
    pictures = [unit for unit in units if unit[0] >> 1 < 32]
    arrays = b"".join(pack(">BHH", 0x80 | kind, 1, len(unit)) + unit for kind, unit in sorted(heads.items()))
    profile = heads[33][3:15].replace(b"\0\0\3", b"\0\0")[:12].ljust(12, b"\0")
    head = b"\1" + profile + pack(">HBBBBHBB", 0xF000, 0xFC, 0xFD, 0xF8, 0xF8, 0, 0x0F, len(heads))
    return head + arrays, b"".join(pack(">I", len(unit)) + unit for unit in pictures)


def full(kind: bytes, content: bytes, version: int = 0) -> bytes:
    return box(kind, pack(">I", version << 24) + content)


def box(kind: bytes, content: bytes) -> bytes:
    return pack(">I", 8 + len(content)) + kind + content
