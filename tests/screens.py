"""X servers of our own, with nobody on them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from conftest import unavailable

WIDTH, HEIGHT = 1000, 700


@dataclass(frozen=True)
class Server:
    """An X server with one screen of WIDTH x HEIGHT.

    display  its name
    memory   the file that its screen lies in: an XWD header and colour map, then BGRX
    """

    process: subprocess.Popen[bytes]
    display: str
    memory: Path

    def draw(self, picture: np.ndarray) -> None:
        """Put (HEIGHT, WIDTH, 3) RGB on the screen."""
        shape = (HEIGHT, WIDTH, 4)
        pixels = np.memmap(
            self.memory, np.uint8, "r+", self.memory.stat().st_size - int(np.prod(shape)), shape
        )
        pixels[..., :3] = picture[..., ::-1]


@contextmanager
def screen() -> Iterator[Server]:
    """Until the block ends."""
    if shutil.which("Xvfb") is None:
        unavailable("Xvfb")
    with TemporaryDirectory() as folder:
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-noreset", "-fbdir", folder]
        command += ["-screen", "0", f"{WIDTH}x{HEIGHT}x24"]
        server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        try:
            yield Server(server, f":{number}", Path(folder) / "Xvfb_screen0")
        finally:
            server.terminate()
            server.wait()
