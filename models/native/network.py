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
from .pack import aligned, blocks
from .plan import MARGIN, Place, Plan, lay_out
from .steps import NotFused

PICTURE, MASK, CPU = "picture", "mask", "cpu"
_MOST = 1 << 22  # floats of a workspace
_ARM = {"aarch64", "arm64"}  # whose vectors are those of the plain form


class Workspace:
    """Memory for networks that run one after the other, never at once: what one leaves, the next overwrites.

    Of the memory that a network might want, only what some network uses is ever really taken.
    """

    def __init__(self) -> None:
        self._memory = aligned(_MOST)

    def take(self, count: int) -> Weights:
        """The first so many floats."""
        if count > _MOST:
            raise NotFused(f"it works in {count} numbers")
        return self._memory[:count]


class Network:
    """A network that is ready to run, on the thread that calls it; to be used like a `Session`.

    inputs   `picture`, (1, H, W, 3) uint8 RGB
    outputs  `mask`, (1, 1, H, W) float32, if there is one; and what else the plan gives out: images,
             (1, C, H, W) float32, seen where the last step left them, and lists of numbers
    form     which of `forms` runs
    workspace  to work in; without it, memory of its own
    """

    providers: Sequence[str] = [CPU]

    def __init__(
        self, plan: Plan, size: InputSize, form: int = 0, workspace: Workspace | None = None
    ) -> None:
        self._form = form
        self._steps, self._images = plan.steps, plan.images
        self._weights = plan.weights
        self._memory = workspace.take(plan.memory) if workspace else aligned(plan.memory)
        self.inputs = {PICTURE: np.zeros((1, size.height, size.width, 3), np.uint8)}
        mask = np.zeros((1, 1, size.height, size.width) if plan.masked else (1, 1, 0, 0), np.float32)
        self.outputs: dict[str, npt.NDArray[Any]] = {MASK: mask} if plan.masked else {}
        self.outputs |= {name: _seen(self._memory, place) for name, place in plan.outputs.items()}
        self._copies: list[tuple[Weights, Weights]] = []
        self._probable: list[Weights] = []
        for name, (places, shape, sigmoid) in plan.lists.items():
            self._list(name, places, shape, sigmoid)
        self._buffers = (self.inputs[PICTURE][0], mask[0, 0])

    def _list(self, name: str, places: Sequence[Place], shape: tuple[int, ...], sigmoid: bool) -> None:
        """Have an output filled after each run."""
        numbers = self.outputs[name] = np.zeros(shape, np.float32)
        begin = 0
        for place in places:
            pixels = _seen(self._memory, place)[0].transpose(1, 2, 0)
            into = numbers.reshape(-1)[begin : begin + pixels.size].reshape(pixels.shape)
            self._copies.append((into, pixels))
            begin += pixels.size
        if begin != numbers.size:
            raise NotFused(f"{name} has {numbers.size} numbers, not {begin}")
        if sigmoid:
            self._probable.append(numbers)

    def run(self) -> None:
        """Compute `outputs` from `inputs`."""
        from . import _compiled

        _compiled.run(self._form, self._steps, self._images, self._weights, self._memory, *self._buffers)
        for into, pixels in self._copies:
            np.copyto(into, pixels)
        for numbers in self._probable:
            np.copyto(numbers, 1 / (1 + np.exp(-numbers.clip(-80, 80))))


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
    content: bytes,
    size: InputSize,
    outputs: Sequence[str] = (),
    *,
    masked: bool = True,
    workspace: Workspace | None = None,
) -> Network | None:
    """The network in an ONNX file; None where ONNX Runtime has to run it, or to say what is wrong with it.

    outputs  those to give out beside the mask, which it has where it is `masked`
    """
    if not quick():
        return None
    try:
        graph = read_onnx(content)
        if graph.shapes.get(PICTURE) != (1, size.height, size.width, 3):
            return None
        fused = fuse(graph, PICTURE, MASK)
        if fused.masked != masked:
            return None
        plan = lay_out(fused, outputs, halves=forms()[0] != "plain")
        network = Network(plan, size, workspace=workspace)
        network.run()  # what does not fit together shows here
    except ValueError:  # NotReadable and NotFused among them
        return None
    return network


def _seen(memory: Weights, place: Place) -> npt.NDArray[Any]:
    """An image where it lies, (1, C, H, W), without what it is padded with."""
    shape = (place.height, place.width + 2 * MARGIN, blocks(place.channels))
    pixels = memory[place.at : place.at + shape[0] * shape[1] * shape[2]].reshape(shape)
    return pixels[:, MARGIN:-MARGIN, : place.channels].transpose(2, 0, 1)[None]
