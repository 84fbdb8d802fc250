"""What the frame path asks of a person-segmentation model."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]  # (H, W, 3), red first, 0..255
Mask = npt.NDArray[np.float32]  # (H, W), 0 = background, 1 = person


class InputSize(NamedTuple):
    """The picture a model looks at, px."""

    width: int
    height: int


class Segmenter(Protocol):
    """Finds the person in one small picture."""

    @property
    def name(self) -> str:
        """As in the manifest."""
        ...

    @property
    def input_size(self) -> InputSize:
        """What `__call__` must be given."""
        ...

    def __call__(self, picture: Rgb) -> Mask:
        """(H, W, 3) uint8 of `input_size` in, (H, W) float32 in [0, 1] out; ours until the next call."""
        ...

    def reset(self) -> None:
        """Forget earlier pictures (recurrent models); the next one is the first of a new scene."""
        ...


@runtime_checkable
class Recurrent(Segmenter, Protocol):
    """A segmenter whose mask depends on the pictures before."""

    def glance(self, picture: Rgb) -> Mask:
        """The mask of a picture by itself: those before play no part in it, nor it in those to come."""
        ...
