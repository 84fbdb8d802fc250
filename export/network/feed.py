"""Pictures as the inputs of a network, as the manifest says that it wants them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import onnx

from ...models.manifest import Model
from ...models.segmenter import Rgb
from ...models.tensor import Filler
from ...realtime.errors import UnreadableInput
from ...realtime.sources.picture import read_picture
from ..errors import OpenSize, UnreadablePhoto

Inputs = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Slot:
    """An input: its name, its shape, where open axes are None, and its type."""

    name: str
    shape: tuple[int | None, ...]
    element: npt.DTypeLike


def slots(model: onnx.ModelProto) -> list[Slot]:
    """The network's inputs, the picture first."""
    weights = {each.name for each in model.graph.initializer}
    return [_slot(each) for each in model.graph.input if each.name not in weights]


def _slot(value: onnx.ValueInfoProto) -> Slot:
    tensor = value.type.tensor_type
    shape = tuple(each.dim_value if each.HasField("dim_value") else None for each in tensor.shape.dim)
    return Slot(value.name, shape, onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type))


def fed(network: onnx.ModelProto, model: Model, photos: Sequence[Path]) -> Iterator[Inputs]:
    """Each photo as the network's first input, at the network's size; other inputs are zeros.

    Zeros are the memory of a film's beginning (RVM). An axis of the picture that the file leaves open has
    the manifest's length; others must not be open.
    """
    first, *rest = slots(network)
    others = {each.name: np.zeros(_fixed(each), each.element) for each in rest}
    for photo in photos:
        yield {first.name: seen(first, model, read(photo)), **others}


def _fixed(slot: Slot) -> list[int]:
    lengths = [length for length in slot.shape if length is not None]
    if len(lengths) != len(slot.shape):
        raise OpenSize(slot.name)
    return lengths


def seen(slot: Slot, model: Model, picture: Rgb) -> npt.NDArray[Any]:
    """A picture at the network's size, as its numbers."""
    down, across = (1, 2) if model.layout == "nhwc" else (2, 3)
    size = slot.shape[across] or model.input_size.width, slot.shape[down] or model.input_size.height
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    if model.layout == "nhwc":
        return small[np.newaxis].astype(slot.element)
    tensor = np.empty((1, 3, size[1], size[0]), np.float32)
    Filler(model)(small, tensor[0])
    return tensor


def read(photo: Path) -> Rgb:
    """A picture file."""
    try:
        picture = read_picture(photo)
    except UnreadableInput as error:
        raise UnreadablePhoto(photo) from error
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
