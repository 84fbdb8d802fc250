"""A room that can be recognised by calculation, a person who moves before it, and a witness who looks.

The room carries a code of small light and dark squares. How much of that code is left in a picture says how
recognisable the room is there: 1 in the raw picture, 0 where it is blurred.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from softfocus.models.open import open_segmenter
from softfocus.realtime.frame import I420, Colour, Frame, Plane, Planes, Size, planes_of
from softfocus.realtime.live.fit import Fitter
from softfocus.realtime.matting.matting import Matting
from softfocus.realtime.sources.demo import Demo

SIZE = Size(640, 360)
RATE = 30.0
SEED = 1  # of the room that faults happen in
LENGTH = 60  # frames, after which the person is back where they began
SWAY = 30.0  # px, sideways
CHIP = 5  # px: the side of one square of the code in luma; in chroma it is as many of its own
CONTRAST = 14  # levels that a square lies above or below its surroundings
TILE = 40  # px
REACH = 24  # px around the person in which the edge's own errors are no matter of faults
RECOGNISABLE = 0.15  # of the contrast of the code; the default blur leaves next to none, one of 10 px .2

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Truth:
    """What a frame really shows.

    codes   the room's, in luma (H, W) and in the first chroma plane (H/2, W/2), ±1, 0 where it has none
    person  alpha, dilated by REACH
    """

    codes: tuple[Floats, Floats]
    person: Plane


@dataclass(frozen=True)
class Scene:
    """A clip on disk, and the truth of each of its frames."""

    path: Path
    truths: list[Truth]


def film(path: Path, seed: int, *, mirrored: bool = False) -> Scene:
    """The person before the room of that seed, filmed without loss."""
    person, alpha = cut_out()
    codes = code(seed, SIZE), code(seed + 1000, Size(SIZE.width // 2, SIZE.height // 2))
    room = furnished(seed, codes)
    noise = np.random.default_rng(seed)
    truths: list[Truth] = []
    with av.open(str(path), "w") as file:
        stream = file.add_stream("ffv1", rate=Fraction(RATE))
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for index in range(LENGTH):
            turn = 2 * np.pi * index / LENGTH
            by = (SWAY * np.sin(turn), 5 * np.sin(2 * turn))
            picture, there = composed(person, alpha, room, by, mirrored=mirrored)
            picture += noise.normal(0, 1.5, picture.shape)
            frame = av.VideoFrame.from_ndarray(np.clip(np.rint(picture), 16, 235).astype(np.uint8), "yuv420p")
            file.mux(stream.encode(frame))
            truths.append(Truth(codes, dilated(there)))
        file.mux(stream.encode(None))
    return Scene(path, truths)


def cut_out() -> tuple[Planes, Plane]:
    """A real photo of a person and who is the person in it, as the real model sees her."""
    frame = Demo(SIZE, frames=1).read(0)
    assert frame
    alpha = Matting(open_segmenter(), SIZE)(frame).alpha.copy()
    return frame.planes, np.asarray(cv2.GaussianBlur(alpha, (0, 0), 1.5), np.uint8)


def code(seed: int, size: Size) -> Floats:
    """Squares of ±1, (H, W)."""
    rows, columns = -(-size.height // CHIP), -(-size.width // CHIP)
    chips = np.random.default_rng(seed).choice([-1.0, 1.0], (rows, columns))
    return np.kron(chips, np.ones((CHIP, CHIP)))[: size.height, : size.width].astype(np.float32)


def furnished(seed: int, codes: tuple[Floats, Floats]) -> Planes:
    """Large soft patches, as of furniture, with the code on top."""
    planes = I420(SIZE).planes
    patches = np.random.default_rng(seed + 7).integers(60, 180, (4, 6)).astype(np.float32)
    soft = cv2.resize(patches, SIZE, interpolation=cv2.INTER_CUBIC)
    planes.y[:] = np.clip(soft, 50, 190) + CONTRAST * codes[0]
    planes.u[:] = 128 + CONTRAST * codes[1]
    planes.v[:] = 128
    return planes


def composed(
    person: Planes, alpha: Plane, room: Planes, by: tuple[float, float], *, mirrored: bool
) -> tuple[npt.NDArray[np.float64], Plane]:
    """The person, moved `by` px, over the room: (3H/2, W) I420, and the alpha that was used."""
    picture = np.zeros((SIZE.height * 3 // 2, SIZE.width))
    placed = place(alpha, by, mirrored=mirrored)
    small = np.asarray(cv2.resize(placed, (SIZE.width // 2, SIZE.height // 2), interpolation=cv2.INTER_AREA))
    for i, (over, under) in enumerate(zip(person, room, strict=True)):
        share = (placed if i == 0 else small) / 255
        moved = place(over, by if i == 0 else (by[0] / 2, by[1] / 2), mirrored=mirrored)
        planes_of(picture)[i][:] = moved * share + under * (1 - share)
    return picture, placed


def place(plane: Plane, by: tuple[float, float], *, mirrored: bool) -> Plane:
    """The plane, moved; at the bottom it goes on as it ends."""
    plane = np.asarray(cv2.flip(plane, 1), np.uint8) if mirrored else plane
    height, width = plane.shape
    move = np.array([[1, 0, by[0]], [0, 1, by[1]]])
    return np.asarray(cv2.warpAffine(plane, move, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def dilated(alpha: Plane) -> Plane:
    reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * REACH + 1, 2 * REACH + 1))
    return np.asarray(cv2.dilate(alpha, reach), np.uint8)


def fitted(truth: Truth, source: Size) -> Truth:
    """The truth of a frame that came at the size `source` and was brought back to SIZE."""
    buffer = I420(SIZE)
    buffer.planes.y[:] = 128 + 100 * truth.codes[0]
    buffer.planes.u[:] = 128 + 100 * truth.codes[1]
    buffer.planes.v[:] = cv2.resize(truth.person, (SIZE.width // 2, SIZE.height // 2))
    frame = scaled(Frame(buffer.planes, 0, 0, Colour()), source)
    y, u, v = Fitter(SIZE)(frame).planes
    codes = tuple((plane.astype(np.float32) - 128) / 100 for plane in (y, u))
    return Truth((codes[0], codes[1]), np.asarray(cv2.resize(v, SIZE), np.uint8))


def scaled(frame: Frame, size: Size) -> Frame:
    """The frame at another size, whatever its shape becomes."""
    target = I420(size)
    for plane, onto in zip(frame.planes, target.planes, strict=True):
        cv2.resize(plane, onto.shape[::-1], dst=onto, interpolation=cv2.INTER_AREA)
    return Frame(target.planes, frame.index, frame.captured_at, frame.colour)


def recognisable(picture: Planes, truth: Truth, *, apart: bool) -> float:
    """How much of the code is left in the tile where most is; `apart`: where the person is not looked at.

    A matched filter: <picture, code> / <code, code>, both without what is soft.
    """
    y, u, _ = picture
    persons = truth.person, cv2.resize(truth.person, (SIZE.width // 2, SIZE.height // 2))
    worst = 0.0
    for plane, known, person, tile in zip((y, u), truth.codes, persons, (TILE, TILE), strict=True):
        sharp = detail(plane.astype(np.float32) / CONTRAST)
        wanted = detail(known)
        left, whole = tiles(sharp * wanted, tile), tiles(wanted * wanted, tile)
        seen = left / np.maximum(whole, 1e-6)
        seen[whole < 0.2] = 0  # hardly any code in the tile: bars beside a fitted picture
        if apart:
            seen[tiles((person > 0).astype(np.float32), tile) > 0] = 0
        worst = max(worst, float(seen.max()))
    return worst


def detail(plane: Floats) -> Floats:
    """What is not soft."""
    return np.asarray(plane - cv2.blur(plane, (2 * CHIP + 1, 2 * CHIP + 1)), np.float32)


def tiles(plane: Floats, side: int) -> Floats:
    """The mean of each tile; what is left over at the sides is left out."""
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    cut = plane[: rows * side, : columns * side]
    return np.asarray(cut.reshape(rows, side, columns, side).mean(axis=(1, 3)), np.float32)
