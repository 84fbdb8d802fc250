"""From a model's name to the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .manifest import DEFAULT_MODEL, find_model
from .segmenter import Segmenter
from .session import CPU


def open_segmenter(
    name: str = DEFAULT_MODEL,
    *,
    threads: int = 1,
    model_dirs: Sequence[Path] = (),
    providers: Sequence[str] = (CPU,),
) -> Segmenter:
    """A model that is ready for pictures.

    model_dirs  folders to look for its file in, besides softfocus itself and the user's
    providers   what to run it on, best first: cpu, cuda, tensorrt, directml, coreml, openvino
    """
    model = find_model(name)
    match model.family:
        case "selfie":
            from .selfie import Selfie

            return Selfie(model, threads=threads, folders=model_dirs, providers=providers)
