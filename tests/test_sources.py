"""Recordings, pictures and the built-in clip give the frames they hold, and say what is wrong with them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from softfocus.realtime.colour import BgrPainter, from_rgb, to_rgb
from softfocus.realtime.errors import DamagedInput, EndOfSource, UnreadableInput
from softfocus.realtime.frame import Colour, Frame, Matrix, Range, Size
from softfocus.realtime.sources.demo import Demo
from softfocus.realtime.sources.file import VideoFile
from softfocus.realtime.sources.lending import Lender
from softfocus.realtime.sources.open import open_source
from softfocus.realtime.sources.source import Source
from softfocus.realtime.sources.still import Still

ORANGE = (230, 120, 40)
SMALL = Size(64, 48)


def record(
    path: Path,
    *,
    size: Size = SMALL,
    codec: str = "ffv1",
    format: str = "yuv420p",
    count: int = 10,
    tags: tuple[int, int] = (0, 2),  # AVColorRange, AVColorSpace: untagged
    rgb: tuple[int, int, int] = ORANGE,
) -> Path:
    """A clip of one colour, that brightens from left to right by luma or not at all, 25 frames a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = size.width, size.height, format
        stream.codec_context.color_range, stream.codec_context.colorspace = tags
        stream.codec_context.time_base = Fraction(1, 25)
        for i in range(count):
            picture = np.full((size.height, size.width, 3), rgb, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            matrix = 1 if tags[1] == 1 else 5
            frame = frame.reformat(format=format, dst_colorspace=matrix, dst_color_range=tags[0] or 1)
            frame.pts = i
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def stream_of(source: Source) -> Iterator[Frame]:
    try:
        while True:
            if frame := source.read(timeout=1.0):
                yield frame
    except EndOfSource:
        return


def frames(source: Source) -> list[Frame]:
    return list(stream_of(source))


def painted(frame: Frame) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """(H, W, 3) RGB."""
    return BgrPainter(frame.size)(frame.planes, frame.colour)[..., ::-1]


def test_every_frame_of_a_file_comes_once_with_its_time(tmp_path: Path) -> None:
    source = VideoFile(str(record(tmp_path / "clip.mkv")))
    found = frames(source)
    assert [frame.index for frame in found] == list(range(10))
    assert [frame.captured_at for frame in found] == [i * 40_000_000 for i in range(10)]
    assert source.rate == 25
    assert source.size == Size(64, 48)


@pytest.mark.parametrize(
    ("codec", "format", "tags", "colour"),
    [
        ("ffv1", "yuv420p", (0, 2), Colour(Range.LIMITED, Matrix.BT601)),
        ("ffv1", "yuv420p", (1, 1), Colour(Range.LIMITED, Matrix.BT709)),
        ("ffv1", "yuv422p", (1, 5), Colour(Range.LIMITED, Matrix.BT601)),
        ("ffv1", "yuv444p", (2, 1), Colour(Range.FULL, Matrix.BT709)),
        ("ffv1", "bgr0", (0, 2), Colour(Range.LIMITED, Matrix.BT601)),
        ("ffv1", "yuv420p10le", (1, 1), Colour(Range.LIMITED, Matrix.BT709)),
        ("mjpeg", "yuvj420p", (2, 5), Colour(Range.FULL, Matrix.BT601)),
        ("mjpeg", "yuvj422p", (2, 5), Colour(Range.FULL, Matrix.BT601)),
    ],
)
def test_colours_survive_every_format(
    tmp_path: Path, codec: str, format: str, tags: tuple[int, int], colour: Colour
) -> None:
    clip = record(tmp_path / "clip.mkv", codec=codec, format=format, tags=tags)
    frame = frames(VideoFile(str(clip)))[3]
    assert frame.colour == colour
    assert frame.planes.u.shape == frame.planes.v.shape == (24, 32)
    np.testing.assert_allclose(painted(frame), np.broadcast_to(ORANGE, (48, 64, 3)), atol=5)


def test_odd_sizes_lose_their_last_row_and_column(tmp_path: Path) -> None:
    clip = record(tmp_path / "clip.mkv", size=Size(65, 49))
    source = VideoFile(str(clip))
    assert source.size == Size(64, 48)
    np.testing.assert_allclose(painted(frames(source)[0]), np.broadcast_to(ORANGE, (48, 64, 3)), atol=5)


def test_files_are_scaled_when_asked(tmp_path: Path) -> None:
    source = VideoFile(str(record(tmp_path / "clip.mkv")), size=Size(32, 32))
    assert {frame.size for frame in frames(source)} == {source.size} == {Size(32, 32)}


def test_phone_clips_come_upright(tmp_path: Path) -> None:
    """A quarter turn clockwise in the track header: what was left is now on top."""
    clip = tmp_path / "clip.mp4"
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        picture = np.zeros((48, 64, 3), np.uint8)
        picture[:, :32] = 255
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))
    upright = np.array([1, 0, 0, 0, 1, 0, 0, 0, 1 << 14], ">i4") << ([16] * 8 + [16])
    clockwise = np.array([0, 1, 0, -1, 0, 0, 0, 0, 1 << 14], ">i4") << ([16] * 8 + [16])
    packed = clip.read_bytes()
    track = packed.index(b"tkhd")
    old, new = upright.astype(">i4").tobytes(), clockwise.astype(">i4").tobytes()
    assert old in packed[track:]
    clip.write_bytes(packed[:track] + packed[track:].replace(old, new, 1))
    source = VideoFile(str(clip))
    assert source.size == Size(48, 64)
    luma = frames(source)[0].planes.y
    assert luma[:28].min() > 200
    assert luma[36:].max() < 40


