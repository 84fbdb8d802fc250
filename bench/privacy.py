"""`softfocus bench privacy`: how large writing on the wall must be to be read through each backdrop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..models.segmenter import InputSize
from ..realtime.backdrops.backdrop import Backdrop
from ..realtime.backdrops.blur import LIGHT, STRONG, Blur
from ..realtime.backdrops.bokeh import SOFT, Bokeh, confusion
from ..realtime.backdrops.depth import DepthBlur
from ..realtime.backdrops.fade import let_go
from ..realtime.backdrops.grey import Grey
from ..realtime.frame import I420, Colour, Frame, Plane, Size
from ..realtime.matte import Box, Matte
from .machine import Machine, this_machine, versions
from .reading import Judge, Ocr, open_ocr
from .undo import attempts
from .writing import WORDS, Page

FORMAT = 1  # of the JSON: grows when a key changes its meaning or goes away
SIZE, NETWORK = Size(1280, 720), InputSize(64, 36)
HEIGHTS = (16, 24, 32, 40, 60, 90, 140, 200)  # px of the font
STRENGTHS = (3.0, 8.0, 14.0, LIGHT, 30.0, STRONG, 70.0)
APERTURES = (1.2, 1.8, 4.0, 5.6)


@dataclass(frozen=True, slots=True)
class Case:
    """A backdrop, and the kernel that it is nearly: a Gaussian of `sigma` px over a disc `across` px wide."""

    name: str
    sigma: float
    across: float = 0.0


@dataclass(frozen=True, slots=True)
class Hidden:
    """The smallest height of letters that is read through a backdrop, px; None: even the largest is not.

    seen    as it is; undone  after the best of the attempts to undo it
    """

    backdrop: str
    script: str
    seen: int | None
    undone: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """Every backdrop; `ocr` tells whether a program read, too."""

    hidden: tuple[Hidden, ...]
    ocr: bool
    machine: Machine
    versions: Mapping[str, str]

    def json(self) -> dict[str, Any]:
        """The stable form, see docs/bench.md."""
        return {"format": FORMAT, **asdict(self)}

    def table(self) -> str:
        """For people."""
        scripts = list(WORDS)
        head = f"{'smallest writing that is read, px':34}" + "".join(
            f"{script:>12}{'undone':>8}" for script in scripts
        )
        rows: dict[str, list[Hidden]] = {}
        for each in self.hidden:
            rows.setdefault(each.backdrop, []).append(each)
        lines = [head]
        for name, row in rows.items():
            cells = (f"{told(each.seen):>12}{told(each.undone):>8}" for each in row)
            lines.append(f"{name:34}" + "".join(cells))
        if not self.ocr:
            lines.append("judged by correlation alone; pip install 'softfocus[privacy]' has it read, too")
        return "\n".join(lines)


def told(height: int | None) -> str:
    return str(height) if height else f"> {HEIGHTS[-1]}"


def measure(heights: Sequence[int] = HEIGHTS, pictures: Path | None = None) -> Report:
    """All backdrops.

    pictures  a folder for what was judged: the writing as it is and undone, side by side
    """
    machine, ocr = this_machine(), open_ocr()
    found: list[Hidden] = []
    for case, backdrop in opened():
        for script, words in WORDS.items():
            found.append(judged(case, backdrop, script, words, heights, ocr, pictures))
        let_go(backdrop)
    return Report(tuple(found), ocr is not None, machine, versions())


def opened() -> Iterator[tuple[Case, Backdrop]]:
    """Each case and its backdrop."""
    for sigma in STRENGTHS:
        name = {LIGHT: "blur light", STRONG: "blur strong, the default"}.get(sigma, f"blur {sigma:g}")
        yield Case(name, sigma), Blur(SIZE, sigma)
    for aperture in APERTURES:
        case = Case(f"bokeh f/{aperture:g}", SOFT, confusion(aperture) * SIZE.width)
        yield case, Bokeh(SIZE, aperture)
    yield Case("depth light, where it is nearest", LIGHT), flat_depth(LIGHT)
    yield Case("depth, where it is nearest", STRONG), flat_depth(STRONG)
    yield Case("grey", STRONG), Grey(Blur(SIZE, STRONG))


def flat_depth(strength: float) -> DepthBlur:
    """Depth in a room whose wall is as near as the person: the least that it blurs."""
    return DepthBlur(SIZE, strength, lambda picture: np.ones(picture.shape[:2], np.float32), NETWORK)


def judged(
    case: Case,
    backdrop: Backdrop,
    script: str,
    words: Sequence[str],
    heights: Sequence[int],
    ocr: Ocr | None,
    pictures: Path | None,
) -> Hidden:
    """From the largest writing down, until it is read neither way."""
    seen: int | None = None
    undone: int | None = None
    for height in sorted(heights, reverse=True):
        judge = Judge(words, height, SIZE, ocr)
        shown, *others = tried(case, painted(backdrop, judge.page.luma), judge.page)
        best = sorted(others, key=judge.likeness, reverse=True)
        if pictures:
            keep(pictures / f"{case.name.replace('/', '')} {script} {height}.jpg", judge, [shown, best[0]])
        seen = height if judge.reads(shown) else seen
        if seen != height and not any(judge.reads(each) for each in best[:2]):
            break
        undone = height
    return Hidden(case.name, script, seen, undone)


def tried(case: Case, plane: Plane, written: Page) -> list[Plane]:
    """The word's place in the plane as it is, and what comes of undoing it."""
    return [picture for _, picture in attempts(plane, written.place, case.sigma, case.across)]


def painted(backdrop: Backdrop, luma: Plane) -> Plane:
    """The luma of a wall with nobody before it, through a backdrop."""
    room, onto = I420(SIZE), I420(SIZE)
    room.data[:] = 128
    np.copyto(room.planes.y, luma)
    frame = Frame(room.planes, 0, 0, Colour())
    nobody = np.zeros((SIZE.height, SIZE.width), np.uint8)
    backdrop.paint(frame, Matte(nobody, Box(0, 0, 0, 0), 0, 0), onto.planes)
    return onto.planes.y


def keep(path: Path, judge: Judge, planes: Sequence[Plane]) -> None:
    """The writing in each, one below the other, as a small JPEG."""
    parts = [cv2.resize(each, (480, 120)) for each in (judge.page.cut(judge.page.luma), *planes)]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.vstack(parts), [cv2.IMWRITE_JPEG_QUALITY, 80])
