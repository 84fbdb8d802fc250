"""Another program that watches a camera, and the cameras that there are in the virtual machine."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from softfocus.realtime.frame import Size

WEBCAM, CAMERA = "/dev/video10", "/dev/video11"
CAMERA_LABEL = "softfocus"

Pictures = npt.NDArray[np.uint8]


def wait_for(happened: Callable[[], bool], otherwise: str, seconds: float = 30) -> None:
    """Look every tenth of a second."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, otherwise
        time.sleep(0.1)


def announces_capture(device: str) -> bool:
    """Whether programs take it for a camera now."""
    told = subprocess.run(["v4l2-ctl", "-d", device, "--info"], capture_output=True, text=True, check=False)
    return "\tVideo Capture\n" in told.stdout.replace("\t\t", "\t")


class Consumer:
    """Another program that watches a camera: ffmpeg, in the camera's own size and format."""

    def __init__(self, device: str) -> None:
        # Every picture once, as it comes: ffmpeg would else fill gaps and drop what has an old time stamp.
        read = ["-use_wallclock_as_timestamps", "1", "-f", "v4l2", "-i", device, "-fps_mode", "passthrough"]
        write = ["-pix_fmt", "yuv420p", "-strict", "-1", "-f", "yuv4mpegpipe", "-"]
        self._ffmpeg = subprocess.Popen(["ffmpeg", "-v", "error", *read, *write], stdout=subprocess.PIPE)
        assert self._ffmpeg.stdout is not None
        self._stream = self._ffmpeg.stdout
        tags = self._stream.readline().split()
        assert tags[:1] == [b"YUV4MPEG2"], "the consumer got no frame"
        self.size = Size(int(tags[1][1:]), int(tags[2][1:]))

    def read(self, count: int) -> Pictures:
        """(count, 3H/2, W), I420."""
        width, height = self.size
        return np.stack([self._picture(width, height * 3 // 2) for _ in range(count)])

    def _picture(self, width: int, rows: int) -> Pictures:
        assert self._stream.readline().startswith(b"FRAME")
        picture = np.frombuffer(self._stream.read(width * rows), np.uint8)
        return picture.reshape(rows, width)

    def __enter__(self) -> Consumer:
        return self

    def __exit__(self, *_: object) -> None:
        self._ffmpeg.kill()
        self._ffmpeg.wait()
        self._stream.close()
