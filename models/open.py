"""From a model's name to the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from .errors import NotLive, NotPrompted
from .host import Host
from .manifest import DEFAULT_MODEL, find_model, known_models
from .sam import Prompted
from .segmenter import Segmenter
from .session import CPU
from .store import locate

DEFAULT_PROMPTED = "mobile-sam"
PROMPTED = ("sam", "efficient-sam")  # families that find what they are asked for
LIVE = ("selfie", "rvm", "still", "cartoon")  # families that find what they find without being asked


class Opened(Segmenter, Protocol):
    """A segmenter that tells what it runs on."""

    @property
    def providers(self) -> Sequence[str]:
        """What it runs on, best first."""
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
    model, host = find_model(name), Host(model_dirs, threads, providers)
    match model.family:
        case "selfie":
            from .selfie import Selfie

            return Selfie(model, host)
        case "rvm":
            from .rvm import Rvm

            return Rvm(model, host)
        case "still":
            from .still import Still

            return Still(model, host)
        case "cartoon":
            from .cartoon import Cartoon

            return Cartoon(model, host)
        case "sam" | "efficient-sam" | "depth" | "hair" | "detector" | "body":
            raise NotLive(model.name, [each.name for each in known_models().values() if each.family in LIVE])


def prompted_here(model_dirs: Sequence[Path] = ()) -> str | None:
    """The first model that finds what it is asked for and whose files are all here."""
    models = [model for family in PROMPTED for model in known_models().values() if model.family == family]
    here = [m.name for m in models if all(locate(m, model_dirs, file.part) for file in m.files)]
    return next(iter(here), None)


def open_prompted(
    name: str = DEFAULT_PROMPTED,
    *,
    threads: int = 1,
    model_dirs: Sequence[Path] = (),
    providers: Sequence[str] = (CPU,),
) -> Prompted:
    """A model that is ready to be shown a picture and asked about it."""
    model, host = find_model(name), Host(model_dirs, threads, providers)
    match model.family:
        case "sam":
            from .sam import Sam

            return Sam(model, host)
        case "efficient-sam":
            from .efficient_sam import EfficientSam

            return EfficientSam(model, host)
        case _:
            raise NotPrompted(
                model.name, [each.name for each in known_models().values() if each.family in PROMPTED]
            )
