"""From a model's name to the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from .errors import NotLive
from .manifest import DEFAULT_MODEL, find_model, known_models
from .segmenter import Segmenter
from .session import CPU

LIVE = ("selfie", "rvm", "still")  # families that turn a picture into a mask without being asked for what


class Opened(Segmenter, Protocol):
    """A segmenter that tells what it runs on."""

    @property
    def providers(self) -> Sequence[str]:
        """What ONNX Runtime gave it, best first."""
        ...


def open_segmenter(
    name: str = DEFAULT_MODEL,
    *,
    threads: int = 1,
    model_dirs: Sequence[Path] = (),
    providers: Sequence[str] = (CPU,),
) -> Opened:
    """A model that is ready for pictures.

    model_dirs  folders to look for its file in, besides softfocus itself and the user's
    providers   what to run it on, best first: cpu, cuda, tensorrt, directml, coreml, openvino
    """
    model = find_model(name)
    match model.family:
        case "selfie":
            from .selfie import Selfie

            return Selfie(model, threads=threads, folders=model_dirs, providers=providers)
        case "rvm":
            from .rvm import Rvm

            return Rvm(model, threads=threads, folders=model_dirs, providers=providers)
        case "still":
            from .still import Still

            return Still(model, threads=threads, folders=model_dirs, providers=providers)
        case "sam" | "depth":
            raise NotLive(model.name, [each.name for each in known_models().values() if each.family in LIVE])
