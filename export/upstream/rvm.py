"""Robust Video Matting, from its authors' checkout."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from ...models.rvm import MEMORY, RATIO, RENEWED, memory_shapes
from ...models.segmenter import InputSize
from .source import checkpoint, code, fill, settle, torch
from .trace import Inputs, Network, module, random

WHERE = "a checkout of github.com/PeterL1n/RobustVideoMatting, given with --source, and torchvision"
OTHER = (1280, 720, 0.4)  # what an open export is compared on, too: width, height, ratio


def rvm(source: Path, weights: Path | None, size: InputSize | None, *, trusted: bool = False) -> Network:
    """The MobileNetV3 variant, with its memory as inputs and outputs.

    weights  a checkpoint; None: random ones
    size     fixed, working inside at full size; None: any, with the ratio as an input as upstream has it
    """
    net = code("model", source, WHERE).MattingNetwork("mobilenetv3")
    if weights:
        fill(net, checkpoint(weights, trusted=trusted), weights)
    else:
        settle(net, random(1, 3, 288, 512))
    net.eval()
    if size:
        return Network(f"rvm_{size.width}x{size.height}", net, frames(*size), ("fgr", "pha", *RENEWED))
    axes = {name: {2: f"{name}_height", 3: f"{name}_width"} for name in ("src", *MEMORY, *RENEWED)}
    return Network(
        "rvm",
        module(partial(at_ratio, net), net=net),
        frames(512, 288, 0.5),
        ("fgr", "pha", *RENEWED),
        open=axes | {name: {2: "height", 3: "width"} for name in ("fgr", "pha")},
        others=[frames(*OTHER)],
    )


def frames(width: int, height: int, ratio: float | None = None) -> Inputs:
    """A frame, something remembered, and the ratio where one is asked for."""
    inside = (width, height) if ratio is None else (int(width * ratio), int(height * ratio))
    inputs = {"src": random(1, 3, height, width)}
    for seed, (name, shape) in enumerate(zip(MEMORY, memory_shapes(*inside), strict=True), 1):
        inputs[name] = random(*shape, seed=seed)
    return inputs if ratio is None else inputs | {RATIO: torch().tensor([ratio])}


def at_ratio(net: Any, src: Any, r1: Any, r2: Any, r3: Any, r4: Any, ratio: Any) -> list[Any]:
    """As the network goes forward, with a ratio that is a tensor: its own way takes a number only."""
    inside = [(side * ratio).long() for side in (torch().tensor(src.shape[2]), torch().tensor(src.shape[3]))]
    small = torch().nn.functional.interpolate(src, size=(inside[0], inside[1]), mode="bilinear")
    *shallow, deep = net.backbone(small)
    hidden, *memory = net.decoder(small, *shallow, net.aspp(deep), r1, r2, r3, r4)
    foreground, alpha = net.project_mat(hidden).split([3, 1], dim=1)
    foreground, alpha = net.refiner(src, small, foreground, alpha, hidden)
    return [(foreground + src).clamp(0, 1), alpha.clamp(0, 1), *memory]
