"""CartoonSegmentation (arXiv:2312.01943): RTMDet-Ins from mmdet, the refiner from its authors' checkout."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from .source import checkpoint, code, code_file, fill, settle, torch
from .trace import Network, module, random

WHERE = "pip install mmdet mmengine 'mmcv>=2.0,<2.2'"
REFINER = "animeinsseg/models/animeseg_refine/isnet.py"
REFINER_WHERE = "a checkout of github.com/CartoonSegmentation/CartoonSegmentation, given with --source"
CONFIG = ".mim/configs/rtmdet/rtmdet-ins_l_8xb32-300e_coco.py"  # of mmdet; what upstream's is made from

DETECTOR_SIDE, REFINER_SIDE = 640, 720  # px
CHARACTERS = 100  # at most, before those that are one are joined
SPREAD = 100.0  # times fresh weights, whose scores differ by less than rounding does
MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)  # red, green, blue


def detector(weights: Path | None, *, trusted: bool = False) -> Network:
    """Boxes, scores and mask logits of the likeliest characters; which of them are one is for who asks.

    picture  (1, 3, 640, 640) red, green, blue, 0..255
    boxes    (1, 100, 4) left, top, right, bottom, px; scores (1, 100); masks (1, 100, 80, 80) logits
    """
    mmdet = code("mmdet.utils", None, WHERE)
    mmdet.register_all_modules()
    registry = code("mmdet.registry", None, WHERE)
    held = checkpoint(weights, trusted=trusted) if weights else None
    net = registry.MODELS.build(configured(held))
    if held and weights:
        fill(net, {name: value for name, value in held["state_dict"].items()}, weights)
    else:
        settle(module(partial(raw, net), net=net), random(2, 3, 320, 320))
        spread(net)
    net.eval()
    return Network(
        "cartoon_detector",
        module(partial(characters, net), net=net),
        {"picture": random(1, 3, DETECTOR_SIDE, DETECTOR_SIDE) * 255},
        ("boxes", "scores", "masks"),
    )


def spread(net: Any) -> None:
    """Let no two places be equally likely: which of them comes first would be chance."""
    with torch().no_grad():
        for layer in net.bbox_head.rtm_cls:
            layer.weight *= SPREAD


def configured(held: Any) -> Any:
    """How the network is built: as the checkpoint says, or as mmdet's own for one class.

    Upstream's head differs from mmdet's in how it learns only.
    """
    configs: Any = importlib.import_module("mmengine.config")
    if held:
        text = held["meta"]["cfg"].replace("file_client_args", "backend_args")
        config = configs.Config.fromstring(text, file_format=".py")
    else:
        package = Path(importlib.import_module("mmdet").__path__[0])
        config = configs.Config.fromfile(package / CONFIG)
        config.model.backbone.init_cfg = None
        config.model.bbox_head.num_classes = 1
    config.model.bbox_head.type = "RTMDetInsSepBNHead"
    for part in (config.model.backbone, config.model.neck, config.model.bbox_head):
        if part.get("norm_cfg", {}).get("type") == "SyncBN":
            part.norm_cfg.type = "BN"
    return config.model


def raw(net: Any, seen: Any) -> Any:
    """What RTMDet says of every place of three grids: scores, reaches, kernels; and features for masks."""
    return net.bbox_head(net.extract_feat(seen))


def characters(net: Any, picture: Any) -> tuple[Any, Any, Any]:
    """The likeliest of RTMDet's answers, with their masks."""
    functions = torch()
    mean, std = (functions.tensor(each).view(1, 3, 1, 1) for each in (MEAN, STD))
    seen = ((picture - mean) / std).flip(1)  # blue, green, red
    likely, reach, kernels, features = raw(net, seen)
    sizes = [each.shape[-2:] for each in likely]
    grids = net.bbox_head.prior_generator.grid_priors(sizes, device="cpu", with_stride=True)
    places = functions.cat(grids)
    scores, best = flat(likely).sigmoid().max(dim=-1).values[0].topk(CHARACTERS)
    left, top, right, bottom = flat(reach)[0, best].unbind(-1)
    x, y = places[best, 0], places[best, 1]
    boxes = functions.stack([x - left, y - top, x + right, y + bottom], dim=-1)
    masks = net.bbox_head._mask_predict_by_feat_single(features[0], flat(kernels)[0, best], places[best])
    return boxes[None], scores[None], masks[None]


def flat(levels: Sequence[Any]) -> Any:
    """(1, C, H, W) of all levels as (1, places, C)."""
    return torch().cat([each.flatten(2).transpose(1, 2) for each in levels], dim=1)


def refiner(source: Path, weights: Path | None, *, trusted: bool = False) -> Network:
    """An ISNet that sees a picture and a rough mask of one character.

    seen  (1, 4, 720, 720) red, green, blue and the mask, 0..1; alpha (1, 1, 720, 720), 0..1
    """
    net = code_file(source / REFINER, REFINER_WHERE).ISNetDIS(in_ch=4)
    seen = random(1, 4, REFINER_SIDE, REFINER_SIDE)
    if weights:
        fill(net, checkpoint(weights, trusted=trusted), weights)
    else:
        settle(net, random(2, 4, 320, 320))
    net.eval()
    whole = module(partial(alpha, net), net=net)
    return Network("cartoon_refiner", whole, {"seen": seen}, ("alpha",))


def alpha(net: Any, seen: Any) -> Any:
    """The finest of the six maps that an ISNet gives."""
    return net(seen)[0][0].sigmoid()
