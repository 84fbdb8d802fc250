"""Recordings made by ffmpeg, and what ffmpeg says of recordings."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from conftest import unavailable

CODECS = {
    "h264": ("-c:v", "libx264", "-preset", "veryfast", "-g", "12", "-bf", "2", "-pix_fmt", "yuv420p"),
    "h265": ("-c:v", "libx265", "-preset", "veryfast", "-x265-params", "log-level=error:keyint=12"),
    "mjpeg": ("-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p"),
    "vp8": ("-c:v", "libvpx", "-g", "12", "-deadline", "realtime", "-pix_fmt", "yuv420p"),
}
PATTERN = "testsrc2=s=160x120:r=25:d=1"


def ffmpeg(*arguments: str | Path) -> str:
    """Run it; gives what it says. Warnings and more only where `arguments` ask for them."""
    if not shutil.which("ffmpeg"):
        unavailable("ffmpeg")
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=True)
    return done.stderr.decode(errors="replace")


def film(path: Path, codec: str = "h264", pattern: str = PATTERN) -> Path:
    """A test pattern; in AVI, which does not tell when pictures are shown, without B frames."""
    in_order = ("-bf", "0") if path.suffix == ".avi" and codec == "h264" else ()
    ffmpeg("-v", "error", "-f", "lavfi", "-i", pattern, *CODECS[codec], *in_order, path)
    return path


def remuxed(film: Path, path: Path, *options: str) -> Path:
    """The same packets in another kind of file."""
    ffmpeg("-v", "error", "-i", film, "-c", "copy", *options, path)
    return path


def shown(film: Path) -> list[float]:
    """The times of all pictures that ffmpeg shows of a film, s."""
    told = ffmpeg(
        "-i", film, "-map", "0:v:0", "-vf", "showinfo", "-fps_mode", "passthrough", "-f", "null", "-"
    )
    return [float(time) for time in re.findall(r"pts_time:(\S+)", told)]


def warnings(film: Path) -> str:
    """What ffmpeg finds wrong with a whole film."""
    return ffmpeg("-v", "warning", "-i", film, "-map", "0", "-f", "null", "-")


def streams(film: Path) -> list[str]:
    """The codecs in a film, by ffprobe."""
    command = ["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", str(film)]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.replace(",", "").split()
