"""From the settings to the veil that they want."""

from __future__ import annotations

from ...models.errors import SoftfocusError
from ..errors import BadSetting
from ..frame import Size
from ..settings import RunSettings
from .sight import Hair, Sight
from .veil import Veil

HAIR_MODEL = "hair"


def veil_for(settings: RunSettings, size: Size, *, waits: bool) -> Veil | None:
    """What hides the part that `blur_part` names; None: nothing is hidden.

    waits  frames wait until the part is looked for: for recordings

    Raises BadSetting when that is hair, and the model that sees it is not here.
    """
    part = settings.blur_part
    if part == "none":
        return None
    if settings.background == "none":
        raise BadSetting("--blur-part", "hides nothing while all is seen as it is; give another --background")
    if part == "person":
        return Veil(size, None)
    from ...models.detect.detector import Detector

    hair = hair_model(settings) if part == "hair" else None
    return Veil(size, Sight(Detector("face"), part, waits=waits, hair=hair))


def hair_model(settings: RunSettings) -> Hair:
    """Raises BadSetting when it is not here."""
    from ...models.host import Host
    from ...models.manifest import find_model
    from ...models.selfie import Selfie

    try:
        return Selfie(find_model(HAIR_MODEL), Host(settings.model_dirs))
    except SoftfocusError as error:
        raise BadSetting("--blur-part", f"hair is found by a model: {error}") from error
