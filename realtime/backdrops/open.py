"""From the settings to what they want behind the person."""

from __future__ import annotations

from ..frame import Size
from ..settings import Paint, RunSettings
from .backdrop import Backdrop
from .blur import Blur
from .still import Still, picture, plain


def behind(settings: RunSettings) -> tuple[object, ...]:
    """Of the settings, those that a backdrop is made of."""
    return settings.background, settings.blur


def open_backdrop(settings: RunSettings, size: Size) -> Backdrop:
    """The backdrop of `background` and its like, for frames of `size`.

    Where the room is to be seen as it is ("none"), the backdrop is still the blur: it is the gate that
    lets frames through, not a backdrop. Raises BadSetting when there is no such picture.
    """
    match settings.background:
        case "blur" | "none":
            return Blur(size, settings.blur)
        case Paint() as paint:
            return Still(plain(paint, size))
        case path:
            return Still(picture(path, size))
