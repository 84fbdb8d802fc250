"""What others see: how much of the room, and of the person beyond the edge, is left in the output.

Judged against what the same backdrop makes of the exact alpha, since a clip holds no view of its room
without the person: where nobody is, the frame itself is the room.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..realtime.backdrops.blur import Blur
from ..realtime.compose.compositor import Compositor
from ..realtime.frame import I420, Frame, Plane, Planes, Size
from ..realtime.matte import Box, Matte
from ..realtime.scale import resized
from .metrics import Truth

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

DETAIL = 2.5  # px: what a Gaussian of this sigma takes away is detail
RING = (2.0, 24.0)  # px from the person at 720 lines: where halos are
PERSON_BLUR = 20.0  # px at 720 lines
BLOCK = 16  # px
PLAIN = 2.0  # codes of detail that a block must have, root mean square, to tell anything
RECOGNISED = 0.25  # of its detail: a block is then taken for seen


@dataclass(frozen=True, slots=True)
class Scene:
    """A frame, its exact alpha, and what both make of each other; the same for all variants.

    ideal   the output that the exact alpha gives
    detail  of the frame's luma; there: where the room is certain
    person  colour that would make up a halo, minus the ideal output, at the size of chroma; 0 off the ring
    """

    frame: Frame
    truth: Truth
    ideal: Planes
    detail: Floats
    person: Floats


class Studio:
    """Makes scenes from frames of one size."""

    def __init__(self, size: Size) -> None:
        self._compose = Compositor(Blur(size), size)
        self._ideal = I420(size)

    def __call__(self, frame: Frame, truth: Truth) -> Scene:
        """Its `ideal` is ours until the next call."""
        whole = Box(0, 0, frame.size.width, frame.size.height)
        matte = Matte(truth.alpha, whole, frame.index, frame.captured_at)
        self._compose(frame, matte, self._ideal.planes)
        ideal = self._ideal.planes
        ring = ring_around(resized(truth.alpha, chroma_size(frame.size)), frame.size.height)
        person = (person_colour(frame, truth.alpha) - colours(ideal)) * ring[..., None]
        return Scene(frame, truth, ideal, detail(frame.planes.y), person)


def chroma_size(size: Size) -> Size:
    return Size(size.width // 2, size.height // 2)


def colours(planes: Planes) -> Floats:
    """(H/2, W/2, 3) Y, U, V."""
    height, width = planes.u.shape
    luma = resized(planes.y, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.merge((luma, planes.u, planes.v)), np.float32)


def detail(luma: Plane) -> Floats:
    """What is sharp in it."""
    levels = luma.astype(np.float32)
    return levels - np.asarray(cv2.GaussianBlur(levels, (0, 0), DETAIL), np.float32)


def ring_around(alpha: Plane, height: int) -> Flags:
    """Where halos are; `alpha` at the size of chroma, `height` of the frame."""
    away = np.asarray(cv2.distanceTransform((alpha <= 2).view(np.uint8), cv2.DIST_L2, 5), np.float32)
    scale = height / 720 / 2
    return (away > RING[0] * scale) & (away <= RING[1] * scale)


def person_colour(frame: Frame, alpha: Plane) -> Floats:
    """The person's colours, blurred outwards: (H/2, W/2, 3)."""
    sure = resized(alpha, chroma_size(frame.size), interpolation=cv2.INTER_AREA) >= 250
    sigma = PERSON_BLUR * frame.size.height / 720 / 2
    weight = np.asarray(cv2.GaussianBlur(sure.astype(np.float32), (0, 0), sigma), np.float32)
    weighed = cv2.GaussianBlur(colours(frame.planes) * sure[..., None], (0, 0), sigma)
    return np.asarray(weighed / (weight[..., None] + np.float32(1e-6)), np.float32)


class PictureJudge:
    """Judges one variant's output pictures of one clip."""

    def __init__(self) -> None:
        self._halo = np.zeros(2)  # projection on the person's colour, and that colour's own energy
        self._leak = np.zeros(2)
        self._seen: Floats | None = None  # the most that ever was, by block; NaN where nothing could be

    def __call__(self, output: Planes, scene: Scene) -> None:
        """The next picture."""
        astray = colours(output) - colours(scene.ideal)
        self._halo += np.sum(astray * scene.person), np.sum(scene.person**2)
        surplus = (detail(output.y) - detail(scene.ideal.y)) * scene.truth.room
        own = scene.detail * scene.truth.room
        self._leak += np.sum(surplus * own), np.sum(own**2)
        self._accumulate(surplus * own, own**2, scene.truth.room)

    def _accumulate(self, projected: Floats, energy: Floats, room: Flags) -> None:
        shares, energies, rooms = (blocks(each) for each in (projected, energy, room.astype(np.float32)))
        telling = (rooms == 1) & (energies > PLAIN**2)
        now = np.where(telling, shares / np.maximum(energies, 1e-6), np.nan).astype(np.float32)
        self._seen = now if self._seen is None else np.fmax(self._seen, now)

    def means(self) -> dict[str, float]:
        """Halo, room_leak and accumulated, all in %."""
        known = np.isfinite(self._seen) if self._seen is not None else np.zeros(0, np.bool_)
        seen = (
            float(np.mean(self._seen[known] > RECOGNISED)) if self._seen is not None and known.any() else 0.0
        )
        return {
            "halo": 100 * float(self._halo[0] / max(1e-6, self._halo[1])),
            "room_leak": 100 * float(self._leak[0] / max(1e-6, self._leak[1])),
            "accumulated": 100 * seen,
        }


def blocks(plane: Floats) -> Floats:
    """The mean of each block of BLOCK² px; an incomplete last row or column is left out."""
    height, width = plane.shape
    size = (width // BLOCK, height // BLOCK)
    whole = plane[: size[1] * BLOCK, : size[0] * BLOCK]
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.float32)
