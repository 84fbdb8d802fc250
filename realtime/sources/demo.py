"""The built-in clip: a portrait in front of a hand-held, slightly noisy camera.

The portrait is NASA's of astronaut Eileen Collins, public domain (see NOTICE beside this file).
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from ..colour import from_bgr
from ..errors import EndOfSource
from ..frame import Colour, Frame, Plane, Planes, Size
from .lending import Lender

HD = Size(1280, 720)
PERIOD = 150  # frames until camera and light are back where they began
VIEW = 490.0  # px of the portrait's 512 across the frame: room to pan, yet head and shoulders in it
TOP = 143.0  # px: the portrait's row in the middle of the frame
SWAY = (9.0, 5.0)  # px of the portrait, sideways and up and down
ZOOM = 0.03  # part of the view
BREATHING = 0.04  # part of the brightness: auto-exposure hunts
NOISE = 2.0  # codes, one standard deviation in luma; half of it in chroma
STRAY = 64  # px by which each frame's noise may be cut elsewhere from one large tile


class Demo:
    """The same frames each time: frame `n` depends on `n` only.

    frames  how many, None for without end
    still   camera and light stay as in the first frame; the noise does not
    """

    live = False

    def __init__(
        self, size: Size = HD, rate: float = 30.0, *, frames: int | None = PERIOD, still: bool = False
    ) -> None:
        self.name = "demo"
        self.size = size
        self.rate = rate
        self._frames = frames
        self._still = still
        self._next = 0
        self._lend = Lender(size)
        self._scale = size.width / VIEW
        self._portrait = portrait(self._scale)
        rng = np.random.default_rng(0)
        half = Size(size.width // 2, size.height // 2)
        self._noise = (grain(rng, size, NOISE), grain(rng, half, NOISE / 2), grain(rng, half, NOISE / 2))

    def read(self, timeout: float) -> Frame | None:
        """The next frame, drawn now."""
        if self._frames is not None and self._next >= self._frames:
            raise EndOfSource
        index, self._next = self._next, self._next + 1
        planes = self._lend()
        turn = 0.0 if self._still else 2 * math.pi * (index % PERIOD) / PERIOD
        gain = 1 + BREATHING * math.sin(2 * turn)
        for i, (source, plane) in enumerate(zip(self._portrait, planes, strict=True)):
            self._film(source, plane, self._aim(turn, divisor=1 if i == 0 else 2))
            black = 16.0 if i == 0 else 128.0
            noise = cut(self._noise[i], index, plane)
            cv2.addWeighted(plane, gain, noise, 1.0, black * (1 - gain) - 128.0, dst=plane)
        return Frame(planes, index, round(index / self.rate * 1e9), Colour())

    def close(self) -> None:
        """Nothing is held."""
        self._frames = 0

    def _aim(self, turn: float, divisor: int) -> npt.NDArray[np.float64]:
        """(2, 3): where a frame's pixels lie in the enlarged portrait; `divisor` 2 for chroma."""
        zoom = 1 - ZOOM * (1 - math.cos(turn)) / 2
        sideways = self._scale * (256 + SWAY[0] * math.sin(turn))
        down = self._scale * (TOP + SWAY[1] * math.sin(2 * turn))
        x = sideways - zoom * self.size.width / 2
        y = max(0.0, down - zoom * self.size.height / 2)
        return np.array([[zoom, 0, x / divisor], [0, zoom, y / divisor]])

    @staticmethod
    def _film(source: Plane, plane: Plane, aim: npt.NDArray[np.float64]) -> None:
        height, width = plane.shape
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(source, aim, (width, height), dst=plane, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def portrait(scale: float) -> Planes:
    """The portrait, enlarged so that the camera sees about one of its pixels per pixel."""
    packed = Path(__file__).with_name("astronaut.jpg").read_bytes()
    picture = np.asarray(cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_COLOR))
    side = round(picture.shape[0] * scale / 2) * 2
    large = np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
    return from_bgr(large, Colour()).planes


def grain(rng: np.random.Generator, size: Size, deviation: float) -> Plane:
    """Sensor noise around 128, larger than the frame by STRAY."""
    shape = (size.height + STRAY, size.width + STRAY)
    return np.clip(np.rint(rng.normal(128, deviation, shape)), 0, 255).astype(np.uint8)


def cut(noise: Plane, index: int, plane: Plane) -> Plane:
    """The noise of one frame: a window of the tile, elsewhere for each frame."""
    height, width = plane.shape
    y, x = index * 37 % STRAY, index * 23 % STRAY
    return noise[y : y + height, x : x + width]
