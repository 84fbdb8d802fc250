"""From the settings to what they want behind the person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...models.errors import SoftfocusError
from ..backdrops.backdrop import Backdrop
from ..backdrops.blur import Blur
from ..backdrops.bokeh import Bokeh
from ..backdrops.depth import DepthBlur
from ..backdrops.grey import Grey
from ..backdrops.moving import Moving
from ..backdrops.slideshow import Slideshow
from ..backdrops.still import Still, picture, plain
from ..errors import BadSetting
from ..frame import Size
from ..settings import COLOURS, Feed, Paint, RunSettings
from ..sources.animation import moves
from ..sources.identity import of_source
from ..sources.open import open_recording, open_source
from ..sources.picture import is_picture
from ..sources.screen import Screen, region_of
from ..sources.source import Source

DEPTH_MODEL = "tcmonodepth"


def behind(settings: RunSettings) -> tuple[object, ...]:
    """Of the settings, those that a backdrop is made of."""
    return settings.background, settings.blur, settings.aperture, settings.placing


def open_backdrop(settings: RunSettings, size: Size, *, live: bool = True) -> Backdrop:
    """The backdrop of `background` and its like, for frames of `size`.

    live  frames come as time goes by; else films keep step with the frames' own times

    Where the room is to be seen as it is ("none"), the backdrop is still the blur: it is the gate that
    lets frames through, not a backdrop. Raises SoftfocusError when there is no such picture, film, camera
    or model.
    """
    match settings.background:
        case "blur" | "none":
            return Blur(size, settings.blur)
        case "grey":
            return Grey(Blur(size, settings.blur))
        case "bokeh":
            return Bokeh(size, settings.aperture)
        case "depth":
            return depth(settings, size)
        case "transparent":
            return Still(plain(COLOURS["green"], size), clear=True)
        case Paint() as paint:
            return Still(plain(paint, size))
        case Feed(text):
            return feed(settings, text, size)
        case path:
            return of_path(path, settings, size, live=live)


def of_path(path: Path, settings: RunSettings, size: Size, *, live: bool) -> Backdrop:
    """A folder's pictures, a picture, or a film."""
    refuse_the_room(str(path), settings)
    if path.is_dir():
        return Slideshow(path, size, settings.placing)
    if (is_picture(path) and not moves(path)) or not path.is_file():
        return Still(picture(path, size, settings.placing))
    if live:
        return moving(lambda: open_source(str(path), paced=True), settings, size)
    return moving(lambda: open_recording(str(path), None, 30.0, endless=True), settings, size, in_step=True)


def refuse_the_room(name: str, settings: RunSettings) -> None:
    """What films the person shows the room. Raises BadSetting."""
    if settings.input != "demo" and (identity := of_source(name)) and identity == of_source(settings.input):
        raise BadSetting("--background", f"{name} is what films you; give another camera or film")


def feed(settings: RunSettings, text: str, size: Size) -> Backdrop:
    """The screen, another camera or a URL; the camera that films the person would show the room."""
    kind, _, rest = text.partition(":")
    if kind == "screen":
        return moving(lambda: Screen(region_of(rest)), settings, size)
    name = text.removeprefix("camera:")
    refuse_the_room(name, settings)
    return moving(lambda: open_source(text, paced=True), settings, size)


def moving(
    opened: Callable[[], Source], settings: RunSettings, size: Size, *, in_step: bool = False
) -> Moving:
    try:
        return Moving(opened(), size, settings.placing, in_step=in_step)
    except SoftfocusError as error:
        raise BadSetting("--background", str(error)) from error


def depth(settings: RunSettings, size: Size) -> DepthBlur:
    """On the CPU: a look takes it less than a frame's time, twice a second."""
    from ...models.host import Host
    from ...models.manifest import find_model
    from ...models.still import Still as Network

    try:
        network = Network(find_model(DEPTH_MODEL), Host(settings.model_dirs))
    except SoftfocusError as error:
        raise BadSetting("--background", f"depth needs a model: {error}") from error
    return DepthBlur(size, settings.blur, network, network.input_size)
