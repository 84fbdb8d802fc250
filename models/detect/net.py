"""What a detector's network runs on: our own code, or ONNX Runtime where that was not compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from ..host import Host
from ..manifest import Model
from ..native.network import MASK, PICTURE, Workspace, open_network
from ..session import Port, Values
from ..store import read_model


class Net(Protocol):
    """Ready to run, from and into buffers that stay the same."""

    inputs: dict[str, Values]
    outputs: dict[str, Values]

    @property
    def providers(self) -> Sequence[str]:
        """What it runs on, best first."""
        ...

    def run(self) -> None:
        """Compute `outputs` from `inputs`."""
        ...


def open_net(
    model: Model, host: Host, shapes: Mapping[str, tuple[int, ...]], workspace: Workspace | None
) -> Net:
    """A network that takes `picture`, (1, H, W, 3) uint8, and gives float32 of these shapes.

    It runs on one thread of the processor, whatever else the host has: it takes a few milliseconds, now
    and then.
    """
    _, content = read_model(model, host.folders)
    listed = [name for name in shapes if name != MASK]
    network = open_network(content, model.input_size, listed, masked=MASK in shapes, workspace=workspace)
    if network:
        return network
    width, height = model.input_size
    return Host(host.folders).open(
        model,
        inputs={PICTURE: Port((1, height, width, 3), np.uint8)},
        outputs={name: Port(shape, np.float32) for name, shape in shapes.items()},
    )
