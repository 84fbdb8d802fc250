"""What the compiled network does, step by step; network.h says the same in C."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .onnx_file import Weights

# Kinds of steps; network.h says what each does.
PICTURE, POINTWISE, DEPTHWISE, ENLARGE, SPREAD, GREATEST, DENSE, GATE, HEAD, OUTLINE = range(10)
NOTHING, RELU, HARD_SWISH, RELU6, PRELU = range(5)  # activations


class NotFused(ValueError):
    """The graph has something that no step does."""


class Image(NamedTuple):
    """What a step makes, by its number; channels as in the graph."""

    number: int
    width: int
    height: int
    channels: int


@dataclass(slots=True)
class Step:
    """One step, with its weights as in the graph, each bias behind its own; `gate` by its step's number.

    slopes  of PRELU
    beside  the value of what lies beside the picture
    """

    kind: int
    source: Image | None
    target: Image | None
    weights: tuple[Weights, ...]
    activation: int = NOTHING
    slopes: Weights | None = None
    beside: float = 0
    other: Image | None = None
    enlarged: bool = False
    kernel: int = 1
    stride: int = 1
    before: int = 0
    gate: int | None = None


class Listed(NamedTuple):
    """Numbers of images, pixel by pixel, one image after the other."""

    images: tuple[Image, ...]
    sigmoid: bool = False


class Fused(NamedTuple):
    """The steps in their order, the images they make, and what the graph gives out.

    shapes  of the outputs
    masked  whether there is a mask, which is none of the outputs
    """

    steps: list[Step]
    images: list[Image]
    outputs: dict[str, Image | Listed]
    shapes: dict[str, tuple[int, ...]]
    masked: bool
