"""MobileSAM: TinyViT as the encoder, and SAM's decoder with the inputs that its authors export."""

from __future__ import annotations

from pathlib import Path

from ...models.sam import GRID, SIDE
from .source import checkpoint, code, fill, settle, torch
from .trace import Inputs, Network, random

WHERE = (
    "pip install mobilesam-mirror timm torchvision, or a checkout of github.com/ChaoningZhang/MobileSAM "
    "given with --source"
)


def mobile_sam(source: Path | None, weights: Path | None, *, trusted: bool = False) -> list[Network]:
    """Encoder and decoder.

    weights  a checkpoint; None: random ones
    """
    sam = code("mobile_sam", source, WHERE).sam_model_registry["vit_t"]()
    picture = random(1, 3, SIDE, SIDE) * 4 - 2
    if weights:
        fill(sam, checkpoint(weights, trusted=trusted), weights)
    else:
        settle(sam.image_encoder, picture)
    asked = code("mobile_sam.utils.onnx", source, WHERE).SamOnnxModel(sam.eval(), return_single_mask=True)
    encoder = Network("mobile_sam_encoder", sam.image_encoder, {"images": picture}, ("image_embeddings",))
    decoder = Network(
        "mobile_sam_decoder",
        asked.eval(),
        question((2, 3)),
        ("masks", "iou_predictions", "low_res_masks"),
        open={
            "point_coords": {1: "points"},
            "point_labels": {1: "points"},
            "masks": {2: "height", 3: "width"},
        },
        others=[question((1, -1), seed=1), question((1, 0, 1, 2, 3), seed=2)],
    )
    return [encoder, decoder]


def question(labels: tuple[int, ...], seed: int = 0) -> Inputs:
    """About random places, with a rough mask in every other question."""
    return {
        "image_embeddings": random(1, 256, 64, 64, seed=seed) - 0.5,
        "point_coords": random(1, len(labels), 2, seed=seed + 10) * SIDE,
        "point_labels": torch().tensor([labels]).float(),
        "mask_input": random(1, 1, GRID, GRID, seed=seed + 20) * 20 - 10,
        "has_mask_input": torch().tensor([float(seed % 2)]),
        "orig_im_size": torch().tensor([360.0, 640.0 - 100 * seed]),
    }
