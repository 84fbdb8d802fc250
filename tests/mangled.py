"""Feeds damaged files to one of our readers, in a process of its own: mangled.py READER FOLDER FIRST COUNT.

Each attempt's number is printed before it begins, so that one which takes the process with it is known.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import av
import cv2
import numpy as np

from softfocus.models.errors import SoftfocusError
from softfocus.models.manifest import known_models
from softfocus.models.session import Port, Session
from softfocus.models.store import read_model
from softfocus.realtime.backdrops.still import picture
from softfocus.realtime.errors import EndOfSource
from softfocus.realtime.frame import Size
from softfocus.realtime.sources.file import VideoFile
from softfocus.realtime.sources.still import Still
from softfocus.realtime.sources.unpack import Jpeg

SIZE = Size(64, 48)
LONGEST = 300  # frames that anybody reads of a damaged clip
VIDEOS = {"mp4": "mpeg4", "mkv": "ffv1", "avi": "mjpeg", "y4m": "wrapped_avframe"}
PICTURES = ("jpg", "png", "webp", "bmp", "tiff")


def mangle(whole: bytes, rng: np.random.Generator) -> bytes:
    """Cut off, with flipped bits, with a piece doubled, or with a piece overwritten."""
    content = bytearray(whole)
    at, length = int(rng.integers(len(content))), int(rng.integers(1, 64))
    match rng.integers(4):
        case 0:
            del content[at:]
        case 1:
            for where in rng.integers(len(content), size=length // 4 + 1):
                content[where] ^= 1 << int(rng.integers(8))
        case 2:
            content[at:at] = content[at : at + length]
        case _:
            content[at : at + length] = rng.bytes(length)
    return bytes(content)


def video(kind: str) -> bytes:
    """Ten noisy frames."""
    file = BytesIO()
    rng = np.random.default_rng(0)
    muxer = "yuv4mpegpipe" if kind == "y4m" else {"mkv": "matroska"}.get(kind, kind)
    with av.open(file, "w", format=muxer) as container:
        stream = container.add_stream(VIDEOS[kind], rate=30)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuvj420p" if kind == "avi" else "yuv420p"
        for _ in range(10):
            rgb = rng.integers(256, size=(SIZE.height, SIZE.width, 3)).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(cv2.blur(rgb, (5, 5)), "rgb24")))
        container.mux(stream.encode(None))
    return file.getvalue()


def still(kind: str) -> bytes:
    rgb = np.random.default_rng(0).integers(256, size=(SIZE.height, SIZE.width, 3)).astype(np.uint8)
    return cv2.imencode(f".{kind}", cv2.blur(rgb, (5, 5)))[1].tobytes()


def read_video(path: Path) -> None:
    film = VideoFile(str(path))
    try:
        for _ in range(LONGEST):
            film.read(1.0)
    finally:
        film.close()


def read_still(path: Path) -> None:
    Still(path).read(1.0)


def read_background(path: Path) -> None:
    assert picture(path, SIZE).shape == (SIZE.height, SIZE.width, 3)


def read_webcam(path: Path) -> None:
    """Motion JPEG, as a webcam with a bad cable gives it; the next picture is fine again."""
    unpack = Jpeg(SIZE)
    for content in (path.read_bytes(), still("jpg")):
        unpack(np.frombuffer(content, np.uint8))


def run_model(path: Path) -> None:
    """As if its checksum had not been looked at, which `store` never leaves out."""
    width, height = next(iter(known_models().values())).input_size
    Session(
        path,
        path.read_bytes(),
        inputs={"picture": Port((1, height, width, 3), np.uint8)},
        outputs={"mask": Port((1, 1, height, width), np.float32)},
    )


def samples(reader: str) -> list[tuple[str, bytes]]:
    """Good files for a reader: how they end, and what is in them."""
    match reader:
        case "video":
            return [(kind, video(kind)) for kind in VIDEOS]
        case "webcam":
            return [("jpg", still("jpg"))]
        case "model":
            model = next(iter(known_models().values()))
            return [("onnx", read_model(model)[1])]
        case _:
            return [(kind, still(kind)) for kind in PICTURES]


READERS: dict[str, Callable[[Path], None]] = {
    "video": read_video,
    "still": read_still,
    "background": read_background,
    "webcam": read_webcam,
    "model": run_model,
}


def main(reader: str, folder: str, first: str, count: str) -> None:
    good = samples(reader)
    for kind, whole in good:
        path = Path(folder, f"whole.{kind}")
        path.write_bytes(whole)
        attempt(READERS[reader], path, refused=False)
    for number in range(int(first), int(first) + int(count)):
        kind, whole = good[number % len(good)]
        print(number, flush=True)
        path = Path(folder, f"mangled.{kind}")
        path.write_bytes(mangle(whole, np.random.default_rng(number)))
        attempt(READERS[reader], path, refused=True)


def attempt(read: Callable[[Path], None], path: Path, *, refused: bool) -> None:
    """It reads well, or says in one line what is wrong; anything else is raised."""
    try:
        read(path)
    except EndOfSource:
        pass
    except SoftfocusError as error:
        if not refused or "\n" in str(error):
            raise


if __name__ == "__main__":
    main(*sys.argv[1:])
