"""Cuts the subject out of a still, or out of a frame of a film: with Segment Anything where its files are
here; else people only, with the model that comes with softfocus.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from ...models.errors import ModelMissing, SoftfocusError
from ...models.open import DEFAULT_PROMPTED, open_prompted, open_segmenter
from ...models.proposals import find_subjects
from ...models.sam import Point, Prompt, Prompted, Region, like
from ...models.segmenter import Mask, Rgb, Segmenter
from ..colour import BgrPainter
from ..disk import keep
from ..errors import BadSetting, UnreadableInput
from ..live.loop import readable
from ..sources.file import VideoFile
from ..sources.picture import is_picture, read_picture
from .alone import with_alpha

log = logging.getLogger(__name__)

Bgr = npt.NDArray[np.uint8]  # (H, W, 3)
Choice = Literal["largest", "all"] | Point | Region | Path  # a path: of a rough mask

SMALLEST = 0.003  # of the picture; what is smaller is nobody
COLOURS = ((255, 99, 71), (65, 105, 225), (60, 179, 113), (238, 130, 238), (255, 165, 0), (0, 206, 209))


class NothingFound(SoftfocusError):
    """There is no subject where one was looked for."""

    def __init__(self, where: str) -> None:
        super().__init__(f"nothing was found {where}; show it with --box x0,y0,x1,y1 or --point x,y")


@dataclass(frozen=True, slots=True)
class CutoutSettings:
    """One cut-out.

    at     s into a film
    model  what is asked; people alone are found where its files are not here
    """

    input: str
    output: Path
    choice: Choice = "largest"
    at: float = 0.0
    model: str = DEFAULT_PROMPTED
    threads: int = 1
    model_dirs: tuple[Path, ...] = ()
    overwrite: bool = False


class Finder(Protocol):
    """Finds things in one picture; all masks are (H, W) in [0, 1], of the picture's size."""

    def subjects(self) -> list[Mask]:
        """People first, then things; the larger first."""
        ...

    def shown(self, choice: Point | Region | Mask) -> Mask:
        """What the user points at, frames, or draws roughly."""
        ...


def cut_out(settings: CutoutSettings) -> Path:
    """Write the subject of a picture as RGBA, or for "all" the picture with every subject numbered."""
    picture = read_frame(settings.input, settings.at)
    finder = find_in(picture, settings)
    if settings.choice == "all":
        return write(settings.output, numbered(picture, finder.subjects()), overwrite=settings.overwrite)
    mask = choose(finder, settings.choice, picture)
    if np.mean(mask > 0.5) < SMALLEST:
        raise NothingFound("there" if settings.choice != "largest" else f"in {settings.input}")
    return write(settings.output, with_alpha(picture, mask), overwrite=settings.overwrite)


def read_frame(name: str, at: float) -> Bgr:
    """The picture of a file, or the frame of a film that is shown at `at` s; its last if it ends before."""
    if is_picture(name):
        return read_picture(Path(name))
    film = VideoFile(name)
    try:
        paint, shown = BgrPainter(film.size), None
        for frame in readable(film):
            shown = paint(frame.planes, frame.colour)
            if frame.seconds >= at:
                break
        if shown is None:
            raise UnreadableInput(name, "it has no frames")
        return shown
    finally:
        film.close()


def find_in(picture: Bgr, settings: CutoutSettings) -> Finder:
    """With Segment Anything if it is here."""
    rgb = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
    people = open_segmenter(threads=settings.threads)
    try:
        sam = open_prompted(settings.model, threads=settings.threads, model_dirs=settings.model_dirs)
    except ModelMissing as missing:
        log.warning("only people are found, and less well than could be: %s", missing)
        return People(people, rgb)
    return Anything(sam, people, rgb)


class Anything:
    """Finds with Segment Anything; a light model tells people from things."""

    def __init__(self, sam: Prompted, people: Segmenter, picture: Rgb) -> None:
        self._sam = sam
        self._person = look(people, picture)
        sam.look(picture)

    def subjects(self) -> list[Mask]:
        return [self._sam.enlarge(answer) for answer in find_subjects(self._sam, self._person)]

    def shown(self, choice: Point | Region | Mask) -> Mask:
        match choice:
            case Point() as point:
                prompt = Prompt(points=(point,))
            case Region() as region:
                prompt = Prompt(region=region)
            case mask:
                prompt = like(mask)
        return self._sam.enlarge(self._sam.ask(prompt))


