"""A small network that runs in our own compiled code, from and into buffers that stay the same."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..segmenter import InputSize
from .fuse import fuse
from .onnx_file import Weights, read_onnx
from .plan import MARGIN, Place, Plan, blocks, lay_out

PICTURE, MASK, CPU = "picture", "mask", "cpu"
_ALIGNED = 64  # bytes
_ARM = {"aarch64", "arm64"}  # whose vectors are those of the plain form


class Network:
    """A network that is ready to run, on the thread that calls it; to be used like a `Session`.

    inputs   `picture`, (1, H, W, 3) uint8 RGB
    outputs  `mask`, (1, 1, H, W) float32 in [0, 1]; and what else the plan gives out, (1, C, H, W)
             float32, seen where the last step left it
    form     which of `forms` runs
    """

    providers: Sequence[str] = [CPU]

    def __init__(self, plan: Plan, size: InputSize, form: int = 0) -> None:
        self._form = form
        self._steps, self._images = plan.steps, plan.images
        self._weights = _aligned(plan.weights.size)
        self._weights[:] = plan.weights
        self._memory = _aligned(plan.memory)
        self.inputs = {PICTURE: np.zeros((1, size.height, size.width, 3), np.uint8)}
        self.outputs = {MASK: np.zeros((1, 1, size.height, size.width), np.float32)}
        self.outputs |= {name: _seen(self._memory, place) for name, place in plan.outputs.items()}
        self._buffers = (self.inputs[PICTURE][0], self.outputs[MASK][0, 0])

    def run(self) -> None:
        """Compute `outputs` from `inputs`."""
        from . import _compiled

        _compiled.run(self._form, self._steps, self._images, self._weights, self._memory, *self._buffers)


def forms() -> tuple[str, ...]:
    """What it was compiled for that this processor can run, best first; none where nothing could."""
    try:
        from . import _compiled
    except ImportError:
        return ()
    return _compiled.forms()


def quick() -> bool:
    """Whether there is a form that is quicker here than ONNX Runtime."""
    found = forms()
    return bool(found) and (found[0] != "plain" or platform.machine() in _ARM)


def open_network(
    content: bytes, size: InputSize, outputs: Sequence[str] = (), *, alone: bool = False
) -> Network | None:
    """The network in an ONNX file; None where others have to run it, or to say what is wrong with it.

    outputs  those to give out beside the mask
    alone    there is no ONNX Runtime that would be quicker than the plain form
    """
    if not (quick() or (alone and forms())):
        return None
    try:
        graph = read_onnx(content)
        if graph.shapes.get(PICTURE) != (1, size.height, size.width, 3):
            return None
        network = Network(lay_out(fuse(graph, PICTURE, MASK), outputs), size)
        network.run()  # what does not fit together shows here
    except ValueError:  # NotReadable and NotFused among them
        return None
    return network


def _aligned(count: int) -> Weights:
    """Zeros that begin where the widest vectors may be read."""
    spare = _ALIGNED // 4
    numbers = np.zeros(count + spare, np.float32)
    begin = -numbers.ctypes.data // 4 % spare
    return numbers[begin : begin + count]


def _seen(memory: Weights, place: Place) -> npt.NDArray[Any]:
    """An image where it lies, (1, C, H, W), without what it is padded with."""
    shape = (place.height, place.width + 2 * MARGIN, blocks(place.channels))
    pixels = memory[place.at : place.at + shape[0] * shape[1] * shape[2]].reshape(shape)
    return pixels[:, MARGIN:-MARGIN, : place.channels].transpose(2, 0, 1)[None]
