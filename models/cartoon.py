"""CartoonSegmentation (arXiv:2312.01943): drawn characters, each by itself.

The files are those of `softfocus export cartoon`: RTMDet-Ins (arXiv:2212.07784), which proposes boxes, scores
and coarse masks, and a network that sees the picture with one of these masks and makes it finer.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .host import HERE, Host
from .manifest import Model
from .sam import Region
from .segmenter import InputSize, Mask, Rgb
from .session import Port
from .tensor import Filler, check_picture

SIDE, FINE = 640, 720  # px; of what detector and refiner see: the longer side's, the rest is empty
GRID = 80  # px; the side of the detector's masks
PROPOSED = 100
EMPTY = 114  # gray beside the picture, as in the detector's training
LEAST_SCORE = 0.3  # upstream's
SAME = 0.6  # IoU of boxes from which two proposals are one character; RTMDet's
MOST = 8  # characters; each takes a run of the refiner


@dataclass(frozen=True, slots=True)
class Character:
    """A drawn character.

    region  the box round it, px; score  how sure the detector is, 0..1
    mask    (H, W) of the picture, 0..1
    """

    region: Region
    score: float
    mask: Mask


class Cartoon:
    """Finds drawn characters in one picture."""

    def __init__(self, model: Model, host: Host = HERE) -> None:
        self.name = model.name
        self.input_size: InputSize = model.input_size
        self._detector = host.open(
            model,
            "detector",
            inputs={"picture": Port((1, 3, SIDE, SIDE), np.float32)},
            outputs={
                "boxes": Port((1, PROPOSED, 4), np.float32),
                "scores": Port((1, PROPOSED), np.float32),
                "masks": Port((1, PROPOSED, GRID, GRID), np.float32),
            },
        )
        self._refiner = host.open(
            model,
            "refiner",
            inputs={"seen": Port((1, 4, FINE, FINE), np.float32)},
            outputs={"alpha": Port((1, 1, FINE, FINE), np.float32)},
        )
        self.providers = self._detector.providers
        self._fill = Filler(model)
        self._union: Mask = np.zeros(model.input_size[::-1], np.float32)

    def __call__(self, picture: Rgb) -> Mask:
        """(H, W, 3) uint8 of `input_size` in, (H, W) float32 in [0, 1] out; ours until the next call."""
        check_picture(picture, *self.input_size)
        self._union.fill(0)
        for character in self.find(picture):
            np.maximum(self._union, character.mask, out=self._union)
        return self._union

    def reset(self) -> None:
        """Each picture stands for itself: there is nothing to forget."""

    def find(self, picture: Rgb) -> list[Character]:
        """(H, W, 3) uint8, of any size: the characters in it, the surest first; they are the caller's."""
        self._look(picture)
        scale = max(picture.shape) / SIDE
        boxes, scores = self._detector.outputs["boxes"][0], self._detector.outputs["scores"][0]
        return [
            Character(
                Region(*(float(edge) * scale for edge in boxes[n])),
                float(scores[n]),
                self._refined(picture, n),
            )
            for n in each_once(boxes, scores)[:MOST]
        ]

    def _look(self, picture: Rgb) -> None:
        """Run the detector; show the picture to the refiner, too."""
        small, fine = scaled(picture, SIDE), scaled(picture, FINE)
        square = np.full((SIDE, SIDE, 3), EMPTY, np.uint8)
        square[: small.shape[0], : small.shape[1]] = small
        self._fill(square, self._detector.inputs["picture"][0])
        self._detector.run()
        seen = self._refiner.inputs["seen"][0]
        seen.fill(0)
        for colour, plane in enumerate(seen[:3]):
            plane[: fine.shape[0], : fine.shape[1]] = fine[..., colour] / np.float32(255)

    def _refined(self, picture: Rgb, n: int) -> Mask:
        """The mask of the n-th proposal at the picture's size."""
        height, width, _ = picture.shape
        within = FINE / max(height, width)
        down, across = max(1, round(height * within)), max(1, round(width * within))
        logits: Mask = self._detector.outputs["masks"][0, n]
        coarse = cv2.resize(logits, (FINE, FINE), interpolation=cv2.INTER_LINEAR)
        rough = self._refiner.inputs["seen"][0, 3]
        rough.fill(0)
        rough[:down, :across] = coarse[:down, :across] > 0
        self._refiner.run()
        alpha = np.asarray(self._refiner.outputs["alpha"][0, 0, :down, :across], np.float32)
        fine = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(fine.clip(0, 1), np.float32)


def scaled(picture: Rgb, side: int) -> Rgb:
    """The picture with that longer side."""
    height, width, _ = picture.shape
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    smaller = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=smaller), np.uint8)


def each_once(boxes: Mask, scores: Mask) -> list[int]:
    """Numbers of the proposals that are sure enough, the surest of those that are one; the surest first."""
    sides = [(float(x0), float(y0), float(x1 - x0), float(y1 - y0)) for x0, y0, x1, y1 in boxes]
    kept = cv2.dnn.NMSBoxes(sides, [float(score) for score in scores], LEAST_SCORE, SAME)
    return [int(n) for n in kept]
