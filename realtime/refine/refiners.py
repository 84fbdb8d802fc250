"""The kinds of refiners, each from the best model of its kind that is here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from ...models.host import Host
from ...models.manifest import find_model
from ...models.open import open_segmenter
from ...models.sam import Point, Prompt, Sam, box_round
from ...models.segmenter import Mask, Recurrent, Rgb, Segmenter
from ...models.store import locate
from ..colour import to_rgb
from ..frame import Planes, Size
from ..scale import resized
from .snapshot import Refiner, Snapshot, Trust

Kind = Literal["person", "sam", "salient", "cartoon"]

# Best first. The last is the one that its error tells how to get.
MODELS: dict[Kind, tuple[str, ...]] = {
    "person": ("rvm-512x288", "rvm", "rvm-256x144"),
    "sam": ("mobile-sam",),
    "salient": ("isnet-general", "isnet-general-uint8", "u2netp"),
    "cartoon": ("isnet-anime", "isnet-general", "isnet-general-uint8"),
}
# A matting network is right where it differs from the light model, the others are as often as not: of two
# people they may find one.
TRUST: dict[Kind, Trust] = {
    "person": Trust(0.7, denied=0.5),
    "sam": Trust(0.9),
    "salient": Trust(0.9),
    "cartoon": Trust(0.85),
}
PASSES = 3  # looks of a recurrent network at one picture: it takes the second and third for the next frames
PEAKS = 3  # points in each person that SAM is given
PART = 0.1  # of the largest person's area: what is smaller is not asked for


def open_refiner(kind: Kind, model_dirs: Sequence[Path] = ()) -> Refiner:
    """The refiner of that kind. Raises ModelMissing where none of its models is here."""
    return refiner_of(kind, chosen(kind, model_dirs), model_dirs)


def refiner_of(kind: Kind, name: str, model_dirs: Sequence[Path] = ()) -> Refiner:
    """The refiner of that kind with that model. Raises ModelMissing."""
    if kind == "sam":
        return Asked(Sam(find_model(name), Host(model_dirs)), TRUST[kind])
    return Seeing(open_segmenter(name, model_dirs=model_dirs), TRUST[kind])


def chosen(kind: Kind, model_dirs: Sequence[Path] = ()) -> str:
    """The first model of the kind that is here; where none is, the first one, whose absence is told."""
    return next(iter(present(kind, model_dirs)), MODELS[kind][0])


def present(kind: Kind, model_dirs: Sequence[Path] = ()) -> list[str]:
    """The models of the kind that are here, best first."""
    models = map(find_model, MODELS[kind])
    return [m.name for m in models if all(locate(m, model_dirs, file.part) for file in m.files)]


class Seeing:
    """A network that turns a picture into a mask by itself."""

    def __init__(self, segmenter: Segmenter, trust: Trust) -> None:
        self._segmenter = segmenter
        self.name = segmenter.name
        self.trust = trust

    def __call__(self, snapshot: Snapshot) -> Mask:
        """Of the whole picture, as it is: a snapshot stands for itself."""
        self._segmenter.reset()
        picture = rgb(snapshot, self._segmenter.input_size)
        if isinstance(self._segmenter, Recurrent):
            for _ in range(PASSES - 1):
                self._segmenter(picture)
        return sized(self._segmenter(picture), snapshot.mask)


class Asked:
    """Segment Anything, asked for each person whom the light model sees."""

    def __init__(self, sam: Sam, trust: Trust) -> None:
        self._sam = sam
        self.name = sam.name
        self.trust = trust

    def __call__(self, snapshot: Snapshot) -> Mask:
        """All the people. Box, points and the light mask: with fewer it loses necks and clothes."""
        y = snapshot.fine.y
        size = Size(y.shape[1], y.shape[0])
        self._sam.look(rgb(snapshot, size))
        light = np.asarray(cv2.resize(snapshot.mask, size), np.float32)
        found = np.zeros_like(snapshot.mask)
        for part in parts(light):
            mask = np.asarray(light * part, np.float32)
            answer = self._sam.ask(Prompt(peaks(part), box_round(mask), mask))
            np.maximum(found, sized(self._sam.enlarge(answer), found), out=found)
        return found


def rgb(snapshot: Snapshot, size: tuple[int, int]) -> Rgb:
    """The snapshot as a model wants it."""
    smaller = size[0] < snapshot.fine.y.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    y, u, v = (resized(plane, size, interpolation=how) for plane in snapshot.fine)
    return to_rgb(Planes(y, u, v), snapshot.colour)


def sized(mask: Mask, like: Mask) -> Mask:
    """A mask at another one's size; a copy."""
    height, width = like.shape
    how = cv2.INTER_AREA if mask.shape[0] > height else cv2.INTER_LINEAR
    made = cv2.resize(mask, (width, height), interpolation=how)
    return np.array(made, np.float32)


def parts(mask: Mask) -> list[Mask]:
    """1 inside of each connected piece that is large enough to be somebody, 0 elsewhere."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((mask > 0.5).view(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    return [
        np.asarray(labels == i, np.float32) for i in range(1, count) if areas[i - 1] >= PART * areas.max()
    ]


def peaks(part: Mask) -> tuple[Point, ...]:
    """The places deepest inside, apart from each other."""
    padded = cv2.copyMakeBorder(np.asarray(part, np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 3)
    points: list[Point] = []
    for _ in range(PEAKS):
        _, deep, _, (x, y) = cv2.minMaxLoc(depth)
        points.append(Point(x - 1, y - 1))
        cv2.circle(depth, (x, y), max(1, int(deep)), (0,), -1)
    return tuple(points)
