"""What cameras offer, and what they put into their buffers."""

from __future__ import annotations

import sys

import av
import numpy as np
import pytest
from bars import RGB, bars, middles, yuv

from softfocus.realtime.errors import CameraFailed, CameraLacks, NoSuchCamera
from softfocus.realtime.frame import Colour, Matrix, Plane, Planes, Range, Size
from softfocus.realtime.sources.open import is_camera
from softfocus.realtime.sources.webcam import Mode, choose

if not sys.platform.startswith("linux"):
    pytest.skip("Video4Linux is Linux's", allow_module_level=True)

from softfocus.realtime.sources import unpack, v4l2, v4l2_camera

HD, VGA, SMALL = Size(1280, 720), Size(640, 480), Size(640, 360)
USB_WEBCAM = [
    Mode("YUYV", VGA, (30.0,)),
    Mode("YUYV", HD, (10.0,)),
    Mode("MJPG", VGA, (30.0,)),
    Mode("MJPG", HD, (30.0,)),
    Mode("MJPG", Size(1920, 1080), (30.0,)),
]


def test_the_usual_size_comes_compressed_where_raw_pictures_would_crawl() -> None:
    assert choose("cam", USB_WEBCAM, None, 30)[:2] == ("MJPG", HD)


def test_raw_pictures_are_taken_where_they_are_fast_enough() -> None:
    assert choose("cam", USB_WEBCAM, VGA, 30)[:2] == ("YUYV", VGA)
    assert choose("cam", USB_WEBCAM, HD, 10)[:2] == ("YUYV", HD)


def test_a_smooth_smaller_picture_beats_a_crawling_larger_one() -> None:
    raw_only = [mode for mode in USB_WEBCAM if mode.layout == "YUYV"]
    assert choose("cam", raw_only, None, 30).size == VGA


def test_a_size_that_was_asked_for_is_kept_even_when_it_crawls() -> None:
    raw_only = [mode for mode in USB_WEBCAM if mode.layout == "YUYV"]
    assert choose("cam", raw_only, HD, 30).size == HD


def test_a_size_the_camera_lacks_is_answered_with_those_it_has() -> None:
    with pytest.raises(CameraLacks, match=r"cam has no 800x600; .*640x480, 1280x720, 1920x1080$"):
        choose("cam", USB_WEBCAM, Size(800, 600), 30)


def test_a_camera_without_a_layout_we_read_says_what_it_has() -> None:
    with pytest.raises(CameraFailed, match="it offers GREY, Z16 , and we read YU12"):
        choose("depth", [Mode("GREY", VGA, ()), Mode("Z16 ", VGA, ())], None, 30)


def test_a_driver_that_names_no_rates_is_trusted() -> None:
    assert choose("cam", [Mode("YUYV", HD, ()), Mode("YUYV", VGA, (30.0,))], None, 30).size == HD


@pytest.mark.parametrize("name", ["0", "video2", "/dev/video0", "HD Webcam", "Cam@usb-0000:00:14.0-8"])
def test_cameras_are_told_from_files(name: str) -> None:
    assert is_camera(name)


@pytest.mark.parametrize("name", ["clip.mp4", "./0", "demo/talk", "http://host/0", "rtsp://cam", "a.3gp"])
def test_files_and_urls_are_told_from_cameras(name: str) -> None:
    assert not is_camera(name)


@pytest.mark.parametrize("name", ["987", "/dev/video987", "/dev/null", "no such name"])
def test_what_is_no_camera_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(NoSuchCamera, match=r"no camera .*(there are|plug one in)") as caught:
        v4l2_camera.V4L2Camera(v4l2_camera.find(name))
    assert "\n" not in str(caught.value)


