"""What a run is told: the settings and their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from ...models.device import Device
from ...models.manifest import DEFAULT_MODEL
from ..backdrops.blur import STRONG
from ..backdrops.place import Fit, Placing, Position
from ..frame import Size
from ..framing.framing import How
from ..matting.effort import Quality


class Paint(NamedTuple):
    """A plain background colour; 0..255 each."""

    red: int
    green: int
    blue: int


class Feed(NamedTuple):
    """Another camera, a URL or the screen: camera:NAME, rtsp://..., screen:, screen:1280x720+0+0."""

    text: str


Kind = Literal["blur", "bokeh", "depth", "grey", "transparent", "none"]
# The room, blurred in one way or another, or as it is; a picture, film or folder; a colour; a source.
Background = Kind | Path | Paint | Feed

COLOURS = {"green": Paint(0, 255, 0), "black": Paint(0, 0, 0), "white": Paint(255, 255, 255)}
APERTURES = (0.7, 5.6)  # f-numbers; beyond, discs reach over the whole room, or hide nothing of it
WEAKEST, STRONGEST = 0.5, 200.0  # px; beyond it nothing is left to blur
WIDEST = 40.0  # px by which an edge may be moved or softened
BlurPart = Literal["none", "face", "hair", "body", "person"]
Refine = Literal["off", "auto", "person", "sam", "salient", "cartoon"]


@dataclass(frozen=True, slots=True)
class RunSettings:
    """One run, from its source to its outputs.

    input       "camera" (the first), its number, device or name, "pipewire:NAME", a file, URL, or "demo"
    outputs     "camera", "camera:DEVICE", "pipewire:NAME", "window", "null", "-" (Y4M) or a recording's name
    blur        sigma, px of a 720 px high frame
    subject     who is shown: a phrase, see docs/subjects.md; "all": everybody, whoever comes
    subject_model  address of a vision model that gets a picture when `subject` begins with "ask:"
    blur_part   what of the person is blurred beyond recognition: face, hair, body or all of them
    aperture    of the lens that bokeh is drawn by, f-number
    match       give the person the light of the picture or film behind them
    fit         of pictures and films behind the person; position: what is kept of them
    frame       keep the person in the middle of the picture: off, gentle or close
    grow        px of a 720 px high frame by which the person's edge is moved outwards; negative: inwards
    feather     px of such a frame over which the person fades, inside the edge
    size, rate  px and frames per second to ask a camera for; files are scaled and keep their rate;
                None: the camera's usual, the file's own
    threads     the model may use
    device      what it runs on; the CPU where that does not work
    model_dirs  searched for model files besides the package and the user's own folder
    realtime    treat a file as a camera: at its own speed, over and over, dropping what is late
    mirror      the window only
    always_on   keep the webcam on while nobody watches the virtual camera
    refine      which heavy model teaches the light one, beside the call; a kind of refine/refiners.py
    refine_every    s between two of its looks; refine_share: of one core that it may take
    refine_latency  s until its answers land when a recording is worked through; None: what they take here
    quality     what is spent on a frame; "auto": all there is, less while frames take too long
    plate       ask the user to step aside at the start, and learn the room meanwhile
    audio       sound of a recording goes into the recordings that are made of it
    overwrite   outputs that are there already; else the new ones get a number
    status      where JSON lines about the run go: a file, "-" for standard output
    """

    input: str = "camera"
    outputs: tuple[str, ...] = ("camera",)
    background: Background = "blur"
    blur: float = STRONG
    subject: str = "all"
    subject_model: str | None = None
    blur_part: BlurPart = "none"
    aperture: float = 1.8
    match: bool = False
    fit: Fit = "fill"
    position: Position = "centre"
    frame: How = "off"
    grow: float = 0.0
    feather: float = 0.0
    model: str = DEFAULT_MODEL
    size: Size | None = None
    rate: float | None = None
    threads: int = 1
    device: Device = "auto"
    model_dirs: tuple[Path, ...] = ()
    realtime: bool = False
    mirror: bool = False
    always_on: bool = False
    refine: Refine = "off"
    refine_every: float = 2.0
    refine_share: float = 0.25
    refine_latency: float | None = None
    quality: Quality = "auto"
    plate: bool = False
    audio: bool = True
    overwrite: bool = False
    status: str | None = None

    @property
    def placing(self) -> Placing:
        """Where a picture behind the person lies."""
        return Placing(self.fit, self.position)


def said(background: Background) -> str:
    """A background in a word, for people."""
    match background:
        case str() as name:
            return name
        case Paint():
            return "#" + bytes(background).hex()
        case Feed():
            return background.text
        case path:
            return path.name
