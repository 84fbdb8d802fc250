"""EfficientSAM, from its authors' checkout, with the inputs that they export."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ...models.efficient_sam import SIDE
from .source import checkpoint, code, fill, torch
from .trace import Inputs, Network, random

WHERE = "a checkout of github.com/yformer/EfficientSAM, given with --source"

Variant = Literal["vitt", "vits"]  # tiny, small
WIDTHS: dict[Variant, tuple[int, int]] = {"vitt": (192, 3), "vits": (384, 6)}  # channels, heads


def efficient_sam(
    source: Path, weights: Path | None, variant: Variant, *, trusted: bool = False
) -> list[Network]:
    """Encoder, for the square that it works in, and decoder.

    weights  a checkpoint; None: random ones
    """
    build = code("efficient_sam.efficient_sam", source, WHERE).build_efficient_sam
    channels, heads = WIDTHS[variant]
    sam = build(encoder_patch_embed_dim=channels, encoder_num_heads=heads, checkpoint=None).eval()
    if weights:
        held = checkpoint(weights, trusted=trusted)
        fill(sam, held.get("model", held), weights)
    outside = code("onnx_models", source, WHERE)
    encoder = Network(
        f"efficient_sam_{variant}_encoder",
        outside.OnnxEfficientSamEncoder(sam).eval(),
        {"batched_images": random(1, 3, SIDE, SIDE)},
        ("image_embeddings",),
    )
    decoder = Network(
        f"efficient_sam_{variant}_decoder",
        outside.OnnxEfficientSamDecoder(sam).eval(),
        question((2, 3)),
        ("output_masks", "iou_predictions"),
        open={
            "batched_point_coords": {2: "points"},
            "batched_point_labels": {2: "points"},
            "output_masks": {3: "height", 4: "width"},
        },
        others=[question((1,), seed=1), question((2, 3, 1, 1), seed=2)],
    )
    return [encoder, decoder]


def question(labels: tuple[int, ...], seed: int = 0) -> Inputs:
    """About random places in a picture of 200 rows and some columns."""
    size = torch().tensor([200, 320 - 60 * seed])
    places = random(1, 1, len(labels), 2, seed=seed + 10) * 200
    return {
        "image_embeddings": random(1, 256, 64, 64, seed=seed) - 0.5,
        "batched_point_coords": places,
        "batched_point_labels": torch().tensor([[labels]]).float(),
        "orig_im_size": size,
    }
