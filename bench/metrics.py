"""How good a matte is, against the exact alpha. Definitions and units: docs/quality.md.

All alphas are (H, W) uint8, 0..255. The literature's factors are kept, so that figures compare:
mad, mse, band, flicker x 1000, dtssd x 100, leak and cut in %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..realtime.frame import Plane

Flags = npt.NDArray[np.bool_]  # (H, W)
Floats = npt.NDArray[np.float32]  # (H, W)

BAND = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (41, 41))  # within 20 px of the edge
SIGMA = 1.4  # px, of the gradients (Rhemann et al. 2009)
SEEN = 0.1 * 255  # room with more alpha than this can be seen
SOLID = 0.9 * 255  # a person with less alpha than this is seen through
SHIFTS = 5  # frames, 0 to 4, by which a matte may be late


@dataclass(frozen=True, slots=True)
class Truth:
    """The exact alpha of a frame, and what all mattes of that frame are judged with."""

    alpha: Plane
    band: Flags
    room: Flags
    person: Flags

    @classmethod
    def of(cls, alpha: Plane) -> Truth:
        return cls(alpha, edge_band(alpha), alpha == 0, alpha == 255)


def apart(one: Plane, other: Plane) -> Plane:
    """|one − other|, 0..255."""
    return np.asarray(cv2.absdiff(one, other), np.uint8)


def edge_band(alpha: Plane) -> Flags:
    """The 41x41 ellipse's dilation without its erosion, of alpha > 1/2."""
    person = (alpha > 127).view(np.uint8)
    return np.asarray(cv2.dilate(person, BAND) != cv2.erode(person, BAND))


def mean_over(values: Flags | Plane | Floats, where: Flags) -> float:
    """0 where there is nothing to judge."""
    return float(np.mean(values[where])) if where.any() else 0.0


def mad(alpha: Plane, truth: Truth) -> float:
    """Mean |p − g|, x 1000."""
    return 1000 / 255 * float(np.mean(apart(alpha, truth.alpha)))


def mse(alpha: Plane, truth: Truth) -> float:
    """Mean (p − g)², x 1000."""
    return 1000 / 255**2 * float(np.mean(np.square(apart(alpha, truth.alpha), dtype=np.float32)))


def band_mad(alpha: Plane, truth: Truth) -> float:
    """mad within 20 px of the person's edge."""
    return 1000 / 255 * mean_over(apart(alpha, truth.alpha), truth.band)


def iou(alpha: Plane, truth: Truth) -> float:
    """Intersection over union at one half; 1 when both are empty."""
    p, g = alpha > 127, truth.alpha > 127
    union = np.count_nonzero(p | g)
    return np.count_nonzero(p & g) / union if union else 1.0


def leak(alpha: Plane, truth: Truth) -> float:
    """% of the room that can be seen."""
    return 100 * mean_over(alpha > SEEN, truth.room)


def cut(alpha: Plane, truth: Truth) -> float:
    """% of the person that is seen through."""
    return 100 * mean_over(alpha < SOLID, truth.person)


def steepness(alpha: Plane) -> Floats:
    """The length of the gradient of the Gaussian-smoothed alpha, 0..1 per px."""
    reach = int(np.ceil(3 * SIGMA))
    x = np.arange(-reach, reach + 1, dtype=np.float64)
    bell = np.exp(-(x**2) / (2 * SIGMA**2))
    bell /= bell.sum()
    slope = -x / SIGMA**2 * bell
    levels = alpha.astype(np.float32) / np.float32(255)
    across = cv2.sepFilter2D(levels, cv2.CV_32F, slope[::-1], bell, borderType=cv2.BORDER_REPLICATE)
    down = cv2.sepFilter2D(levels, cv2.CV_32F, bell, slope[::-1], borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.magnitude(across, down), np.float32)


def grad(alpha: Plane, truth: Truth) -> float:
    """Σ(|∇Gp| − |∇Gg|)² / 1000."""
    return float(np.sum(np.square(steepness(alpha) - steepness(truth.alpha)))) / 1000


def change(after: Plane, before: Plane) -> Floats:
    """p(t) − p(t−1), −1..1."""
    return (after.astype(np.float32) - before) / np.float32(255)


def dtssd(moved: Floats, truly: Floats) -> float:
    """Root of the mean (Δp − Δg)², x 100."""
    return 100 * float(np.sqrt(np.mean(np.square(moved - truly))))


def flicker(moved: Floats, truly: Floats, truth: Truth) -> float:
    """Mean |Δp| where g is solid and does not change, x 1000."""
    return 1000 * mean_over(np.abs(moved), (truly == 0) & (truth.room | truth.person))


FRAME_METRICS = {
    "mad": mad,
    "mse": mse,
    "band_mad": band_mad,
    "grad": grad,
    "iou": iou,
    "leak": leak,
    "cut": cut,
}


class Judge:
    """Judges one variant's mattes of one clip, frame after frame."""

    def __init__(self) -> None:
        self.series: dict[str, list[float]] = {name: [] for name in (*FRAME_METRICS, "dtssd", "flicker")}
        self._before: tuple[Plane, Plane] | None = None
        self._truths: list[Plane] = []  # newest first
        self._misfits = np.zeros(SHIFTS)

    def __call__(self, alpha: Plane, truth: Truth) -> None:
        """The next frame's matte and its truth."""
        for name, metric in FRAME_METRICS.items():
            self.series[name].append(metric(alpha, truth))
        if self._before:
            moved, truly = change(alpha, self._before[0]), change(truth.alpha, self._before[1])
            self.series["dtssd"].append(dtssd(moved, truly))
            self.series["flicker"].append(flicker(moved, truly, truth))
        self._before = alpha.copy(), truth.alpha
        self._fit(alpha, truth)

    def _fit(self, alpha: Plane, truth: Truth) -> None:
        """How far the matte is from the truths of earlier frames, near the edge."""
        self._truths = [truth.alpha, *self._truths][:SHIFTS]
        if len(self._truths) == SHIFTS:
            for shift, earlier in enumerate(self._truths):
                self._misfits[shift] += mean_over(apart(alpha, earlier), truth.band)

    @property
    def lag(self) -> int:
        """Frames by which the truth must be delayed to fit the mattes best, 0 to 4."""
        return int(np.argmin(self._misfits))

    def means(self) -> Mapping[str, float]:
        """Over all frames, and the lag."""
        means = {name: float(np.mean(values)) if values else 0.0 for name, values in self.series.items()}
        return {**means, "lag": float(self.lag)}