def test_a_file_that_loops_goes_on_in_time(tmp_path: Path) -> None:
    source = VideoFile(str(record(tmp_path / "clip.mkv", count=3)), loop=True)
    found = [source.read(1.0) for _ in range(7)]
    assert [frame.captured_at // 40_000_000 for frame in found if frame] == list(range(7))
    assert [frame.index for frame in found if frame] == list(range(7))


def test_frames_outlive_their_source(tmp_path: Path) -> None:
    source = VideoFile(str(record(tmp_path / "clip.mkv", codec="mjpeg", format="yuvj422p", tags=(2, 5))))
    frame = source.read(1.0)
    source.close()
    source.close()
    assert frame
    np.testing.assert_allclose(painted(frame), np.broadcast_to(ORANGE, (48, 64, 3)), atol=5)
    with pytest.raises(EndOfSource):
        source.read(1.0)


@pytest.mark.parametrize("name", ["clip.mkv", "clip.mp4", "clip.avi"])
def test_a_truncated_file_gives_what_it_has_and_then_says_so(tmp_path: Path, name: str) -> None:
    clip = tmp_path / name
    with av.open(str(clip), "w", options={"movflags": "faststart"} if name.endswith("mp4") else {}) as out:
        stream = out.add_stream("mpeg4", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        rng = np.random.default_rng(0)
        for _ in range(50):
            noise = rng.integers(0, 255, (48, 64, 3), np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(noise, "rgb24")))
        out.mux(stream.encode(None))
    packed = clip.read_bytes()
    clip.write_bytes(packed[: len(packed) // 2])
    source, found = VideoFile(str(clip)), []
    with pytest.raises(UnreadableInput, match=r"(truncated|damaged) after frame \d+"):
        found.extend(stream_of(source))
    assert 15 <= len(found) <= 30


def test_what_is_no_video_is_refused_when_opened(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a video, but a poem\n" * 50)
    (tmp_path / "folder.mp4").mkdir()
    with av.open(str(tmp_path / "sound.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
    reasons = {
        "missing.mp4": "no such file",
        "empty.mp4": "invalid data",
        "text.mp4": "invalid data",
        "folder.mp4": "is a directory",
        "sound.wav": "there is no video in it",
    }
    for name, why in reasons.items():
        with pytest.raises(UnreadableInput, match=why) as caught:
            VideoFile(str(tmp_path / name))
        assert "\n" not in str(caught.value)


def test_a_paced_file_behaves_like_a_camera(tmp_path: Path) -> None:
    source = open_source(str(record(tmp_path / "clip.mkv", count=3)), paced=True)
    assert source.live
    start = time.monotonic_ns()
    found = [source.read(1.0) for _ in range(5)]
    times = [frame.captured_at for frame in found if frame]
    assert np.diff(times).tolist() == [40_000_000] * 4
    assert start <= times[0]
    assert times[-1] <= time.monotonic_ns()
    assert source.read(timeout=0.0) is None
    source.close()


def test_a_picture_is_a_source(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), np.full((49, 64, 3), ORANGE[::-1], np.uint8))
    source = Still(path, rate=10, frames=3)
    found = frames(source)
    assert [frame.seconds for frame in found] == pytest.approx([0, 0.1, 0.2])
    assert source.size == Size(64, 48)
    np.testing.assert_allclose(painted(found[0]), np.broadcast_to(ORANGE, (48, 64, 3)), atol=3)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.jpg").write_text("a poem")
    for name, why in {
        "empty.png": "not a picture",
        "text.jpg": "not a picture",
        "none.png": "no such",
    }.items():
        with pytest.raises(UnreadableInput, match=why):
            open_source(str(tmp_path / name))


def test_the_demo_is_the_same_each_time_and_moves() -> None:
    first, second = Demo(Size(320, 180), frames=4), Demo(Size(320, 180), frames=4)
    ours, theirs = frames(first), frames(second)
    assert len(ours) == 4
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a.planes.y, b.planes.y)
    assert np.any(ours[0].planes.y != ours[3].planes.y)


def test_the_demo_shows_an_orange_suit_before_a_bright_wall() -> None:
    for frame in frames(Demo(Size(320, 180), frames=150))[::30]:
        rgb = painted(frame).astype(int)
        red, green, blue = rgb[165:, 70:90].mean(axis=(0, 1))
        assert red > green + 60 > blue + 60
        wall = rgb[20:60, 205:220]
        assert wall.min() > 100
        assert np.ptp(wall.mean(axis=(0, 1))) < 30


def test_a_lent_buffer_comes_back_when_nobody_sees_it_any_more() -> None:
    lend = Lender(Size(8, 4))
    planes = lend()
    chroma = planes.u
    address = planes.y.ctypes.data
    del planes
    assert lend().y.ctypes.data != address
    del chroma
    lend(), lend()
    assert lend.made == 2


def test_reading_on_makes_no_more_buffers() -> None:
    source = Demo(Size(320, 180), frames=50)
    for _ in range(50):
        frame = source.read(1.0)
        assert frame
    assert source._lend.made <= 2


def test_names_open_what_they_mean(tmp_path: Path) -> None:
    assert open_source("demo").name == "demo"
    clip = record(tmp_path / "clip.mkv")
    assert isinstance(open_source(str(clip)), VideoFile)


@pytest.mark.shared
def test_real_clips_open_with_their_size_rate_and_count(shared: Path) -> None:
    clips = shared / "data" / "video_plain"
    source = open_source(str(clips / "pyfeat_single_face_webcam.mp4"))
    assert source.size == Size(640, 360)
    assert source.rate == pytest.approx(30)
    assert len(frames(source)) == 72
    tagged = open_source(str(clips / "sam2_coffee_hands.mp4")).read(1.0)
    assert tagged
    assert tagged.colour == Colour(Range.LIMITED, Matrix.BT709)


def test_the_model_and_the_screen_see_the_same_picture() -> None:
    picture = np.full((4, 4, 3), ORANGE, np.uint8)
    planes = from_rgb(picture, Colour()).planes
    np.testing.assert_allclose(to_rgb(planes, Colour()), picture, atol=3)


@pytest.mark.parametrize("name", ["clip.mkv", "clip.mp4", "clip.avi"])
def test_broken_bytes_end_a_file_in_words_and_never_otherwise(tmp_path: Path, name: str) -> None:
    clip = record(tmp_path / name, codec="mpeg4", count=25)
    whole, rng = clip.read_bytes(), np.random.default_rng(0)
    for _ in range(60):
        broken = np.frombuffer(whole, np.uint8).copy()
        places = rng.integers(0, rng.choice([600, broken.size]), size=20)
        broken[places] = rng.integers(0, 256, 20)
        clip.write_bytes(broken.tobytes())
        try:
            source = VideoFile(str(clip))
            for _ in range(200):  # a broken file may claim to be long
                source.read(1.0)
        except (EndOfSource, UnreadableInput):
            continue


@pytest.mark.parametrize("sent", [0, 20_000], ids=["nothing", "half a film"])
def test_a_url_that_stalls_is_said_to_have_stalled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: int
) -> None:
    rng = np.random.default_rng(0)
    clip_path = record(tmp_path / "clip.mkv", codec="mjpeg", format="yuvj420p", count=200)
    packed = clip_path.read_bytes() + bytes(rng.integers(0, 256, 100, np.uint8))
    monkeypatch.setattr("softfocus.realtime.sources.clip.TIMEOUTS", (1.0, 1.0))
    with socket.create_server(("127.0.0.1", 0)) as server:
        halt = threading.Event()

        def serve() -> None:
            with server.accept()[0] as peer:
                peer.recv(4096)
                if sent:
                    peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 9000000\r\n\r\n" + packed[:sent])
                halt.wait(20)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.getsockname()[1]}/film.mkv"
            with pytest.raises((UnreadableInput, DamagedInput), match="it stalled: nothing came for"):
                frames(VideoFile(url))
        finally:
            halt.set()
            thread.join()
