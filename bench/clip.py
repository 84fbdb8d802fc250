"""The clip that everybody is measured with, rendered once and kept in the cache folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal, NamedTuple

import av
import platformdirs
from av.video.stream import VideoStream

from ..realtime.colour import recode
from ..realtime.errors import EndOfSource, UnreadableInput
from ..realtime.frame import I420, Colour, Frame, Range, Size
from ..realtime.sources.demo import Demo
from ..realtime.sources.open import open_recording
from ..realtime.sources.source import Source

Packing = Literal["mjpeg", "yuyv"]

RATE = 30
STILL = "still"  # the built-in clip's first moment for ever, with the noise of every frame
BUILT_IN = ("demo", STILL)


class _Recipe(NamedTuple):
    """What a webcam of this kind delivers.

    pictures  distinct ones; raw files are large
    """

    codec: str
    pixels: str
    full_range: bool
    pictures: int
    options: dict[str, str]


# Webcams compress 4:2:2 to about 100 to 150 KB for a 720p picture; this quality comes out there.
RECIPES: dict[Packing, _Recipe] = {
    "mjpeg": _Recipe("mjpeg", "yuvj422p", True, 75, {"qmin": "3", "qmax": "3"}),
    "yuyv": _Recipe("rawvideo", "yuyv422", False, 24, {}),
}


def clip_file(name: str, size: Size, packing: Packing, folder: Path | None = None) -> Path:
    """A video file of `size` with the frames of `name` as a webcam would deliver them.

    name  a file, "demo" or "still"

    Its pictures come forward, then backward, so that it can run in a loop without a jump: a jump would
    be a new scene, and a new scene is not what a call is made of.
    """
    if name not in BUILT_IN and not Path(name).is_file():
        raise UnreadableInput(name, f"only files, {' and '.join(BUILT_IN)} can be measured with, not this")
    folder = folder or platformdirs.user_cache_path("softfocus") / "bench"
    path = folder / f"{_fingerprint(name)}-{size}-{packing}.avi"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}.part")
        try:
            _render(name, size, RECIPES[packing], unfinished)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    return path


def _fingerprint(name: str) -> str:
    """The same for the same content, as far as a file system tells."""
    if name in BUILT_IN:
        return name
    path = Path(name)
    stat = path.stat()
    said = f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}"
    return f"{path.stem}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def _render(name: str, size: Size, recipe: _Recipe, path: Path) -> None:
    with av.open(str(path), "w", format="avi") as file:
        stream = file.add_stream(recipe.codec, rate=RATE, options=recipe.options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = recipe.pixels
        packets = _packed(name, size, recipe, stream)
        for i, content in enumerate(packets + packets[-2:0:-1]):
            packet = av.Packet(content)
            packet.stream, packet.time_base = stream, Fraction(1, RATE)
            packet.pts = packet.dts = i
            packet.is_keyframe = True
            file.mux(packet)


def _packed(name: str, size: Size, recipe: _Recipe, stream: VideoStream) -> list[bytes]:
    """Every picture by itself, as the codec packs it."""
    frames = _frames(name, size, recipe.pictures)
    packets: list[av.Packet[VideoStream]] = []
    for frame in frames:
        packets += stream.encode(_picture(frame, recipe))
    packets += stream.encode()
    if not packets:
        raise UnreadableInput(name, "it has no frames")
    return [bytes(packet) for packet in packets]


def _frames(name: str, size: Size, count: int) -> Iterator[Frame]:
    """The first frames of `name`, at most `count`."""
    if name == STILL:
        source: Source = Demo(size, RATE, frames=count, still=True)
    else:
        source = open_recording(name, size, RATE, endless=False)
    try:
        for _ in range(count):
            if frame := source.read(timeout=10.0):
                yield frame
    except EndOfSource:
        return
    finally:
        source.close()


def _picture(frame: Frame, recipe: _Recipe) -> av.VideoFrame:
    """In the recipe's layout and range."""
    buffer = I420(frame.size)
    wanted = Colour(Range.FULL if recipe.full_range else Range.LIMITED, frame.colour.matrix)
    recode(frame.planes, frame.colour, wanted, buffer.planes)
    layout = "yuvj420p" if recipe.full_range else "yuv420p"
    return av.VideoFrame.from_ndarray(buffer.data, layout).reformat(format=recipe.pixels)
