"""What cameras offer, and what they put into their buffers."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from bars import RGB, bars, middles, yuv

from softfocus.realtime.errors import (
    CameraBusy,
    CameraFailed,
    CameraLacks,
    CameraLost,
    NoSuchCamera,
    SourceError,
)
from softfocus.realtime.frame import Colour, Frame, Matrix, Plane, Planes, Range, Size
from softfocus.realtime.sources.camera import open_first
from softfocus.realtime.sources.open import is_camera
from softfocus.realtime.sources.webcam import FIRST, Mode, Webcam, candidates, choose, kind_of

if not sys.platform.startswith("linux"):
    pytest.skip("Video4Linux is Linux's", allow_module_level=True)

from softfocus.realtime.sources import unpack, v4l2, v4l2_camera, v4l2_device

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
    with pytest.raises(CameraFailed, match="it offers BA81, Z16 , and we read YU12"):
        choose("depth", [Mode("BA81", VGA, ()), Mode("Z16 ", VGA, ())], None, 30)


def test_grey_is_taken_only_where_there_is_no_colour() -> None:
    grey = Mode("GREY", HD, (60.0,))
    assert choose("both", [grey, Mode("YUYV", VGA, (10.0,))], None, 30).layout == "YUYV"
    assert choose("infrared", [grey], None, 30).layout == "GREY"


def test_a_driver_that_names_no_rates_is_trusted() -> None:
    assert choose("cam", [Mode("YUYV", HD, ()), Mode("YUYV", VGA, (30.0,))], None, 30).size == HD


@pytest.mark.parametrize("name", ["0", "video2", "/dev/video0", "HD Webcam", "Cam@usb-0000:00:14.0-8"])
def test_cameras_are_told_from_files(name: str) -> None:
    assert is_camera(name)


@pytest.mark.parametrize("name", ["clip.mp4", "./0", "demo/talk", "http://host/0", "rtsp://cam", "a.3gp"])
def test_files_and_urls_are_told_from_cameras(name: str) -> None:
    assert not is_camera(name)


FRONT = Webcam("/dev/video0", "Integrated Camera", "Integrated Camera@usb-8#1.0")
DARK = Webcam("/dev/video2", "Integrated Camera", "Integrated Camera@usb-8#1.2", kind="infrared")
OBS = Webcam("/dev/video4", "OBS", "OBS@platform:v4l2loopback-004", kind="virtual")
PRO = Webcam("/dev/video6", "HD Webcam 2 Pro v1.2/b", "HD Webcam 2 Pro v1.2/b@usb-2#1.0")
THERE = [DARK, OBS, FRONT, PRO]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        (FIRST, FRONT),
        ("integrated", FRONT),
        (FRONT.identity, FRONT),
        (DARK.identity, DARK),
        ("Integrated Camera@usb-9#1.2", DARK),
        ("obs", OBS),
        ("v1.2/b", PRO),
        ("/dev/video4", OBS),
    ],
)
def test_a_name_means_the_likeliest_camera_and_an_identity_the_very_node(name: str, meant: Webcam) -> None:
    assert candidates(name, THERE)[0] == meant


@pytest.mark.parametrize("name", ["2", "1", "HD Webcam@usb-2#1.0", "Integrated Camera@usb-8#1.4", "none"])
def test_what_only_resembles_a_camera_is_another(name: str) -> None:
    """A number inside a name, a longer name, another node: after unplugging, these would open by mistake."""
    assert candidates(name, THERE) == []


def test_virtual_and_infrared_cameras_come_first_where_there_is_nothing_else() -> None:
    assert candidates(FIRST, [DARK, OBS])[0] == OBS
    assert candidates(FIRST, [DARK])[0] == DARK


@pytest.mark.parametrize(
    ("name", "layouts", "virtual", "kind"),
    [
        ("HD Webcam", ["MJPG", "YUYV"], False, "camera"),
        ("Integrated Camera", ["GREY"], False, "infrared"),
        ("Integrated IR Camera", ["YUYV"], False, "infrared"),
        ("Iriun Webcam", ["YUYV"], False, "camera"),
        ("Depth", ["Z16 ", "Y8I "], False, "infrared"),
        ("OBS", ["YU12"], True, "virtual"),
        ("Old driver", [], False, "camera"),
    ],
)
def test_kinds_of_cameras_are_told_by_what_they_offer(
    name: str, layouts: list[str], virtual: bool, kind: str
) -> None:
    assert kind_of(name, layouts, virtual=virtual) == kind


class Shown:
    """A camera that gives a picture, or none, or fails."""

    def __init__(self, webcam: Webcam, gives: object) -> None:
        self.identity = self.name = webcam.identity
        self.size, self.rate, self.live = VGA, 30.0, True
        self.closed = False
        self._gives = gives

    def read(self, timeout: float) -> Frame | None:
        if isinstance(self._gives, SourceError):
            raise self._gives
        return Frame(bars(SMALL, Colour()), 0, 0, Colour()) if self._gives else None

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("first", [False, CameraLost("it")])
def test_the_first_camera_is_the_first_that_gives_a_picture(first: object) -> None:
    made = {FRONT.path: Shown(FRONT, first), PRO.path: Shown(PRO, True)}
    assert open_first(candidates(FIRST, THERE), lambda webcam: made[webcam.path]) is made[PRO.path]
    assert made[FRONT.path].closed
    assert not made[PRO.path].closed


def test_a_program_is_no_way_out_while_the_real_camera_is_busy() -> None:
    def busy(webcam: Webcam) -> Shown:
        if webcam is FRONT:
            raise CameraBusy(webcam.path)
        return Shown(webcam, True)

    with pytest.raises(CameraBusy, match="/dev/video0 is in use"):
        open_first(candidates(FIRST, [FRONT, OBS, DARK]), busy)
    with pytest.raises(NoSuchCamera, match=r"^no camera; no camera was found"):
        open_first([], busy)


def test_a_link_of_ones_own_among_the_devices_is_no_number(tmp_path: Path) -> None:
    for name in ("video10", "video2", "video0_front", "video-x", "v4l"):
        (tmp_path / name).touch()
    assert [node.name for node in v4l2_camera.nodes(tmp_path)] == ["video2", "video10"]


def test_a_cameras_name_with_dots_and_slashes_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("softfocus.realtime.sources.camera.list_cameras", lambda modes: THERE)
    assert is_camera("HD Webcam 2 Pro v1.2/b")
    assert is_camera("camera:clip.mp4")
    assert not is_camera("clip.mp4")


def test_nodes_are_named_by_their_usb_interface(tmp_path: Path) -> None:
    for number, (interface, index) in enumerate([("1-8:1.0", "0"), ("1-8:1.0", "1"), ("vivid.0", "0")]):
        (node := tmp_path / f"video{number}").mkdir()
        (tmp_path / interface).mkdir(exist_ok=True)
        (node / "device").symlink_to(tmp_path / interface)
        (node / "index").write_text(f"{index}\n")
    assert [v4l2_device.node_of(tmp_path / f"video{n}") for n in range(4)] == ["1.0", "1.0/1", "", ""]


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
        case "YVYU":
            rows = np.stack([y[:, ::2], v, y[:, 1::2], u], axis=2).reshape(height, 2 * width)
        case "UYVY":
            rows = np.stack([u, y[:, ::2], v, y[:, 1::2]], axis=2).reshape(height, 2 * width)
        case "NV12" | "NV21":
            chroma = planes[1:] if layout == "NV12" else planes[:0:-1]
            rows = np.vstack([y, np.stack(chroma, axis=2).reshape(height // 2, width)])
        case _:
            rows = y
    pitch = rows.shape[1] + padding
    content = np.pad(rows, ((0, 0), (0, padding)), constant_values=77)
    if layout in ("YU12", "YV12"):
        halves = planes[1:] if layout == "YU12" else planes[:0:-1]
        chroma = [np.pad(plane, ((0, 0), (0, padding // 2)), constant_values=77) for plane in halves]
        content = np.concatenate([content.ravel(), *(plane.ravel() for plane in chroma)])
    return content.ravel(), v4l2.PixelFormat(
        width=width, height=height, fourcc=layout.encode(), pitch=pitch, colorspace=8
    )


@pytest.mark.parametrize("padding", [0, 32])
@pytest.mark.parametrize("layout", ["YUYV", "UYVY", "YVYU", "NV12", "NV21", "YU12", "YV12"])
def test_raw_layouts_become_the_planes_they_hold(layout: str, padding: int) -> None:
    planes = bars(Size(64, 36), Colour())
    content, pixels = buffer(layout, planes, padding)
    unpacked = unpack.unpacker(pixels)(content)
    assert unpacked
    for got, wanted in zip(unpacked[0], planes, strict=True):
        np.testing.assert_array_equal(got, wanted)
    assert unpacked[1] == Colour()


@pytest.mark.parametrize("layout", ["YUYV", "UYVY", "YVYU", "NV12", "NV21", "YU12", "YV12"])
def test_a_buffer_that_is_too_short_is_refused(layout: str) -> None:
    content, pixels = buffer(layout, bars(Size(64, 36), Colour()), 0)
    assert unpack.unpacker(pixels)(content[:-64]) is None


@pytest.mark.parametrize("padding", [0, 30])
@pytest.mark.parametrize(("layout", "step"), [("RGB3", 1), ("BGR3", -1)])
def test_red_green_and_blue_become_planes(layout: str, step: int, padding: int) -> None:
    picture = np.zeros((36, 64, 3), np.uint8)
    picture[:] = np.repeat(np.array(RGB, np.uint8), 8, axis=0)
    rows = np.pad(picture[..., ::step].reshape(36, 192), ((0, 0), (0, padding)), constant_values=77)
    pixels = v4l2.PixelFormat(width=64, height=36, fourcc=layout.encode(), pitch=192 + padding)
    unpacked = unpack.unpacker(pixels)(rows.ravel())
    assert unpacked
    got = np.stack([middles(plane) for plane in unpacked[0]], axis=1)
    assert got == pytest.approx(np.array([yuv(rgb, Colour()) for rgb in RGB]), abs=2)
    assert unpack.unpacker(pixels)(rows.ravel()[:-64]) is None


def test_grey_has_no_colour() -> None:
    luma = np.random.default_rng(0).integers(0, 256, (36, 80), np.uint8)
    pixels = v4l2.PixelFormat(width=64, height=36, fourcc=b"GREY", pitch=80)
    unpacked = unpack.unpacker(pixels)(luma.ravel())
    assert unpacked
    np.testing.assert_array_equal(unpacked[0].y, luma[:, :64])
    assert (unpacked[0].u == 128).all()
    assert (unpacked[0].v == 128).all()


@pytest.mark.parametrize(("layout", "codec"), [("H264", "libx264"), ("HEVC", "libx265")])
def test_coded_cameras_are_decoded_from_their_next_whole_picture_on(layout: str, codec: str) -> None:
    """A camera is joined in the middle of its film, and gives a picture per buffer, without delay."""
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = *SMALL, "yuv420p", Fraction(1, 30)
    encoder.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "g": "5",
        "x265-params": "log-level=none",
    }
    planes = bars(SMALL, Colour())
    packed = np.concatenate([plane.ravel() for plane in planes]).reshape(-1, SMALL.width)
    buffers: list[Plane] = []
    for number in range(12):
        frame = av.VideoFrame.from_ndarray(packed, "yuv420p")
        frame.pts = number
        buffers += [np.frombuffer(bytes(packet), np.uint8) for packet in encoder.encode(frame)]
    pixels = v4l2.PixelFormat(width=SMALL.width, height=SMALL.height, fourcc=layout.encode())
    read = unpack.unpacker(pixels)
    got = [read(buffer) for buffer in buffers[2:]]
    assert got[:3] == [None] * 3
    for unpacked in got[3:]:
        assert unpacked
        assert middles(unpacked[0].y) == pytest.approx(middles(planes.y), abs=4)
    assert read(np.random.default_rng(0).integers(0, 256, 500, np.uint8)) is None


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
