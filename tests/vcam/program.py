"""softfocus run, as a user runs it, and a program that watches what it publishes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread

import cv2
import numpy as np

from softfocus.realtime.frame import Size
from softfocus.realtime.live.watchers import holds
from softfocus.realtime.sinks.placeholder import camera_off

from .consumer import Consumer, Pictures, announces_capture, wait_for

GREEN = "#00c000"  # behind the person, so that a composed picture is told from a shielded one
SIZE = ("--size", "640x360")
GREEN_CHROMA = np.array([72, 58]).reshape(2, 1, 1)  # its U and V
SOFTEST = 30  # luma from one pixel to the next: a shielded picture stays far below, the room's edges do not
TICK = os.sysconf("SC_CLK_TCK")  # per s of CPU time


class Program:
    """softfocus, from a webcam to a virtual camera, until the block ends."""

    def __init__(self, webcam: str, camera: str, log: Path, *options: str) -> None:
        self._webcam = webcam
        self._log = log
        command = [sys.executable, "-m", "softfocus", "run", "-i", webcam, "-o", f"camera:{camera}"]
        with log.open("wb") as to:
            self.process = subprocess.Popen([*command, *SIZE, "-b", GREEN, *options], stderr=to)
        wait_for(lambda: announces_capture(camera) or self.process.poll() is not None, "it never began")
        assert self.process.poll() is None, self.said

    @property
    def said(self) -> str:
        """What it wrote on standard error so far."""
        return self._log.read_text("utf-8")

    @property
    def light(self) -> bool:
        """Whether the webcam's light would be on: the program has it open."""
        return holds(Path(f"/proc/{self.process.pid}"), self._webcam)

    def cpu_seconds(self) -> float:
        """CPU time so far, its own and the kernel's for it."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        finally:
            self.process.kill()
        print(self.said)


class Watcher:
    """A program that watches a camera all the time; it remembers what it saw, in order."""

    def __init__(self, camera: str) -> None:
        self._consumer = Consumer(camera)
        self._off = camera_off(Size(*self._consumer.size)).data
        self.saw: list[str] = []
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def sees(self, kind: str, times: int = 1, *, since: int | None = None) -> None:
        """Wait until it saw that so many times from now on, or from its picture number `since` on."""
        start = len(self.saw) if since is None else since
        wait_for(lambda: self.saw[start:].count(kind) >= times, f"it never saw {kind}", seconds=60)

    def _watch(self) -> None:
        with suppress(AssertionError, ValueError):  # the end of ffmpeg's stream
            while True:
                self.saw.append(self._kind(self._consumer.read(1)[0]))

    def _kind(self, picture: Pictures) -> str:
        if np.array_equal(picture, self._off):
            return "off"
        height = len(picture) * 2 // 3
        chroma = picture[height:].reshape(2, height // 2, -1)
        if np.mean(np.all(np.abs(chroma - GREEN_CHROMA) < 12, axis=0)) > 0.5:
            return "composed"
        return "shielded" if is_soft(picture[:height]) else "raw"

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.__exit__()
        self._thread.join()


class Viewer:
    """A program that watches a camera with OpenCV, as many do: it opens, streams, and closes."""

    def __init__(self, camera: str) -> None:
        self._capture = cv2.VideoCapture(camera, cv2.CAP_V4L2)
        assert self._capture.isOpened()

    def picture(self) -> np.ndarray:
        """(H, W, 3), blue first; waits for it."""
        got, picture = self._capture.read()
        assert got, "the virtual camera gave no picture for 10 s"
        return picture

    def until_composed(self, patience: float = 20) -> float:
        """s until a picture came that is composed."""
        began = time.monotonic()
        while not is_composed(self.picture()):
            assert time.monotonic() - began < patience, "no composed picture came"
        return time.monotonic() - began

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, *_: object) -> None:
        self._capture.release()


def is_soft(luma: Pictures) -> bool:
    """No edge of the room is left in it."""
    return bool(np.abs(np.diff(luma.astype(int), axis=1)).max() <= SOFTEST)


def is_composed(picture: np.ndarray) -> bool:
    """Green, mostly: the webcam of the virtual machine shows no person, but its bars may look like one."""
    blue, green, red = (picture[..., channel].astype(int) for channel in range(3))
    return bool(np.mean((green > 130) & (red < 90) & (blue < 90)) > 0.5)
