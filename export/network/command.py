"""What `softfocus export simplify`, `half` and `int8` do: one file in, another out, and what that costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import onnx

from ...models.manifest import Model, find_model
from ..command import write
from .compare import Comparison, compare
from .feed import Inputs, fed
from .graph import load, simplified
from .half import half
from .int8 import int8

MASKS = {"rvm": "pha", "selfie": "mask"}  # families whose first output is another


def export_simplified(source: Path, target: Path) -> str:
    """Write the same network with less in it; says how much less."""
    before = load(source)
    after = simplified(before)
    write(target, after.SerializeToString())
    return f"{target}: {len(after.graph.node)} nodes of {len(before.graph.node)}"


def export_half(source: Path, target: Path, name: str, photos: Sequence[Path]) -> str:
    """Write a network in 16-bit floating point; with photos, says what it costs."""
    return changed(source, target, find_model(name), photos, half)


def export_int8(
    source: Path, target: Path, name: str, calibration: Sequence[Path], photos: Sequence[Path]
) -> str:
    """Write a network in 8-bit whole numbers, scaled by the calibration photos; says what it costs."""
    model = find_model(name)
    return changed(
        source, target, model, photos, lambda network: int8(network, fed(network, model, calibration))
    )


def changed(
    source: Path,
    target: Path,
    model: Model,
    photos: Sequence[Path],
    change: Callable[[onnx.ModelProto], onnx.ModelProto],
) -> str:
    """Simplify, change and write a network; a line about it."""
    original = load(source)
    result = change(simplified(original))
    write(target, result.SerializeToString())
    size = f"{target}: {result.ByteSize() / 1e6:.1f} MB of {original.ByteSize() / 1e6:.1f}"
    if not photos:
        return size
    return f"{size}; {cost(original, result, model, list(fed(original, model, photos)))}"


def cost(
    original: onnx.ModelProto, result: onnx.ModelProto, model: Model, pictures: Sequence[Inputs]
) -> Comparison:
    """Beside each other on pictures, by the output that is the mask."""
    output = MASKS.get(model.family, original.graph.output[0].name)
    return compare(original, result, pictures, output, model.classes - 1)
