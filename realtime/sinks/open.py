"""From what the user writes after --output to a sink."""

from __future__ import annotations

from pathlib import Path

from ..errors import CannotWrite
from ..frame import Size
from .made import Made
from .sink import Sink
from .video_file import MUXERS

KINDS = f"camera, camera:DEVICE, window, null, - or a file that ends in {', '.join(MUXERS)}, .y4m or .png"


def keeps_aspect(spec: str, *, clear: bool = False) -> bool:
    """Whether that output says how wide its pixels are; others need square ones.

    H.264 says it itself. PyAV cannot tell it to a container, as VP9 and ProRes would need.
    """
    ours = (".mp4", ".mkv", ".y4m") if clear else (".mp4", ".mkv", ".mov", ".y4m")
    return spec in ("-", "null") or Path(spec).suffix.lower() in ours


def open_sink(spec: str, size: Size, rate: float, made: Made | None = None) -> Sink:
    """Open one output.

    spec  camera, camera:/dev/videoN, window, null, - (Y4M on standard output) or a file
    rate  frames per second, nominal
    made  how; None: every frame, in a file of its own that can be transparent where there is such a kind

    Raises SinkError. A window must be opened, and sent to, on the main thread.
    """
    how = made or Made()
    kind, _, device = spec.partition(":")
    match kind, Path(spec).suffix.lower():
        case "camera", _:
            from .virtual_camera import VirtualCamera

            return VirtualCamera(device or None, size, rate)
        case "window", "":
            from .window import Window

            return Window(size, mirrored=how.mirrored)
        case "null", "":
            from .null import Null

            return Null()
        case "-", _:
            from .y4m import Y4M

            return Y4M(None, size, rate, made)
        case _, ".y4m":
            from .y4m import Y4M

            return Y4M(Path(spec), size, rate, made)
        case _, ".webm" | ".mov" if how.clear:
            from .clear_film import ClearFilm

            return ClearFilm(Path(spec), size, rate, made)
        case _, ".png":
            from .clear_picture import ClearPicture

            return ClearPicture(Path(spec), size, made)
        case _, suffix if suffix in MUXERS:
            from .recording import Recording

            return Recording(Path(spec), size, rate, made)
        case _:
            raise CannotWrite(spec, f"no such kind of output, there are {KINDS}")
