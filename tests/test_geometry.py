"""Films come upright, in their own shape and colours, as FFmpeg's own program shows them."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from fractions import Fraction
from itertools import product
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from conftest import unavailable

from softfocus.realtime.backdrops.moving import Moving
from softfocus.realtime.backdrops.place import USUAL
from softfocus.realtime.colour import BgrPainter
from softfocus.realtime.errors import UnreadableInput
from softfocus.realtime.frame import I420, Colour, Frame, Matrix, Range, Size
from softfocus.realtime.matte import Box, Matte
from softfocus.realtime.runs.offline import write_matte
from softfocus.realtime.runs.run import run
from softfocus.realtime.settings import RunSettings
from softfocus.realtime.sources import clip, grading
from softfocus.realtime.sources.demo import Demo
from softfocus.realtime.sources.file import VideoFile
from softfocus.realtime.sources.turn import Turn

CASES = Path(__file__).with_name("cases")
SMALL = Size(96, 64)
HABLE = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p,scale=in_color_matrix=bt709,format=bgr24"
)
Floats = npt.NDArray[np.float64]


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if not found:
        unavailable("ffmpeg")
    return found


def blocks(size: Size = SMALL) -> npt.NDArray[np.uint8]:
    """(H, W, 3) RGB: no two corners alike."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(40, 215, (4, 6, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_NEAREST), np.uint8)


def film(path: Path, size: Size = SMALL, count: int = 2, aspect: Fraction = Fraction(1)) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "1", "preset": "ultrafast"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.sample_aspect_ratio = aspect
        for _ in range(count):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(blocks(size), "rgb24")))
        container.mux(stream.encode(None))
    return path


def with_matrix(path: Path, a: int, b: int, c: int, d: int) -> Path:
    """Into the track's header, where phones write it: a point (x, y) is shown at (ax + cy, bx + dy)."""
    packed = path.read_bytes()
    upright = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    matrix = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    head, tail = packed[: (at := packed.index(b"tkhd"))], packed[at:]
    assert upright in tail
    path.write_bytes(head + tail.replace(upright, matrix, 1))
    return path


def shown(source: VideoFile) -> npt.NDArray[np.int_]:
    """(H, W, 3) BGR of the first frame."""
    frame = source.read(1.0)
    source.close()
    assert frame
    return BgrPainter(frame.size)(frame.planes, frame.colour).astype(int)


def by_ffmpeg(ffmpeg: str, path: Path, filters: str, *before: str) -> npt.NDArray[np.int_]:
    """(H, W, 3) BGR of the first frame."""
    command = [ffmpeg, "-v", "error", *before, "-i", str(path), "-frames:v", "1", "-vf", filters]
    png = subprocess.run(
        [*command, "-f", "image2", "-c:v", "png", "-"], capture_output=True, check=True
    ).stdout
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR).astype(int)


SIGNS = list(product((1, -1), repeat=2))
EIGHT = [(a, 0, 0, d) for a, d in SIGNS] + [(0, b, c, 0) for b, c in SIGNS]


@pytest.mark.parametrize("matrix", EIGHT, ids=str)
def test_films_come_upright_in_all_eight_ways(tmp_path: Path, matrix: tuple[int, int, int, int]) -> None:
    """By the matrix itself: each corner's colour is where the formula puts it."""
    path = with_matrix(film(tmp_path / "turned.mp4"), *matrix)
    a, b, c, d = matrix
    source = VideoFile(str(path))
    assert source.size == (SMALL if a else Size(SMALL.height, SMALL.width))
    picture, stored = shown(source), blocks()[..., ::-1].astype(int)
    for x, y in product((4, SMALL.width - 5), (4, SMALL.height - 5)):
        along, down = a * x + c * y, b * x + d * y
        got = picture[down % picture.shape[0], along % picture.shape[1]]
        np.testing.assert_allclose(got, stored[y, x], atol=12)


@pytest.mark.parametrize("matrix", EIGHT, ids=str)
def test_they_come_as_ffmpeg_shows_them(
    ffmpeg: str, tmp_path: Path, matrix: tuple[int, int, int, int]
) -> None:
    path = with_matrix(film(tmp_path / "turned.mp4"), *matrix)
    if matrix in ((0, 1, 1, 0), (0, -1, -1, 0)) and "ffmpeg version 5" in version(ffmpeg):
        pytest.skip("this FFmpeg turns such pictures without mirroring them")
    theirs = by_ffmpeg(ffmpeg, path, "format=bgr24")
    assert np.abs(shown(VideoFile(str(path))) - theirs).mean() < 3


def version(ffmpeg: str) -> str:
    return subprocess.run([ffmpeg, "-version"], capture_output=True, text=True, check=True).stdout


def test_the_size_that_was_asked_for_is_that_of_the_upright_picture(tmp_path: Path) -> None:
    path = with_matrix(film(tmp_path / "turned.mp4"), 0, 1, -1, 0)
    source = VideoFile(str(path), size=Size(32, 48))
    assert shown(source).shape == (48, 32, 3)


