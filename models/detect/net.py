"""What a detector's network runs on: our own code, or ONNX Runtime or OpenCV where that was not compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from ..host import Host
from ..manifest import Model
from ..native.network import MASK, PICTURE, Workspace, open_network
from ..opencv import Dnn
from ..runtime import runtime_installed
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
    path, content = read_model(model, host.folders)
    listed = [name for name in shapes if name != MASK]
    alone = not runtime_installed()
    network = open_network(
        content, model.input_size, listed, masked=MASK in shapes, workspace=workspace, alone=alone
    )
    if network:
        return network
    width, height = model.input_size
    inputs = {PICTURE: Port((1, height, width, 3), np.uint8)}
    outputs = {name: Port(shape, np.float32) for name, shape in shapes.items()}
    if alone:
        return Dnn(path, content, inputs=inputs, outputs=outputs)
    return Host(host.folders).open(model, inputs=inputs, outputs=outputs)
