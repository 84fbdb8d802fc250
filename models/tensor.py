"""From a picture to the numbers that a network was trained on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .manifest import Model
from .segmenter import Rgb

Tensor = npt.NDArray[np.float32]  # (3, H, W)


class Filler:
    """Writes pictures into a network's input, as the manifest says that it wants them."""

    def __init__(self, model: Model) -> None:
        low, high = model.range
        std = np.array(model.std, np.float32)
        self._gain = np.float32(high - low) / np.float32(255) / std
        self._offset = (np.float32(low) - np.array(model.mean, np.float32)) / std

    def __call__(self, picture: Rgb, into: Tensor) -> None:
        """(H, W, 3) uint8 in, (3, H, W) float32 out; colour by colour, without a copy between."""
        for colour, plane in enumerate(into):
            np.multiply(picture[..., colour], self._gain[colour], out=plane)
            if self._offset[colour]:
                np.add(plane, self._offset[colour], out=plane)


def check_picture(picture: Rgb, width: int, height: int) -> None:
    """A picture of another size or type is a bug."""
    if picture.shape != (height, width, 3) or picture.dtype != np.uint8:
        raise ValueError(f"picture is {picture.dtype} {picture.shape} != uint8 {(height, width, 3)}")
