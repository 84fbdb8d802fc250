"""Robust Video Matting (Lin 2021, arXiv:2108.11515): alpha that remembers the frames before."""

from __future__ import annotations

import numpy as np

from .host import HERE, Host
from .manifest import Model
from .segmenter import InputSize, Mask, Rgb
from .session import Port
from .tensor import Filler, check_picture

CHANNELS = (16, 20, 40, 64)  # of the memory at 1/2, 1/4, 1/8 and 1/16 of the size inside (MobileNetV3)
MEMORY, RENEWED = ("r1i", "r2i", "r3i", "r4i"), ("r1o", "r2o", "r3o", "r4o")
RATIO = "downsample_ratio"


class Rvm:
    """Finds people in the frames of a film, in order.

    Takes upstream's file, whose size is open and which asks for a ratio, and files made for one size.

    downsample  how much smaller than the picture the network works inside; files of one size have it fixed
    """

    def __init__(self, model: Model, host: Host = HERE, *, downsample: float = 1.0) -> None:
        self.name = model.name
        self.input_size: InputSize = model.input_size
        width, height = model.input_size
        memory = memory_shapes(int(width * downsample), int(height * downsample))
        self._session = host.open(
            model,
            inputs={
                "src": Port((1, 3, height, width), np.float32),
                **{name: Port(shape, np.float32) for name, shape in zip(MEMORY, memory, strict=True)},
            },
            outputs={
                "pha": Port((1, 1, height, width), np.float32),
                **{name: Port(shape, np.float32) for name, shape in zip(RENEWED, memory, strict=True)},
            },
            optional={RATIO: Port((1,), np.float32)},
            fill={RATIO: downsample},
        )
        self.providers = self._session.providers
        self._fill = Filler(model)
        self._mask: Mask = self._session.outputs["pha"][0, 0]

    def __call__(self, picture: Rgb) -> Mask:
        """(H, W, 3) uint8 of `input_size` in, (H, W) float32 in [0, 1] out; ours until the next call."""
        check_picture(picture, *self.input_size)
        self._fill(picture, self._session.inputs["src"][0])
        self._session.run()
        # Up to 4 MB, a hundredth of what the network itself takes.
        for name, new in zip(MEMORY, RENEWED, strict=True):
            np.copyto(self._session.inputs[name], self._session.outputs[new])
        return self._mask

    def glance(self, picture: Rgb) -> Mask:
        """The mask of a picture by itself: those before play no part in it, nor it in those to come."""
        memory = [self._session.inputs[name].copy() for name in MEMORY]
        self.reset()
        mask = self(picture)
        for name, kept in zip(MEMORY, memory, strict=True):
            np.copyto(self._session.inputs[name], kept)
        return mask

    def reset(self) -> None:
        """Forget the frames before: a memory of zeros is that of a film's beginning."""
        for name in MEMORY:
            self._session.inputs[name].fill(0)


def memory_shapes(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Of what the network remembers; each level halves, rounding up."""
    shapes: list[tuple[int, int, int, int]] = []
    for channels in CHANNELS:
        width, height = -(-width // 2), -(-height // 2)
        shapes.append((1, channels, height, width))
    return shapes