def test_a_quarter_turn_keeps_an_odd_angle_near() -> None:
    assert Turn(True, True, False).size(Size(4, 2)) == Size(2, 4)
    assert Turn(True, True, False).aspect(Fraction(4, 3)) == Fraction(3, 4)


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        (Fraction(4, 3), Size(128, 64)),
        (Fraction(3, 4), Size(96, 86)),
        (Fraction(1), SMALL),
        (Fraction(1, 500), SMALL),
    ],
)
def test_pixels_are_squared_where_nobody_can_say_their_shape(
    tmp_path: Path, aspect: Fraction, size: Size
) -> None:
    path = film(tmp_path / "wide.mkv", aspect=aspect)
    assert VideoFile(str(path)).size == size
    assert shown(VideoFile(str(path))).shape == (size.height, size.width, 3)
    stored = VideoFile(str(path), squared=False)
    assert stored.size == SMALL


def probed(ffmpeg: str, path: Path) -> dict[str, str]:
    command = [
        str(Path(ffmpeg).with_name("ffprobe")),
        "-v",
        "error",
        "-show_streams",
        "-of",
        "json",
        str(path),
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(json.loads(told)["streams"][0])


@pytest.mark.parametrize("kind", ["mp4", "mkv", "mov", "y4m"])
def test_recordings_keep_the_shape_of_pixels(ffmpeg: str, tmp_path: Path, kind: str) -> None:
    path, output = film(tmp_path / "wide.mkv", aspect=Fraction(4, 3)), tmp_path / f"out.{kind}"
    run(RunSettings(str(path), (str(output),)))
    got = probed(ffmpeg, output)
    assert (got["width"], got["height"], got["sample_aspect_ratio"]) == (96, 64, "4:3")


def test_a_matte_has_the_films_own_pixels(tmp_path: Path) -> None:
    write_matte(RunSettings(str(film(tmp_path / "wide.mkv", aspect=Fraction(4, 3)))), tmp_path / "matte.mkv")
    assert VideoFile(str(tmp_path / "matte.mkv")).size == SMALL


def test_an_output_without_a_shape_makes_all_square(ffmpeg: str, tmp_path: Path) -> None:
    path = film(tmp_path / "wide.mkv", aspect=Fraction(4, 3))
    run(RunSettings(str(path), (str(tmp_path / "out.mkv"), str(tmp_path / "out.webm"))))
    got = probed(ffmpeg, tmp_path / "out.mkv")
    assert (got["width"], got["height"], got["sample_aspect_ratio"]) == (128, 64, "1:1")


def test_primaries_and_transfer_are_written_as_they_were_read(ffmpeg: str, tmp_path: Path) -> None:
    path = tmp_path / "tagged.mkv"
    tags = ["-color_primaries", "bt470bg", "-color_trc", "gamma28", "-colorspace", "bt470bg"]
    source = ["-f", "lavfi", "-i", "testsrc=s=96x64:d=0.2", "-pix_fmt", "yuv420p", *tags]
    subprocess.run([ffmpeg, "-v", "error", *source, str(path)], check=True)
    run(RunSettings(str(path), (str(tmp_path / "out.mkv"),)))
    got = probed(ffmpeg, tmp_path / "out.mkv")
    assert (got["color_primaries"], got["color_transfer"]) == ("bt470bg", "bt470bg")


def flat(picture: npt.NDArray[np.int_]) -> npt.NDArray[np.bool_]:
    """Where nothing changes nearby: at edges, each program enlarges chroma in its own way."""
    grey = picture.astype(np.uint8)
    return np.asarray(
        (cv2.dilate(grey, np.ones((9, 9))).astype(int) - cv2.erode(grey, np.ones((9, 9)))).max(axis=2) < 12
    )


def assert_alike(ours: npt.NDArray[np.int_], theirs: npt.NDArray[np.int_], mean: float, most: float) -> None:
    """On flat ground; mean and 95 of 100: the table rounds off where colours are cut."""
    apart = np.abs(ours - theirs)[flat(theirs)]
    assert apart.size > 1000
    assert apart.mean() < mean
    assert np.percentile(apart, 95) < most


def test_an_iphones_hlg_is_ffmpegs_own_tone_mapping(ffmpeg: str) -> None:
    path = CASES / "iphone_hlg.mp4"
    source = VideoFile(str(path))
    frame = source.read(1.0)
    assert frame
    assert frame.colour == Colour(Range.LIMITED, Matrix.BT709)
    ours = BgrPainter(frame.size)(frame.planes, frame.colour).astype(int)
    if "zscale" in filters(ffmpeg):
        assert_alike(ours, by_ffmpeg(ffmpeg, path, HABLE), mean=2, most=7)
    suit = ours[210:230, 200:225].mean(axis=(0, 1))
    np.testing.assert_allclose(suit, (70, 113, 226), atol=8)


def filters(ffmpeg: str) -> str:
    return subprocess.run(
        [ffmpeg, "-v", "error", "-filters"], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize(
    ("transfer", "nits"), [("smpte2084", 100), ("smpte2084", 1000), ("arib-std-b67", 1000)]
)
def test_high_dynamic_range_is_ffmpegs_own_tone_mapping(
    ffmpeg: str, tmp_path: Path, transfer: str, nits: int
) -> None:
    if "zscale" not in filters(ffmpeg):
        unavailable("FFmpeg's zscale")
    path = tmp_path / "high.mkv"
    make = (
        f"zscale=t={transfer}:p=bt2020:m=bt2020nc:pin=bt709:tin=bt709:min=bt709:npl={nits},format=yuv420p10le"
    )
    coded = f"log-level=none:crf=4:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc"
    source = [
        "-f",
        "lavfi",
        "-i",
        "smptehdbars=s=320x180:r=25:d=0.1",
        "-vf",
        f"{make},format=yuv420p10le",
        "-c:v",
        "libx265",
    ]
    subprocess.run(
        [
            ffmpeg,
            "-v",
            "error",
            *source,
            "-c:v",
            "libx265",
            "-preset",
            "ultrafast",
            "-x265-params",
            coded,
            str(path),
        ],
        check=True,
    )
    assert_alike(shown(VideoFile(str(path))), by_ffmpeg(ffmpeg, path, HABLE), mean=3, most=20)


def test_the_table_is_its_formula_but_for_rounding() -> None:
    """On greys and on colours that no corner of the table holds."""
    for grade in (grading.Grade("bt2020", "hlg"), grading.Grade("bt2020", "pq"), grading.Grade("p3", "")):
        rng = np.random.default_rng(0)
        signal = rng.uniform(0.1, 0.75, (64, 1)) + rng.uniform(-0.04, 0.04, (64, 3))
        deep = np.ascontiguousarray(np.rint(signal * 65535).astype(np.uint16).reshape(8, 8, 3))
        source = av.VideoFrame.from_ndarray(deep, "rgb48le").reformat(format="gbrp16le")
        graph = grading.graph(grade, 8, 8)
        graph.push(source)
        got = graph.pull()
        assert isinstance(got, av.VideoFrame)
        mapped = got.reformat(format="rgb48le").to_ndarray().reshape(-1, 3) / 65535
        assert np.abs(mapped - grading.graded(signal, grade)).max() < 0.02


def test_white_stays_white_and_a_wide_red_is_cut_off() -> None:
    white, red = np.ones(3), np.array([1.0, 0.0, 0.0])
    wide = grading.Grade("bt2020", "")
    np.testing.assert_allclose(grading.graded(white, wide), 1, atol=1e-6)
    np.testing.assert_allclose(grading.graded(red, wide), red, atol=1e-6)
    assert grading.graded(white, grading.Grade("bt2020", "pq"))[0] == 1


def test_ordinary_films_are_not_touched() -> None:
    picture = av.VideoFrame(64, 48, "yuv420p")
    assert grading.grade_of(picture) is None
    picture.color_primaries, picture.color_trc, picture.colorspace = 1, 1, 1
    assert grading.grade_of(picture) is None


def test_what_is_hidden_under_a_films_alpha_stays_hidden(tmp_path: Path) -> None:
    hidden = np.zeros((48, 64, 4), np.uint8)
    hidden[:] = (255, 0, 255, 0)
    path = tmp_path / "clear.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgra"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(hidden, "rgba").reformat(format="bgra")))
        container.mux(stream.encode(None))
    np.testing.assert_allclose(shown(VideoFile(str(path))), 128, atol=4)


