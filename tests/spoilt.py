"""A real model whose masks are spoilt on their way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from softfocus.models.open import open_segmenter
from softfocus.models.segmenter import Mask, Rgb, Segmenter


@dataclass
class Spoilt:
    """The real model, and what is done to its masks."""

    spoil: Callable[[Mask], Mask] = lambda mask: mask
    real: Segmenter = field(default_factory=open_segmenter)
    calls: int = 0

    def __post_init__(self) -> None:
        self.name, self.input_size = self.real.name, self.real.input_size

    def __call__(self, picture: Rgb) -> Mask:
        self.calls += 1
        return self.spoil(self.real(picture).copy())

    def reset(self) -> None:
        self.real.reset()
