"""MODNet, from its authors' checkout."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from ...models.segmenter import InputSize
from .source import checkpoint, code, fill, settle
from .trace import Network, module, random

WHERE = "a checkout of github.com/ZHKKKe/MODNet, given with --source"


def modnet(source: Path, weights: Path | None, size: InputSize | None, *, trusted: bool = False) -> Network:
    """The matte alone: what it learns by is left out.

    weights  a checkpoint; None: random ones
    size     fixed; None: any whose sides are multiples of 32
    """
    net = code("src.models.modnet", source, WHERE).MODNet(backbone_pretrained=False)
    width, height = size or InputSize(512, 288)
    picture = random(1, 3, height, width) * 2 - 1
    if weights:
        fill(net, checkpoint(weights, trusted=trusted), weights)
    else:
        settle(net, picture, False)
    net.eval()
    return Network(
        "modnet" if size is None else f"modnet_{width}x{height}",
        module(partial(matte, net), net=net),
        {"input": picture},
        ("output",),
        open={} if size else {name: {2: "height", 3: "width"} for name in ("input", "output")},
        others=[] if size else [{"input": random(1, 3, 416, 320, seed=1) * 2 - 1}],
    )


def matte(net: Any, seen: Any) -> Any:
    """What the network gives when it is not learning."""
    return net(seen, True)[2]
