"""Looks at frames with everything that is here, and says what is missing."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from ...models.errors import ModelMissing
from ...models.host import Host
from ...models.manifest import find_model
from ...models.segmenter import Mask
from ...models.selfie import Selfie
from ...models.still import Still as Network
from ..colour import BgrPainter, Picture
from ..disk import keep
from ..errors import CannotWrite, NoDisplay, UnreadableInput
from ..frame import Frame, Size
from ..live.loop import readable
from ..matte import Head
from ..parts.open import HAIR_MODEL
from ..reason import MaskRefused
from ..runs.frame_path import FramePath
from ..settings import RunSettings
from ..sinks.display import display_answers
from ..sources.open import open_source
from ..sources.source import Source
from ..subjects.subjects import Subjects
from . import layers
from .sheet import sheet

log = logging.getLogger(__name__)

WINDOW = "window"
SALIENT = ("isnet-general", "isnet-general-uint8", "u2netp")  # the best first
DEPTH_MODEL = "tcmonodepth"
LOOKS = 4  # at a picture, until the matte path believes what it sees
SETTLING = 1.0  # s that a camera gets to find its exposure, and the tracker to number people
KEYS_THAT_END = ("q", "\x1b")


class Inspector:
    """Draws overlays of frames of one size.

    missing  by overlay, what would bring it: for people
    """

    def __init__(self, settings: RunSettings, size: Size) -> None:
        self._subjects = Subjects(size, settings.subject, eager=True)
        self._subjects.marking = True
        self._matting = FramePath(settings, size, subjects=self._subjects).matting()
        self._paint = BgrPainter(size)
        self._size = size
        self.missing: dict[str, str] = {}
        folders = settings.model_dirs
        self._salient = self._network("saliency", SALIENT, folders)
        self._depth = self._network("depth", (DEPTH_MODEL,), folders)
        self._hair: Selfie | None = None
        try:
            self._hair = Selfie(find_model(HAIR_MODEL), Host(folders))
        except ModelMissing as missing:
            self.missing["hair"] = str(missing)

    def __call__(self, frame: Frame, looks: int = 1) -> Mapping[str, Picture]:
        """The overlays of a frame by name, (H, W, 3) BGR each; the caller's.

        looks  how often the matte path is shown it: a picture without a past is shown several times
        """
        picture = self._paint(frame.planes, frame.colour).copy()
        alpha = np.zeros_like(frame.planes.y)
        heads: Sequence[Head] = ()
        try:
            for _ in range(looks):
                matte = self._matting(frame)
                alpha, heads = matte.alpha, matte.heads
        except MaskRefused as refused:
            log.warning("there is no matte: %s", refused)
            self._matting.reset()
        drawn = {
            "picture": picture,
            "matte": layers.matte(alpha),
            "subjects": layers.subjects(picture, self._subjects.marks),
            "edges": layers.edges(picture),
        }
        if self._salient:
            drawn["saliency"] = layers.heat(seen(self._salient, picture), self._size, stretched=False)
        if self._depth:
            drawn["depth"] = layers.heat(seen(self._depth, picture), self._size, stretched=True)
        mask = seen(self._hair, picture) if self._hair else None
        if mask is not None:
            drawn["hair"] = layers.hair(picture, mask)
        drawn["parts"] = layers.parts(picture, mask, alpha, heads)
        return drawn

    def _network(self, overlay: str, names: tuple[str, ...], folders: tuple[Path, ...]) -> Network | None:
        """The first of these models that is here."""
        for name in names:
            try:
                network = Network(find_model(name), Host(folders))
            except ModelMissing as missing:
                self.missing[overlay] = str(missing)  # the last is the smallest
                continue
            self.missing.pop(overlay, None)
            return network
        return None


def seen(network: Network | Selfie, picture: Picture) -> Mask:
    """What a network says of a BGR picture of any size."""
    small = cv2.resize(picture, network.input_size, interpolation=cv2.INTER_AREA)
    return network(np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8))


def inspect(settings: RunSettings, output: str, at: float = 0.0) -> list[str]:
    """Show or write the overlays of a picture, of the frame of a film at `at` s, or of what a camera sees.

    output  "window", a PNG file for a sheet of all, or a folder for a PNG each

    Gives a line for people per thing that was written or is missing.
    """
    if output == WINDOW and not display_answers():
        raise NoDisplay
    with closing(open_source(settings.input, size=settings.size, rate=settings.rate)) as source:
        inspector = Inspector(settings, source.size)
        told = [f"no {overlay}: {why}" for overlay, why in inspector.missing.items()]
        if output == WINDOW:
            for line in told:
                log.warning("%s", line)
            show(inspector, source, at)
            return []
        overlays = inspector(frame_at(source, at), LOOKS)
    return [*written(overlays, Path(output), overwrite=settings.overwrite), *told]


def frame_at(source: Source, at: float) -> Frame:
    """The frame at `at` s, or the last before; a camera's after it has settled."""
    first: float | None = None
    shown: Frame | None = None
    for frame in until_silent(source):
        first = frame.seconds if first is None else first
        shown = frame
        if frame.seconds - first >= (max(at, SETTLING) if source.live else at):
            break
    if shown is None:
        raise UnreadableInput(source.name, "it has no frames")
    return shown


def until_silent(source: Source) -> Iterator[Frame]:
    """All frames of a source; of a camera until it gives none for a while."""
    if not source.live:
        yield from readable(source)
        return
    while frame := source.read(timeout=5.0):
        yield frame


def show(inspector: Inspector, source: Source, at: float) -> None:
    """In a window, frame by frame, until q is pressed or it is closed; a picture and a film's end stay."""
    first: float | None = None
    for frame in until_silent(source):
        first = frame.seconds if first is None else first
        if frame.seconds - first < at:
            continue
        cv2.imshow("softfocus inspect", sheet(inspector(frame, LOOKS if frame.index == 0 else 1)))
        if ends(cv2.pollKey()):
            return
    while not ends(cv2.waitKey(100)):
        pass


def ends(code: int) -> bool:
    """Whether the user wants no more."""
    try:
        closed = cv2.getWindowProperty("softfocus inspect", cv2.WND_PROP_VISIBLE) < 1
    except cv2.error:  # Qt forgets a window that was closed
        closed = True
    return closed or (code >= 0 and chr(code & 0xFF) in KEYS_THAT_END)


def written(overlays: Mapping[str, Picture], target: Path, *, overwrite: bool = False) -> list[str]:
    """One sheet, or in a folder a file each; with a number where there is one already."""
    if target.suffix.lower() == ".png":
        return [str(keep(packed(sheet(overlays)), target, overwrite=overwrite))]
    if target.suffix and not target.is_dir():
        raise CannotWrite(str(target), "give a name that ends in .png, a folder, or window")
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(str(target), error.strerror or str(error)) from None
    return [
        str(keep(packed(picture), target / f"{name}.png", overwrite=overwrite))
        for name, picture in overlays.items()
    ]


def packed(picture: Picture) -> bytes:
    """As PNG."""
    return cv2.imencode(".png", picture)[1].tobytes()
