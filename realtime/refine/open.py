"""From the settings to a tutor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...models.manifest import find_model
from ...models.store import paths
from ..settings import RunSettings
from .auto import Auto
from .refiners import Kind, chosen, open_refiner
from .snapshot import Refiner
from .tutor import Beside, Simulated, Tutor


def tutor_for(settings: RunSettings, *, live: bool) -> Tutor | None:
    """The refiner that the settings ask for: beside a call, or in a recording's own time; None for off.

    Raises ModelMissing.
    """
    if settings.refine == "off":
        return None
    kinds: tuple[Kind, ...] = ("person", "cartoon") if settings.refine == "auto" else (settings.refine,)
    for kind in kinds:
        paths(find_model(chosen(kind, settings.model_dirs)), settings.model_dirs)

    def opened() -> Refiner:
        return refiner_for(settings.refine, settings.model_dirs)

    if live:
        return Beside(opened, every=settings.refine_every, share=settings.refine_share)
    return Simulated(opened(), every=settings.refine_every, latency=settings.refine_latency)


def refiner_for(name: str, model_dirs: Sequence[Path] = ()) -> Refiner:
    """By its kind's name, or "auto". Raises ModelMissing."""
    match name:
        case "person" | "sam" | "salient" | "cartoon":
            return open_refiner(name, model_dirs)
        case "auto":
            return Auto(open_refiner("person", model_dirs), open_refiner("cartoon", model_dirs))
        case _:
            raise ValueError(f"{name!r} is no kind of refiner")
