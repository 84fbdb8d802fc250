"""What a detector's network runs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from ..host import Host
from ..manifest import Model
from ..opencv import Dnn
from ..session import CPU, Port, Values
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


def open_net(model: Model, host: Host, shapes: Mapping[str, tuple[int, ...]]) -> Net:
    """A network that takes `picture`, (1, H, W, 3) uint8, and gives float32 of these shapes."""
    width, height = model.input_size
    inputs = {"picture": Port((1, height, width, 3), np.uint8)}
    outputs = {name: Port(shape, np.float32) for name, shape in shapes.items()}
    if list(host.providers) != [CPU]:
        return host.open(model, inputs=inputs, outputs=outputs)
    path, content = read_model(model, host.folders)
    return Dnn(path, content, inputs=inputs, outputs=outputs)
