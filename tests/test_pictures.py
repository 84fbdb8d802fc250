"""Pictures: one reader for all who want one, whatever a file is called, holds, or claims."""

from __future__ import annotations

import os
import resource
import struct
import sys
import zlib
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from heic import heic

from softfocus.realtime.backdrops import place
from softfocus.realtime.backdrops.moving import Moving
from softfocus.realtime.backdrops.slideshow import Slideshow
from softfocus.realtime.backdrops.still import picture
from softfocus.realtime.colour import BgrPainter, Picture
from softfocus.realtime.compose.open import open_backdrop
from softfocus.realtime.errors import BadSetting, EndOfSource, UnreadableInput
from softfocus.realtime.frame import Frame, Size
from softfocus.realtime.inspection.cutout import read_frame
from softfocus.realtime.settings import RunSettings
from softfocus.realtime.sources import animation, heif
from softfocus.realtime.sources.animation import Animation
from softfocus.realtime.sources.dimensions import dimensions
from softfocus.realtime.sources.open import open_source
from softfocus.realtime.sources.picture import MOST, decoded, read_picture

CASES = Path(__file__).with_name("cases")
HD = Size(1280, 720)
BLOCKS = np.random.default_rng(0).integers(0, 255, (6, 8, 3), np.uint8).repeat(10, 0).repeat(10, 1)
# What is where after EXIF's numbers 1 to 8, by the standard's own words for the first row and column.
UPRIGHT = {
    1: BLOCKS,
    2: BLOCKS[:, ::-1],
    3: BLOCKS[::-1, ::-1],
    4: BLOCKS[::-1],
    5: BLOCKS.transpose(1, 0, 2),
    6: np.rot90(BLOCKS, -1),
    7: np.rot90(BLOCKS.transpose(1, 0, 2), 2),
    8: np.rot90(BLOCKS),
}


def packed(shown: Picture, kind: str = ".png") -> bytes:
    return cv2.imencode(kind, shown)[1].tobytes()


def chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG's."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def tagged(png: bytes, orientation: int) -> bytes:
    """With EXIF that says how to turn it."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    return png[:33] + chunk(b"eXIf", b"II*\0\x08\0\0\0\x01\0" + entry + bytes(4)) + png[33:]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("clear", [False, True], ids=["opaque", "with alpha"])
def test_pictures_come_upright_in_all_eight_ways(orientation: int, clear: bool) -> None:
    shown = np.dstack([BLOCKS, np.full(BLOCKS.shape[:2], 255, np.uint8)]) if clear else BLOCKS
    got = decoded(tagged(packed(shown), orientation))
    np.testing.assert_array_equal(got, UPRIGHT[orientation])


@pytest.mark.parametrize("kind", [".png", ".webp", ".tiff"])
def test_what_is_hidden_under_alpha_stays_hidden(kind: str) -> None:
    magenta = np.full((40, 60, 4), (255, 0, 255, 0), np.uint8)
    magenta[:, 30:] = (10, 200, 30, 255)
    magenta[:, 20:30, 3] = 128
    got = decoded(cv2.imencode(kind, magenta, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes())
    assert np.ptp(got[:, :20].reshape(-1)) == 0
    np.testing.assert_allclose(got[:, 20:30], np.broadcast_to((192, 64, 192), (40, 10, 3)), atol=1)
    np.testing.assert_allclose(got[:, 30:], np.broadcast_to((10, 200, 30), (40, 30, 3)), atol=1)


def test_sixteen_bits_palettes_and_grey_are_pictures_too() -> None:
    deep = decoded(packed(BLOCKS.astype(np.uint16) * 257))
    np.testing.assert_array_equal(deep, BLOCKS)
    assert decoded(packed(BLOCKS[..., 0])).shape == BLOCKS.shape


def test_a_picture_of_tiles_is_put_together() -> None:
    """1024x768 of four tiles: by OpenCV, and the same by FFmpeg, as for HEIC, which OpenCV does not read."""
    whole = read_picture(CASES / "grid.avif")
    assert whole.shape == (768, 1024, 3)
    again = heif.by_ffmpeg((CASES / "grid.avif").read_bytes())
    assert again is not None
    assert np.abs(whole.astype(int) - again).mean() < 1


def test_a_phones_heic_is_read() -> None:
    """Four HEVC tiles that overhang, to be turned by a quarter; made of the AVIF's boxes."""
    got = decoded(heic(BLOCKS, turns=3))
    assert got.shape == (BLOCKS.shape[1], BLOCKS.shape[0], 3)
    assert np.abs(got.astype(int) - np.rot90(BLOCKS, 3)).mean() < 12


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no such names")
def test_a_name_that_is_not_utf8_is_a_name(tmp_path: Path) -> None:
    """For every one who reads pictures."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    folder.mkdir()
    path = folder / os.fsdecode(b"br\xfcck.png")
    path.write_bytes(packed(BLOCKS))
    np.testing.assert_array_equal(read_picture(path), BLOCKS)
    np.testing.assert_array_equal(read_frame(str(path), 0), BLOCKS)
    assert open_source(str(path)).size == Size(80, 60)
    open_backdrop(RunSettings(background=path), HD)
    Slideshow(folder, HD, place.USUAL)
    assert picture(path, HD).shape == (720, 1280, 3)
    path.write_text("a poem")
    with pytest.raises(BadSetting, match="no picture that can be read"):
        open_backdrop(RunSettings(background=path), HD)


def test_a_thin_picture_is_cut_before_it_is_enlarged(tmp_path: Path) -> None:
    """12.6 GB were asked for."""
    path = tmp_path / "thin.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (2560, 1, 3), np.uint8))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for position in place.ANCHORS:
        assert picture(path, HD, place.Placing("fill", position)).shape == (720, 1280, 3)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


@pytest.mark.parametrize("position", place.ANCHORS)
def test_cut_first_or_last_is_the_same_picture(
    position: place.Position, monkeypatch: pytest.MonkeyPatch
) -> None:
    tall, how = cv2.resize(BLOCKS, (40, 240)), place.Placing("fill", position)
    first = place.placed(tall, (640, 360), how)
    monkeypatch.setattr(place, "WASTEFUL", np.inf)
    last = place.placed(tall, (640, 360), how)
    assert np.abs(first.astype(int) - last).max() <= 1


@pytest.mark.parametrize("kind", ["png", "bmp", "tiff", "gif", "webp", "jpg", "heic"])
def test_a_header_cannot_ask_for_more_than_the_bound(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"bomb.{kind if kind != 'gif' else 'png'}"
    path.write_bytes(bomb(kind))
    size = dimensions(path.read_bytes())
    assert size
    assert size.width * size.height > MOST
    with pytest.raises(UnreadableInput, match="is too large, 128 million pixels are read at most"):
        read_picture(path)


def bomb(kind: str) -> bytes:
    """Claims 20000x20000, or as much as its format can; the rest is missing."""
    side = 20000
    match kind:
        case "png":
            return packed(BLOCKS)[:8] + chunk(b"IHDR", struct.pack(">II5B", side, side, 8, 2, 0, 0, 0))
        case "bmp":
            return b"BM" + bytes(12) + struct.pack("<IiiHH", 40, side, -side, 1, 24) + bytes(24)
        case "tiff":
            entries = (struct.pack("<HHII", tag, 4, 1, side) for tag in (256, 257))
            return b"II*\0\x08\0\0\0\x02\0" + b"".join(entries) + bytes(4)
        case "gif":
            return b"GIF89a" + struct.pack("<HH", side, side) + bytes(20)
        case "webp":
            return b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + (16383).to_bytes(3, "little") * 2
        case "jpg":
            return b"\xff\xd8\xff\xc0\0\x11\x08" + struct.pack(">HH", side, side) + bytes(20)
        case _:
            return b"\0\0\0\x18ftypheic" + bytes(12) + b"ispe" + struct.pack(">III", 0, side, side)


def frames(source: Animation) -> list[Frame]:
    found: list[Frame] = []
    try:
        while frame := source.read(0.0):
            found.append(frame)
    except EndOfSource:
        return found
    return found


def moving(path: Path) -> Path:
    """Four frames, of which the second stays twice as long."""
    opaque = np.dstack([BLOCKS, np.full((60, 80, 1), 255, np.uint8)])
    film = cv2.Animation()
    film.frames = [np.roll(opaque, 10 * i, 1) for i in range(4)]
    film.durations = [100, 200, 100, 100]
    cv2.imwriteanimation(str(path), film)
    return path


@pytest.mark.parametrize("kind", [".webp", ".avif", ".png"])
def test_animated_pictures_move(kind: str, tmp_path: Path) -> None:
    source = open_source(str(moving(tmp_path / f"moves{kind}")))
    assert isinstance(source, Animation)
    assert source.size == Size(80, 60)
    found = frames(source)
    assert len(found) == 4
    if kind == ".webp":
        assert [frame.captured_at for frame in found] == [0, 100_000_000, 300_000_000, 400_000_000]
    for i, frame in enumerate(found):
        shown = BgrPainter(frame.size)(frame.planes, frame.colour).astype(int)
        assert np.median(np.abs(shown - np.roll(BLOCKS, 10 * i, 1))) < 12


def test_a_moving_background_is_a_film_and_goes_round(tmp_path: Path) -> None:
    path = moving(tmp_path / "moves.webp")
    source = open_source(str(path), paced=True)
    first, *_, fifth = (source.read(1.0) for _ in range(5))
    assert first
    assert fifth
    np.testing.assert_array_equal(first.planes.y, fifth.planes.y)
    assert fifth.captured_at - first.captured_at == 500_000_000
    source.close()
    backdrop = open_backdrop(RunSettings(background=path), HD)
    assert isinstance(backdrop, Moving)
    backdrop.close()


def test_a_long_animation_is_cut_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(animation, "MOST", 2 * 80 * 60)
    assert len(frames(Animation(moving(tmp_path / "moves.webp")))) == 2
    assert "the first 2 are shown" in caplog.text


@pytest.mark.parametrize("part", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("kind", [".webp", ".avif", ".png", ".heic"])
def test_cut_off_pictures_are_refused_in_one_line_or_shown(kind: str, part: float, tmp_path: Path) -> None:
    path = tmp_path / f"cut{kind}"
    whole = heic(BLOCKS) if kind == ".heic" else moving(path).read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    with suppress(UnreadableInput):
        assert open_source(str(path)).read(0.0)
