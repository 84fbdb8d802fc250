"""What shells offer after an option. A test holds these words against what the settings take."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Offer = Callable[[str], list[str]]

INPUTS = ("demo",)
OUTPUTS = ("camera", "window", "null", "-")
BACKGROUNDS = ("blur", "bokeh", "depth", "grey", "transparent", "none")
BLURS = ("light", "strong")
SUBJECTS = ("all", "largest", "centre", "left", "right")
PARTS = ("none", "face", "hair", "body", "person")
FITS = ("fill", "fit", "stretch")
FRAMES = ("off", "gentle", "close")
POSITIONS = ("centre", "left", "right", "top", "bottom")
SIZES = ("640x360", "1280x720", "1920x1080")
DEVICES = ("auto", "cpu", "cuda", "tensorrt", "openvino", "coreml", "directml")
REFINERS = ("off", "auto", "person", "sam", "salient", "cartoon")
LATENCIES = ("real",)
QUALITIES = ("auto", "low", "medium", "high")


def of(words: Sequence[str]) -> Offer:
    """Those that begin with what is typed already; a shell offers files where none does."""
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]  # a name typer knows


def models(incomplete: str) -> list[str]:
    """The models that find people by themselves."""
    from ...models.manifest import known_models
    from ...models.open import LIVE

    names = [model.name for model in known_models().values() if model.family in LIVE]
    return of(names)(incomplete)
