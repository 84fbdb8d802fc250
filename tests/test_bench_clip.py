"""The clip that everybody is measured with."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from softfocus.bench.clip import clip_file
from softfocus.bench.feeds import Held, Webcam
from softfocus.realtime.colour import to_rgb
from softfocus.realtime.errors import UnreadableInput
from softfocus.realtime.frame import Range, Size
from softfocus.realtime.sources.demo import Demo

SMALL = Size(320, 180)


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(video=0) if packet.size]


def test_a_clip_is_as_a_webcam_would_send_it(tmp_path: Path) -> None:
    with av.open(str(clip_file("demo", SMALL, "mjpeg", tmp_path))) as file:
        own = file.streams.video[0].codec_context
        assert (own.name, own.pix_fmt, own.width, own.height) == ("mjpeg", "yuvj422p", *SMALL)
    with av.open(str(clip_file("demo", SMALL, "yuyv", tmp_path))) as file:
        assert file.streams.video[0].codec_context.pix_fmt == "yuyv422"


def test_it_comes_back_the_way_it_went_so_that_a_loop_has_no_jump(tmp_path: Path) -> None:
    content = packets(clip_file("demo", SMALL, "mjpeg", tmp_path))
    assert len(content) > 100
    assert content[1:] == content[:0:-1]
    assert content[0] != content[len(content) // 2]


def test_it_is_rendered_once(tmp_path: Path) -> None:
    path = clip_file("demo", SMALL, "mjpeg", tmp_path)
    before = path.stat().st_mtime_ns
    assert clip_file("demo", SMALL, "mjpeg", tmp_path) == path
    assert path.stat().st_mtime_ns == before


def test_an_input_without_frames_leaves_nothing_behind(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    with pytest.raises(UnreadableInput):
        clip_file(str(broken), SMALL, "mjpeg", tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_a_camera_is_no_clip(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="only files, demo and still"):
        clip_file("0", SMALL, "mjpeg", tmp_path)


@pytest.mark.parametrize(("packing", "code"), [("mjpeg", Range.FULL), ("yuyv", Range.LIMITED)])
def test_colours_survive_packing(tmp_path: Path, packing: str, code: Range) -> None:
    assert packing in ("mjpeg", "yuyv")
    frame = Webcam(str(clip_file("demo", SMALL, packing, tmp_path))).read()
    original = Demo(SMALL).read(1.0)
    assert original is not None
    assert frame.colour.range is code
    seen, wanted = (to_rgb(each.planes, each.colour).mean(axis=(0, 1)) for each in (frame, original))
    np.testing.assert_allclose(seen, wanted, atol=3)


def test_held_frames_are_the_webcams_own_and_their_numbers_go_on(tmp_path: Path) -> None:
    path = str(clip_file("demo", SMALL, "mjpeg", tmp_path))
    held, webcam = Held(Webcam(path), first=0), Webcam(path)
    for index in range(3):
        one, other = held.read(), webcam.read()
        assert one.index == other.index == index
        assert one.captured_at == other.captured_at
        np.testing.assert_array_equal(one.planes.y, other.planes.y)


def test_nobody_moves_in_the_still_clip_but_its_noise_does(tmp_path: Path) -> None:
    feed = Webcam(str(clip_file("still", SMALL, "mjpeg", tmp_path)))
    first, *later = [feed.read().planes.y.copy() for _ in range(5)]
    for luma in later:
        assert cv2.absdiff(first, luma).any()
        assert cv2.absdiff(cv2.blur(first, (15, 15)), cv2.blur(luma, (15, 15))).max() < 4
