"""From the settings to the veil that they want."""

from __future__ import annotations

from ...models.errors import SoftfocusError
from ..errors import BadSetting
from ..frame import Size
from ..settings import RunSettings
from .sight import Sight
from .veil import Veil

HAIR_MODEL = "hair"


def veil_for(settings: RunSettings, size: Size, *, waits: bool) -> Veil | None:
    """What hides the part that `blur_part` names; None: nothing is hidden.

    waits  frames wait until the part is looked for: for recordings

    Raises BadSetting when the model that sees hair, by which heads are told, is not here.
    """
    part = settings.blur_part
    if part == "none":
        return None
    if settings.background == "none":
        raise BadSetting("--blur-part", "hides nothing while all is seen as it is; give another --background")
    if part == "person":
        return Veil(size, None)
    from ...models.host import Host
    from ...models.manifest import find_model
    from ...models.selfie import Selfie

    try:
        hair = Selfie(find_model(HAIR_MODEL), Host(settings.model_dirs))
    except SoftfocusError as error:
        raise BadSetting("--blur-part", f"{part} is found by hair: {error}") from error
    return Veil(size, Sight(hair, hair.input_size, part, waits=waits))
