"""What an operator's result is while no step has made it: some are made by the step that uses them."""

from __future__ import annotations

from typing import NamedTuple

from .onnx_file import Weights
from .steps import NOTHING, Image, Listed


class Picture(NamedTuple):
    width: int
    height: int
    beside: float = 0  # what is taken off its bytes


class Gate(NamedTuple):
    step: int


class Gated(NamedTuple):
    """An image times a gate."""

    image: Image
    gate: Gate


class Enlarged(NamedTuple):
    """An image, bilinearly enlarged by 2."""

    small: Image
    activation: int = NOTHING
    slopes: Weights | None = None


class Widened(NamedTuple):
    """An image with more channels, of zeros."""

    image: Image


class Probable(NamedTuple):
    """An image after a sigmoid."""

    image: Image


class Sum(NamedTuple):
    """An image, or one times a gate, plus an enlarged one."""

    image: Image | Gated
    small: Image


class Mean(NamedTuple):
    """The mean of an image's pixels, or of a sum's, and the layers that it went through."""

    image: Image
    small: Image | None
    layers: tuple[Weights, ...] = ()
    rectified: bool = False


class Mask(NamedTuple):
    ready: bool


Value = Picture | Image | Listed | Gate | Gated | Enlarged | Widened | Probable | Sum | Mean | Mask