class People:
    """Finds people with the light model alone; those who touch each other are one."""

    def __init__(self, people: Segmenter, picture: Rgb) -> None:
        height, width, _ = picture.shape
        mask = cv2.resize(look(people, picture), (width, height), interpolation=cv2.INTER_LINEAR)
        self._mask: Mask = np.asarray(mask, np.float32)

    def subjects(self) -> list[Mask]:
        count, labels, stats, _ = cv2.connectedComponentsWithStats(np.asarray(self._mask > 0.5, np.uint8))
        areas = stats[:, cv2.CC_STAT_AREA]
        large = [n for n in range(1, count) if areas[n] >= SMALLEST * labels.size]
        around = np.ones((9, 9), np.uint8)  # with the soft edge, which is below a half
        return [
            self._mask * (cv2.dilate(np.asarray(labels == n, np.uint8), around) > 0)
            for n in sorted(large, key=lambda n: -int(areas[n]))
        ]

    def shown(self, choice: Point | Region | Mask) -> Mask:
        place = np.zeros_like(self._mask)
        match choice:
            case Point(x, y):
                place[int(y), int(x)] = 1
            case Region(x0, y0, x1, y1):
                place[int(y0) : int(y1), int(x0) : int(x1)] = 1
                return self._mask * place
            case mask:
                place = mask
        meant = [each for each in self.subjects() if np.any((each > 0.5) & (place > 0.5))]
        return np.maximum.reduce(meant) if meant else np.zeros_like(self._mask)


def look(people: Segmenter, picture: Rgb) -> Mask:
    """The light model's mask, at its own size."""
    small = cv2.resize(picture, people.input_size, interpolation=cv2.INTER_AREA)
    return people(np.asarray(small, np.uint8))


def choose(finder: Finder, choice: Choice, picture: Bgr) -> Mask:
    """The mask of what the user wants."""
    height, width = picture.shape[:2]
    match choice:
        case Point() as point:
            check_inside("--point", (point.x, point.y), width, height)
            return under(finder, point)
        case Region() as region:
            check_inside("--box", (region.x0, region.y0), width, height)
            return finder.shown(region)
        case Path() as path:
            rough = cv2.resize(read_picture(path, plain=0), (width, height), interpolation=cv2.INTER_AREA)
            return finder.shown(np.asarray(rough[..., 1] / np.float32(255), np.float32))
        case _:
            subjects = finder.subjects()
            return subjects[0] if subjects else np.zeros((height, width), np.float32)


def under(finder: Finder, point: Point) -> Mask:
    """The smallest subject at that point; if there is none, whatever else is there."""
    at = int(point.y), int(point.x)
    there = [mask for mask in finder.subjects() if mask[at] > 0.5]
    return min(there, key=lambda mask: float(mask.sum())) if there else finder.shown(point)


def check_inside(option: str, place: tuple[float, float], width: int, height: int) -> None:
    """A place that the picture does not have is a slip."""
    x, y = place
    if not (0 <= x < width and 0 <= y < height):
        raise BadSetting(option, f"{x:g},{y:g} is outside of the picture, which is {width}x{height}")


def numbered(picture: Bgr, subjects: Sequence[Mask]) -> Bgr:
    """The picture, with every subject tinted, outlined and numbered; the first on top."""
    shown = picture.copy()
    scale = max(picture.shape) / 1000
    for number, mask in reversed(list(enumerate(subjects, 1))):
        inside = np.asarray(mask > 0.5, np.uint8)
        colour = COLOURS[(number - 1) % len(COLOURS)][::-1]
        tinted = cv2.addWeighted(shown, 0.6, np.full_like(shown, colour), 0.4, 0)
        np.copyto(shown, tinted, where=inside[..., None] > 0)
        outlines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(shown, outlines, -1, colour, max(1, round(2 * scale)))
    for number, mask in enumerate(subjects, 1):
        label(shown, str(number), middle(mask), scale)
    return shown


def middle(mask: Mask) -> tuple[int, int]:
    """x, y of the place farthest from the edge, px."""
    distance = cv2.distanceTransform(np.asarray(mask > 0.5, np.uint8), cv2.DIST_L2, 5)
    _, _, _, (x, y) = cv2.minMaxLoc(distance)
    return x, y


def label(picture: Bgr, text: str, place: tuple[int, int], scale: float) -> None:
    """White on black, readable on everything."""
    for colour, width in (((0, 0, 0), 6 * scale), ((255, 255, 255), 2 * scale)):
        thickness = max(1, round(width))
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thickness, cv2.LINE_AA)


def write(path: Path, picture: npt.NDArray[np.uint8], *, overwrite: bool = False) -> Path:
    """As the file's name says, with a number where there is one already; alpha needs PNG, TIFF or WebP."""
    if picture.shape[2] == 4 and path.suffix.lower() not in (".png", ".tif", ".tiff", ".webp"):
        raise BadSetting("--output", f"{path.name} cannot be transparent; give a name that ends in .png")
    try:
        _, packed = cv2.imencode(path.suffix.lower() or ".png", picture)
    except cv2.error:
        raise BadSetting("--output", f"{path.name} is no picture's name; let it end in .png") from None
    return keep(packed.tobytes(), path, overwrite=overwrite)
