"""HEIC and AVIF by FFmpeg, which gives the tiles of a picture and leaves it to us to put them together.

After ISO/IEC 23008-12 (HEIF), 6.6.2.3 for grids, and ISO/IEC 14496-12 for the boxes. OpenCV reads AVIF, but
not everywhere, and no HEIC, which is what phones save.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError

from ..colour import BgrPainter, Picture
from ..frame import Size
from .decoded import PlaneReader

MOST_TILES = 1024
MOST = 128_000_000  # px, of the picture and of all of its tiles
Boxes = list[tuple[bytes, bytes]]  # kind and content


class Grid(NamedTuple):
    """A picture made of tiles of one size, row by row; what hangs over is cut off.

    tiles  the items' numbers, which are FFmpeg's for its streams, too
    """

    columns: int
    size: Size | None
    tiles: list[int]


def by_ffmpeg(packed: bytes) -> Picture | None:
    """(H, W, 3) BGR, upright; None for what cannot be read."""
    try:
        meta = Meta(packed)
        grid, turns = meta.grid(), meta.turns()
        if grid is None or not 0 < len(grid.tiles) <= MOST_TILES:
            return None
        tiles = decoded_tiles(packed, grid.tiles)
        picture = joined([tiles[number] for number in grid.tiles], grid)
    except (FFmpegError, IndexError, KeyError, ValueError):  # not what the standard says
        return None
    for kind, how in turns:
        picture = np.rot90(picture, how) if kind == b"irot" else picture[:, ::-1] if how else picture[::-1]
    return np.ascontiguousarray(picture)


def decoded_tiles(packed: bytes, numbers: list[int]) -> dict[int, Picture]:
    """By their numbers, BGR."""
    wanted, tiles, room = set(numbers), dict[int, Picture](), MOST
    container: InputContainer = av.open(io.BytesIO(packed), "r")
    with container:
        streams = [stream for stream in container.streams.video if stream.id in wanted]
        if not streams and len(wanted) == 1:  # FFmpeg numbers a picture of one piece in its own way
            streams = list(container.streams.video[:1])
        for stream in streams:
            room -= stream.width * stream.height
            stream.codec_context.thread_count = 1
            stream.codec_context.options = {"max_pixels": str(MOST)}
        if room < 0:
            return {}
        for packet in container.demux(*streams):
            for picture in packet.decode():
                assert isinstance(picture, av.VideoFrame)
                number = packet.stream.id if packet.stream.id in wanted else numbers[0]
                planes, colour = PlaneReader()(picture)
                tiles.setdefault(number, BgrPainter(planes.size)(planes, colour))
    return tiles


def joined(tiles: list[Picture], grid: Grid) -> Picture:
    """Side by side and below each other."""
    height, width, _ = tiles[0].shape
    if grid.size is None:
        return tiles[0]
    if grid.size.width * grid.size.height > MOST:
        raise ValueError("larger than its tiles")
    picture = np.zeros((grid.size.height, grid.size.width, 3), np.uint8)
    for number, tile in enumerate(tiles):
        y, x = number // grid.columns * height, number % grid.columns * width
        place = picture[y : y + height, x : x + width]
        place[:] = tile[: place.shape[0], : place.shape[1]]
    return picture


class Meta:
    """What the box `meta` says of the picture that is to be shown. Raises IndexError where it is cut off."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        meta = next(content for kind, content in boxes(packed) if kind == b"meta")
        self._boxes = dict(boxes(meta[4:]))
        self._primary = self._number(self._boxes[b"pitm"], 4, 2 + 2 * self._boxes[b"pitm"][0])[0]

    def grid(self) -> Grid | None:
        """Of the primary item; one piece is a grid of one."""
        kind = self._kinds().get(self._primary)
        if kind != b"grid":
            return Grid(1, None, [self._primary]) if kind in (b"hvc1", b"av01") else None
        said = self._content(self._primary)
        wide = 4 if said[1] & 1 else 2
        width, height = big(said[4 : 4 + wide]), big(said[4 + wide : 4 + 2 * wide])
        return Grid(said[3] + 1, Size(width, height), self._tiles()[: (said[2] + 1) * (said[3] + 1)])

    def turns(self) -> list[tuple[bytes, int]]:
        """`irot`, in quarter turns against the clock, and `imir`, 1 for left and right, in their order."""
        parts = dict(boxes(self._boxes[b"iprp"]))
        properties: Boxes = list(boxes(parts[b"ipco"]))
        mine = [properties[place - 1] for place in self._associated(parts[b"ipma"]) if place]
        return [(kind, content[0] & 3) for kind, content in mine if kind in (b"irot", b"imir")]

    def _kinds(self) -> dict[int, bytes]:
        """Of all items."""
        listed = self._boxes[b"iinf"]
        kinds: dict[int, bytes] = {}
        for _, entry in boxes(listed[6 if listed[0] == 0 else 8 :]):
            number, at = self._number(entry, 4, 4 if entry[0] == 3 else 2)
            kinds[number] = entry[at + 2 : at + 6]
        return kinds

    def _tiles(self) -> list[int]:
        """What the primary item is derived of."""
        references = self._boxes[b"iref"]
        wide = 4 if references[0] else 2
        for kind, entry in boxes(references[4:]):
            number, at = self._number(entry, 0, wide)
            if kind == b"dimg" and number == self._primary:
                count, at = self._number(entry, at, 2)
                return [big(entry[at + i * wide : at + (i + 1) * wide]) for i in range(count)]
        return []

    def _associated(self, entries: bytes) -> list[int]:
        """The places of the primary item's properties."""
        wide, long = 2 if entries[0] == 0 else 4, entries[3] & 1
        count, at = self._number(entries, 4, 4)
        for _ in range(count):
            number, at = self._number(entries, at, wide)
            width = 2 if long else 1
            places = [entries[at + 1 + i * width : at + 1 + (i + 1) * width] for i in range(entries[at])]
            if number == self._primary:
                return [big(place) & (0x7FFF if long else 0x7F) for place in places]
            at += 1 + len(places) * width
        return []

    def _content(self, item: int) -> bytes:
        """An item's first piece, which for a grid is all of it."""
        where = self._boxes[b"iloc"]
        version, sizes, more = where[0], where[4], where[5]
        offset_wide, length_wide, base_wide = sizes >> 4, sizes & 15, more >> 4
        index_wide = more & 15 if version else 0
        count, at = self._number(where, 6, 4 if version == 2 else 2)
        for _ in range(count):
            number, at = self._number(where, at, 4 if version == 2 else 2)
            method, at = self._number(where, at, 2) if version else (0, at)
            base, at = self._number(where, at + 2, base_wide)
            pieces, at = self._number(where, at, 2)
            offset, after = self._number(where, at + index_wide, offset_wide)
            length, _ = self._number(where, after, length_wide)
            if number == item:
                inside = self._boxes[b"idat"] if method & 15 == 1 else self._packed
                return inside[base + offset : base + offset + length]
            at += pieces * (index_wide + offset_wide + length_wide)
        raise IndexError(item)

    @staticmethod
    def _number(packed: bytes, at: int, wide: int) -> tuple[int, int]:
        """A number, and where it ends."""
        if at + wide > len(packed):
            raise IndexError(at)
        return big(packed[at : at + wide]), at + wide


def boxes(packed: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Those that lie side by side; 64-bit sizes too."""
    at = 0
    while at + 8 <= len(packed):
        size, kind, head = big(packed[at : at + 4]), packed[at + 4 : at + 8], 8
        if size == 1:
            size, head = big(packed[at + 8 : at + 16]), 16
        end = len(packed) if size == 0 else at + size
        if end < at + head:
            return
        yield kind, packed[at + head : end]
        at = end


def big(packed: bytes) -> int:
    return int.from_bytes(packed, "big")
