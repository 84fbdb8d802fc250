"""What a run is told, how each setting is read from text, and whose word counts."""

from .settings import (
    APERTURES,
    COLOURS,
    STRONGEST,
    WEAKEST,
    WIDEST,
    Background,
    BlurPart,
    Feed,
    Kind,
    Paint,
    Refine,
    RunSettings,
    said,
)

__all__ = [
    "APERTURES",
    "COLOURS",
    "STRONGEST",
    "WEAKEST",
    "WIDEST",
    "Background",
    "BlurPart",
    "Feed",
    "Kind",
    "Paint",
    "Refine",
    "RunSettings",
    "said",
]
