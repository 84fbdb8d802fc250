"""Writes a PyTorch network as ONNX, and says how far the two are apart."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ...models.runtime import import_runtime
from ..onnx_writer import OPSET
from .source import torch

TOLERANCE = 1e-3  # of the range of an output's values; rounding alone gave up to 1e-4

Inputs = Mapping[str, Any]  # name → tensor


@dataclass(frozen=True, slots=True)
class Network:
    """What becomes one ONNX file.

    module   a torch.nn.Module in evaluation mode
    inputs   examples by name, in the module's order
    outputs  names, in the module's order; those that the module gives beyond them are left out
    open     axes whose length the file leaves open: port → axis → name
    others   more inputs to compare on, of other sizes where axes are open
    """

    name: str
    module: Any
    inputs: Inputs
    outputs: Sequence[str]
    open: Mapping[str, Mapping[int, str]] = field(default_factory=dict[str, Mapping[int, str]])
    others: Sequence[Inputs] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far an export is from its original.

    largest   difference of any value of any output
    relative  the same, as a part of the range of that output's values: what is judged
    """

    largest: float
    relative: float
    inputs: int

    @property
    def holds(self) -> bool:
        return self.relative <= TOLERANCE


def to_onnx(network: Network) -> bytes:
    """The ONNX file's content. The network is traced: what it decides by its input's values is fixed."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is fixed by tracing, and that newer exporters exist
        path = Path(folder) / "network.onnx"
        # The newer exporter refuses what RVM and MobileSAM do with values that it does not know.
        torch().onnx.export(
            network.module,
            tuple(network.inputs.values()),
            str(path),
            input_names=list(network.inputs),
            output_names=list(network.outputs),
            dynamic_axes={port: dict(axes) for port, axes in network.open.items()},
            opset_version=OPSET,
            dynamo=False,
        )
        return path.read_bytes()


def agreement(network: Network, content: bytes) -> Agreement:
    """Run both on the network's examples."""
    ort = import_runtime()
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    taken = {port.name for port in session.get_inputs()}  # one that nothing depends on is not in the file
    largest = relative = 0.0
    examples = [network.inputs, *network.others]
    for inputs in examples:
        fed = {name: value.numpy() for name, value in inputs.items() if name in taken}
        exported = session.run(list(network.outputs), fed)
        with torch().no_grad():
            original = network.module(*inputs.values())
        for ours, theirs in zip(exported, _arrays(original), strict=False):
            apart = float(np.abs(ours - theirs).max())
            span = float(np.ptp(theirs))
            largest, relative = max(largest, apart), max(relative, apart / span if span else np.inf)
    return Agreement(largest, relative, len(examples))


def _arrays(outputs: Any) -> list[npt.NDArray[np.float32]]:
    several = cast("Sequence[Any]", outputs) if isinstance(outputs, list | tuple) else [outputs]
    return [value.numpy() for value in several]


def module(forward: Callable[..., Any], **parts: Any) -> Any:
    """A module whose way forward is a function of the given parts; their weights are its own."""
    whole = torch().nn.Module()
    for name, part in parts.items():
        setattr(whole, name, part)
    whole.forward = forward
    return whole.eval()


def random(*shape: int, seed: int = 0) -> Any:
    """A tensor of numbers in [0, 1), the same every time."""
    values = np.random.default_rng(seed).random(shape, np.float32)
    return torch().from_numpy(values)
