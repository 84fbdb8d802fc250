"""What `softfocus export rvm`, `modnet`, `mobile-sam`, `efficient-sam` and `cartoon` do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import onnx

from ..command import write
from ..errors import ParityLost
from ..network.graph import simplified
from .trace import Network, agreement, to_onnx


def export(networks: Iterable[Network], folder: Path) -> Iterator[str]:
    """Write each network that computes what the original does as NAME.onnx into `folder`; a line for each."""
    for network in networks:
        content = simplified(onnx.load_from_string(to_onnx(network))).SerializeToString()
        target = folder / f"{network.name}.onnx"
        found = agreement(network, content)
        if not found.holds:
            raise ParityLost(target, found.largest)
        write(target, content)
        inputs = f"{found.inputs} input{'s' if found.inputs > 1 else ''}"
        apart = f"{found.largest:.1e} from PyTorch ({found.relative:.1e} of the range)"
        yield f"{target}: at most {apart} on {inputs}"
