"""Webcams' JPEG by our own decoder: the same picture as FFmpeg's, and nothing that is not surely right."""

from __future__ import annotations

import os
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from softfocus.realtime.frame import Colour, Matrix, Plane, Planes, Range, Size
from softfocus.realtime.sources import demo
from softfocus.realtime.sources.decoded import PlaneReader, jpeg_decoder
from softfocus.realtime.sources.jpeg.decoder import Decoder, forms
from softfocus.realtime.sources.unpack import Jpeg

FORMS = forms()
SIZE = Size(322, 182)  # neither side a multiple of 16
SAMPLINGS = {"4:2:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, "4:2:2": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422}
DHT, COM, APP14, SOS = 0xC4, 0xFE, 0xEE, 0xDA

compiled = pytest.mark.skipif(not FORMS, reason="it was not compiled here, or the processor has no AVX2")


def test_what_ci_tests_is_compiled() -> None:
    if os.environ.get("CI") == "true":
        assert "avx2" in FORMS
    assert all(isinstance(form, str) for form in FORMS)


def portrait(size: Size) -> Plane:
    """BGR."""
    photo = cv2.imread(str(Path(demo.__file__).with_name("astronaut.jpg")))
    assert photo is not None
    return np.asarray(cv2.resize(photo, size), np.uint8)


def packed(picture: Plane, quality: int = 90, sampling: str = "4:2:2", **also: int) -> Plane:
    """By libjpeg; `also` names more of OpenCV's IMWRITE_JPEG_ options."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, SAMPLINGS[sampling]]
    for name, value in also.items():
        options += [getattr(cv2, f"IMWRITE_JPEG_{name}"), value]
    return np.asarray(cv2.imencode(".jpg", picture, options)[1], np.uint8).reshape(-1)


def by_ffmpeg(content: Plane) -> Planes:
    (picture,) = jpeg_decoder().decode(av.Packet(content.tobytes()))
    planes, colour = PlaneReader()(picture)
    assert colour == Colour(Range.FULL, Matrix.BT601)
    return planes


def apart(one: Planes | None, other: Planes) -> int:
    """The largest difference, in code values."""
    assert one
    assert [plane.shape for plane in one] == [plane.shape for plane in other]
    return max(int(cv2.absdiff(a, b).max()) for a, b in zip(one, other, strict=True))


def segments(content: Plane) -> list[tuple[int, int, int]]:
    """Marker, begin and end of all that stands before the codes."""
    found, at = [], 2
    while not found or found[-1][0] != SOS:
        end = at + 2 + int(content[at + 2]) * 256 + int(content[at + 3])
        found.append((int(content[at + 1]), at, end))
        at = end
    return found


def with_segment(content: Plane, marker: int, said: bytes) -> Plane:
    header = bytes([0xFF, marker, 0, len(said) + 2])
    return np.frombuffer(content[:2].tobytes() + header + said + content[2:].tobytes(), np.uint8)


@compiled
@pytest.mark.parametrize("form", range(len(FORMS)))
@pytest.mark.parametrize("size", [SIZE, Size(1280, 720), Size(16, 16), Size(639, 361), Size(2, 2)])
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_it_is_ffmpegs_picture_but_for_rounding(sampling: str, size: Size, form: int) -> None:
    """Quality 98 has blocks with all their coefficients, 20 such with hardly any."""
    for quality in (20, 75, 98):
        content = packed(portrait(size), quality, sampling)
        assert apart(Decoder(size, form)(content), by_ffmpeg(content)) <= 1


@compiled
def test_every_form_gives_the_same_bytes() -> None:
    content = packed(portrait(SIZE), 95)
    pictures = [Decoder(SIZE, form)(content) for form in range(len(FORMS))]
    assert pictures[0]
    assert all(apart(picture, pictures[0]) == 0 for picture in pictures)


@compiled
def test_tables_of_its_own_and_restarts_make_no_difference() -> None:
    """One decoder, so tables change from picture to picture."""
    decode, plain = Decoder(SIZE), packed(portrait(SIZE))
    known = decode(plain)
    assert known
    for also in ({"OPTIMIZE": 1}, {"RST_INTERVAL": 3}, {"OPTIMIZE": 1, "RST_INTERVAL": 1}, {}):
        assert apart(decode(packed(portrait(SIZE), **also)), known) == 0


@compiled
def test_webcams_may_leave_out_the_tables_that_all_know() -> None:
    content = packed(portrait(SIZE))
    keep = np.ones(content.size, bool)
    for marker, begin, end in segments(content):
        if marker == DHT:
            keep[begin:end] = False
    assert np.count_nonzero(keep) < content.size
    whole = Decoder(SIZE)(content)
    assert whole
    assert apart(Decoder(SIZE)(content[keep]), whole) == 0


@compiled
def test_noise_with_every_coefficient_is_right_too() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (SIZE.height, SIZE.width, 3), np.uint8)
    content = packed(noise, 99, "4:2:0")
    assert apart(Decoder(SIZE)(content), by_ffmpeg(content)) <= 1


@compiled
def test_a_picture_stays_as_it_is_while_others_are_decoded() -> None:
    decode = Decoder(SIZE)
    first = decode(packed(portrait(SIZE)))
    assert first
    before = [plane.copy() for plane in first]
    for quality in (20, 50, 70):
        assert decode(packed(portrait(SIZE), quality))
    assert all(np.array_equal(plane, was) for plane, was in zip(first, before, strict=True))


@compiled
def test_what_is_unusual_is_left_to_ffmpeg() -> None:
    picture = portrait(SIZE)
    usual = packed(picture)
    tall = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    unusual = {
        "4:4:4": np.asarray(cv2.imencode(".jpg", picture, tall)[1], np.uint8).reshape(-1),
        "gray": np.asarray(cv2.imencode(".jpg", picture[..., 0])[1], np.uint8).reshape(-1),
        "progressive": packed(picture, PROGRESSIVE=1),
        "limited range": with_segment(usual, COM, b"CS=ITU601"),
        "of Adobe's": with_segment(usual, APP14, b"Adobe" + bytes(7)),
        "another size": packed(portrait(Size(320, 180))),
    }
    decode = Decoder(SIZE)
    assert {name: decode(content) is None for name, content in unusual.items()} == dict.fromkeys(
        unusual, True
    )
    assert decode(with_segment(usual, COM, b"made by a webcam"))
    size = Size(320, 180)
    read = Jpeg(size)(unusual["another size"])
    assert read
    grey = Jpeg(SIZE)(unusual["4:4:4"])
    assert grey
    assert grey[0].size == SIZE


@compiled
@pytest.mark.parametrize("also", [{}, {"RST_INTERVAL": 4}])
def test_what_ends_too_early_or_goes_on_too_long_is_not_taken_for_right(also: dict[str, int]) -> None:
    content = packed(portrait(SIZE), **also)
    codes = segments(content)[-1][2]
    end = np.array([0xFF, 0xD9], np.uint8)
    decode = Decoder(SIZE)
    for part in (0.1, 0.5, 0.9, 0.99):
        cut = content[: codes + int((content.size - codes) * part)]
        assert decode(cut) is None
        assert decode(np.concatenate([cut[:-1], end])) is None, "with an end mark behind it"
    longer = np.concatenate([content[:-2], np.zeros(40, np.uint8), end])
    assert decode(longer) is None
    assert decode(content[:0]) is None
    assert decode(content)


@compiled
def test_a_webcam_that_ends_its_pictures_in_its_own_way_is_read_all_the_same() -> None:
    content = packed(portrait(SIZE))
    no_end = content[:-2]
    decode, read = Decoder(SIZE), Jpeg(SIZE)
    assert decode(no_end) is None
    for _ in range(20):
        unpacked = read(no_end)
        assert unpacked
        assert apart(unpacked[0], by_ffmpeg(content)) == 0


@compiled
def test_any_bytes_are_survived_and_the_next_picture_is_right() -> None:
    """Each byte of the headers in turn, and bytes anywhere; what comes out may be wrong."""
    content, random = packed(portrait(SIZE), 60), np.random.default_rng(0)
    decode = Decoder(SIZE)
    known = decode(content)
    assert known
    refused = 0
    for at in [*range(segments(content)[-1][2]), *random.integers(0, content.size, 400)]:
        damaged = content.copy()
        damaged[at] ^= np.uint8(random.integers(1, 256))
        planes = decode(damaged)
        refused += planes is None
        assert planes is None or planes.size == SIZE
    assert refused > 100
    assert apart(decode(content), known) == 0


def test_what_is_checked_is_what_is_used_also_where_the_sender_writes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither decoder sees the memory that the picture came in."""
    seen: list[Plane] = []
    content = packed(portrait(SIZE))
    unpack = Jpeg(SIZE)

    def looking(given: Plane) -> None:
        seen.append(given)
        content[:] = 0  # as a sender of v4l2loopback might, just now

    monkeypatch.setattr(unpack, "_decode", looking)
    before = content.copy()
    assert unpack(content)
    np.testing.assert_array_equal(seen[0], before)
