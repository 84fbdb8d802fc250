"""Networks that look at one picture: for salient objects (U²-Net), people (MODNet, PP-HumanSeg), depth."""

from __future__ import annotations

import numpy as np

from .host import HERE, Host
from .manifest import Model
from .segmenter import InputSize, Mask, Rgb
from .session import FIRST, Port
from .tensor import Filler, check_picture


class Still:
    """Finds what its network was taught, in one picture at a time.

    The mask is what the network says, and is not stretched from its least to its greatest value, as is
    often done: in an empty room that makes a person of noise. Depth is no mask: larger is nearer, in
    neither metres nor any other scale, and two pictures' numbers cannot be compared.
    """

    def __init__(self, model: Model, host: Host = HERE) -> None:
        self.name = model.name
        self.input_size: InputSize = model.input_size
        width, height = model.input_size
        self._session = host.open(
            model,
            inputs={FIRST: Port((1, 3, height, width), np.float32)},
            outputs={FIRST: Port((1, model.classes, height, width), np.float32)},
        )
        self.providers = self._session.providers
        self._fill = Filler(model)
        self._mask: Mask = self._session.outputs[FIRST][0, -1]
        self._bounded = model.family == "still"

    def __call__(self, picture: Rgb) -> Mask:
        """(H, W, 3) of `input_size` in, (H, W) float32 out, ours until the next call; masks in [0, 1]."""
        check_picture(picture, *self.input_size)
        self._fill(picture, self._session.inputs[FIRST][0])
        self._session.run()
        return np.clip(self._mask, 0, 1, out=self._mask) if self._bounded else self._mask

    def reset(self) -> None:
        """Each picture stands for itself: there is nothing to forget."""