def buffer(layout: str, planes: Planes, padding: int) -> tuple[Plane, object]:
    """The planes as a driver lays them out, each row followed by `padding` bytes, and its description."""
    width, height = planes.size
    y, (u, v) = planes.y, (np.repeat(plane, 2, axis=0) for plane in planes[1:])
    match layout:
        case "YUYV":
            rows = np.stack([y[:, ::2], u, y[:, 1::2], v], axis=2).reshape(height, 2 * width)
        case "UYVY":
            rows = np.stack([u, y[:, ::2], v, y[:, 1::2]], axis=2).reshape(height, 2 * width)
        case "NV12":
            rows = np.vstack([y, np.stack(planes[1:], axis=2).reshape(height // 2, width)])
        case _:
            rows = y
    pitch = rows.shape[1] + padding
    content = np.pad(rows, ((0, 0), (0, padding)), constant_values=77)
    if layout == "YU12":
        chroma = [np.pad(plane, ((0, 0), (0, padding // 2)), constant_values=77) for plane in planes[1:]]
        content = np.concatenate([content.ravel(), *(plane.ravel() for plane in chroma)])
    return content.ravel(), v4l2.PixelFormat(
        width=width, height=height, fourcc=layout.encode(), pitch=pitch, colorspace=8
    )


@pytest.mark.parametrize("padding", [0, 32])
@pytest.mark.parametrize("layout", ["YUYV", "UYVY", "NV12", "YU12"])
def test_raw_layouts_become_the_planes_they_hold(layout: str, padding: int) -> None:
    planes = bars(Size(64, 36), Colour())
    content, pixels = buffer(layout, planes, padding)
    unpacked = unpack.unpacker(pixels)(content)
    assert unpacked
    for got, wanted in zip(unpacked[0], planes, strict=True):
        np.testing.assert_array_equal(got, wanted)
    assert unpacked[1] == Colour()


@pytest.mark.parametrize("layout", ["YUYV", "UYVY", "NV12", "YU12"])
def test_a_buffer_that_is_too_short_is_refused(layout: str) -> None:
    content, pixels = buffer(layout, bars(Size(64, 36), Colour()), 0)
    assert unpack.unpacker(pixels)(content[:-64]) is None


@pytest.mark.parametrize(
    ("described", "colour"),
    [
        ({"colorspace": 0}, Colour(Range.LIMITED, Matrix.BT601)),
        ({"colorspace": 8}, Colour(Range.LIMITED, Matrix.BT601)),
        ({"colorspace": 7}, Colour(Range.FULL, Matrix.BT601)),
        ({"colorspace": 3}, Colour(Range.LIMITED, Matrix.BT709)),
        ({"colorspace": 3, "encoding": 1}, Colour(Range.LIMITED, Matrix.BT601)),
        ({"colorspace": 8, "encoding": 2, "quantization": 1}, Colour(Range.FULL, Matrix.BT709)),
        ({"colorspace": 7, "quantization": 2}, Colour(Range.LIMITED, Matrix.BT601)),
    ],
)
def test_colour_is_what_the_driver_says_or_video4linux_assumes(
    described: dict[str, int], colour: Colour
) -> None:
    assert unpack.colour_of(v4l2.PixelFormat(**described)) == colour


def jpeg(size: Size = SMALL) -> Plane:
    """The bars as a webcam packs them: 4:2:2, full range."""
    planes = bars(size, Colour(Range.FULL))
    picture = av.VideoFrame(size.width, size.height, "yuvj422p")
    for plane, got in zip(picture.planes, planes, strict=True):
        rows = np.zeros((plane.height, plane.line_size), np.uint8)
        rows[:, : plane.width] = np.repeat(got, plane.height // got.shape[0], axis=0)
        plane.update(rows.tobytes())
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.color_range = *size, "yuvj422p", 2
    encoder.time_base, encoder.options = 1, {"qmin": "1", "global_quality": "118"}
    packets = [*encoder.encode(picture), *encoder.encode(None)]
    return np.frombuffer(b"".join(bytes(packet) for packet in packets), np.uint8)


def test_motion_jpeg_has_the_right_colours_in_full_range() -> None:
    unpacked = unpack.Jpeg(SMALL)(jpeg())
    assert unpacked
    planes, colour = unpacked
    assert colour == Colour(Range.FULL, Matrix.BT601)
    assert planes.size == SMALL
    got = np.stack([middles(plane) for plane in planes], axis=1)
    assert got == pytest.approx(np.array([yuv(rgb, colour) for rgb in RGB]), abs=3)


def test_damaged_motion_jpeg_is_refused_and_the_next_picture_is_fine() -> None:
    whole, read = jpeg(), unpack.Jpeg(SMALL)
    for part in (0.02, 0.3, 0.9):
        assert read(whole[: int(whole.size * part)]) is None
    assert read(np.random.default_rng(0).integers(0, 256, 5000, np.uint8)) is None
    assert read(jpeg(VGA)) is None
    assert read(whole)
