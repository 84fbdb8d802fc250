"""People put over a room: cut-outs of the development material, where they are, and what hides them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np
import numpy.typing as npt

from softfocus.realtime.frame import Size

Floats = npt.NDArray[np.float32]

SIZE = Size(1280, 720)
SOFT = 1.2  # px: masks drawn by hand have hard edges


class Pose(NamedTuple):
    """Where a person is: the middle of their feet, or of where their picture ends, and how high they are.

    x, y, height  of the frame's width and height; wide: 1 as they are, less where they are turned
    """

    x: float
    y: float = 1.03
    height: float = 0.85
    wide: float = 1.0


class Table(NamedTuple):
    """Hides everything below `top` between two edges, of the frame; goes away to a side, or down (None)."""

    left: float
    right: float
    top: float
    to: float | None = None


def cover(seen: Floats, alphas: Sequence[Floats], colour: Floats, alpha: Floats) -> None:
    """Put something, its colour times its alpha, over all that was there before."""
    seen *= 1 - alpha[..., None]
    seen += colour
    for before in alphas:
        before *= 1 - alpha


def placed(person: Floats, pose: Pose) -> Floats:
    """(h, w, 4), where and as large as the pose says: (H, W, 4)."""
    height, width = person.shape[:2]
    scale = pose.height * SIZE.height / height
    across = scale * pose.wide
    x, y = pose.x * SIZE.width - across * width / 2, pose.y * SIZE.height - scale * height
    where = np.array([[across, 0, x], [0, scale, y]], np.float32)
    return np.asarray(cv2.warpAffine(person, where, SIZE), np.float32)


def table(table: Table, done: float) -> tuple[Floats, Floats]:
    """A front of planks: its colours, and its alpha."""
    by = 0.0 if table.to is None else table.to * done
    top = table.top + (1.05 - table.top) * done if table.to is None else table.top
    x0, x1 = (round(edge * SIZE.width) for edge in (table.left + by, table.right + by))
    alpha = np.zeros((SIZE.height, SIZE.width), np.float32)
    alpha[round(min(top, 1) * SIZE.height) :, max(0, x0) : max(0, x1)] = 1
    x = np.arange(SIZE.width) - x0
    plank = 96 + 14 * np.sin(x / 3.1) * np.sin(x / 17) - 50 * (x % 90 < 3)
    wood = plank[None, :, None] * np.array([1.25, 0.95, 0.7])
    return np.broadcast_to(wood, (*alpha.shape, 3)).astype(np.float32), alpha


def posed(name: Path, index: int) -> Floats:
    """The person's picture (h, w, 4): colours times alpha, 0..255, and alpha, 0..1; of a film, that frame."""
    stem, _, first = name.name.partition("@")
    pictures = cut_outs(name.with_name(stem))
    return pictures[(int(first or 0) + index) % len(pictures)]


@cache
def cut_outs(name: Path) -> list[Floats]:
    """One, or all of a film."""
    if (film := name.with_name(f"{name.name}_rgb.mp4")).is_file():
        pairs = zip(
            decoded(film, "rgb24"), decoded(name.with_name(f"{name.name}_alpha.mkv"), "gray"), strict=True
        )
        return [with_alpha(colour, alpha) for colour, alpha in pairs]
    if (rgba := name.with_name(f"{name.name}_rgba.png")).is_file():
        whole = cv2.cvtColor(cv2.imread(str(rgba), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
        return [fitted(with_alpha(whole[..., :3], whole[..., 3]))]
    colour = cv2.cvtColor(cv2.imread(f"{name}.jpg"), cv2.COLOR_BGR2RGB)
    mask = next(path for end in ("_mask.png", ".png") if (path := Path(f"{name}{end}")).is_file())
    hard = np.asarray(cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE), np.float32)
    soft = np.asarray(cv2.GaussianBlur(hard, (0, 0), SOFT), np.float32)
    inner = np.clip((soft - 128) * 255 / 127, 0, 255)  # half a pixel inside: nothing of the old room
    return [fitted(with_alpha(colour, inner))]


def with_alpha(colour: npt.ArrayLike, alpha: npt.ArrayLike) -> Floats:
    share = np.asarray(alpha, np.float32)[..., None] / 255
    return np.dstack([np.asarray(colour, np.float32) * share, share])


def fitted(person: Floats) -> Floats:
    """Without what is beside the person; not for films, in which the person moves."""
    rows, columns = (np.flatnonzero((person[..., 3] > 0.5).any(axis=axis)) for axis in (1, 0))
    return np.ascontiguousarray(person[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def decoded(film: Path, pixels: str) -> list[npt.NDArray[np.uint8]]:
    with av.open(str(film)) as file:
        return [np.asarray(each.to_ndarray(format=pixels), np.uint8) for each in file.decode(video=0)]