def test_a_films_first_picture_has_the_range_of_the_frames() -> None:
    """It is there before the first frame says which range that is."""
    full = Colour(Range.FULL)
    planes = I420(SMALL).planes
    for plane, level in zip(planes, (235, 128, 128), strict=True):
        plane[:] = level

    class White(Demo):
        """One white picture, limited."""

        def read(self, timeout: float) -> Frame | None:
            super().read(timeout)
            return Frame(planes, 0, 0, Colour())

    backdrop = Moving(White(SMALL, frames=1), SMALL, USUAL, in_step=True)
    onto = I420(SMALL).planes
    matte = Matte(np.zeros((64, 96), np.uint8), Box(0, 0, 0, 0), 0, 0)
    backdrop.paint(Frame(I420(SMALL).planes, 0, 0, full), matte, onto)
    assert (onto.y == 255).all()
    backdrop.close()


@pytest.mark.parametrize("size", [Size(2, 2), Size(6, 200), Size(50, 1080), Size(64, 2160), Size(1080, 50)])
def test_any_size_passes_or_is_refused_in_one_line(tmp_path: Path, size: Size) -> None:
    path = film(tmp_path / "odd.mkv", size)
    settings = RunSettings(str(path), (str(tmp_path / "out.mkv"),))
    if min(size) < 16:
        with pytest.raises(UnreadableInput, match=f"{size} is too small, frames need 16 px each way"):
            run(settings)
        return
    run(settings)
    assert VideoFile(str(tmp_path / "out.mkv")).size == size


def test_a_films_header_cannot_ask_for_more_than_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = film(tmp_path / "large.mkv")
    monkeypatch.setattr(clip, "MOST", 6000)
    with pytest.raises(UnreadableInput, match="96x64 is too large"):
        VideoFile(str(path))
