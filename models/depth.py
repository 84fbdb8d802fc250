"""How near things are, from one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .manifest import Model
from .segmenter import InputSize, Rgb
from .session import CPU, FIRST, Port, Session
from .store import read_model
from .tensor import Filler, check_picture

Nearness = npt.NDArray[np.float32]  # (H, W), relative: larger is nearer; neither metres nor a fixed scale


class Depth:
    """Tells near from far; two pictures' numbers cannot be compared."""

    def __init__(
        self,
        model: Model,
        *,
        threads: int = 1,
        folders: Sequence[Path] = (),
        providers: Sequence[str] = (CPU,),
    ) -> None:
        self.name = model.name
        self.input_size: InputSize = model.input_size
        width, height = model.input_size
        path, content = read_model(model, folders)
        self._session = Session(
            path,
            content,
            inputs={FIRST: Port((1, 3, height, width), np.float32)},
            outputs={FIRST: Port((1, 1, height, width), np.float32)},
            threads=threads,
            providers=providers,
        )
        self.providers = self._session.providers
        self._fill = Filler(model)
        self._nearness: Nearness = self._session.outputs[FIRST][0, 0]

    def __call__(self, picture: Rgb) -> Nearness:
        """(H, W, 3) uint8 of `input_size` in, (H, W) float32 out; ours until the next call."""
        check_picture(picture, *self.input_size)
        self._fill(picture, self._session.inputs[FIRST][0])
        self._session.run()
        return self._nearness
