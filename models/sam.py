"""Segment Anything (Kirillov 2023, arXiv:2304.02643): a mask for every prompt, many prompts for one picture.

The picture goes through the encoder once, which is the dear part; each prompt then goes through the
decoder. The files are MobileSAM's, with the decoder's inputs as SAM's authors export them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from .host import HERE, Host
from .manifest import Model
from .segmenter import Mask, Rgb
from .session import FIRST, Port
from .tensor import Filler

SIDE = 1024  # px; the longer side of a picture comes to it, the rest stays empty
GRID = 256  # px; the side of the decoder's own masks
Logits = npt.NDArray[np.float32]  # (H, W); above 0 = inside


class Label(IntEnum):
    """What a point says, as the decoder counts it."""

    NOTHING = -1
    OUTSIDE = 0
    INSIDE = 1
    TOP_LEFT = 2
    BOTTOM_RIGHT = 3


class Point(NamedTuple):
    """A place in the picture, px, that is inside or outside of what is wanted."""

    x: float
    y: float
    inside: bool = True


class Region(NamedTuple):
    """A rectangle round what is wanted, px."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is wanted: points, a rectangle, or both, and with them a rough mask of the picture's size, 0..1.

    A mask alone says nothing to SAM; `like` makes a prompt of one.
    """

    points: tuple[Point, ...] = ()
    region: Region | None = None
    mask: Mask | None = None


def like(mask: Mask) -> Prompt:
    """What a rough mask shows; the mask and the rectangle round it."""
    return Prompt(region=box_round(mask), mask=mask)


def box_round(mask: Mask) -> Region:
    """The rectangle that holds all above a half."""
    x, y, width, height = cv2.boundingRect(np.asarray(mask > 0.5, np.uint8))
    return Region(x, y, x + width, y + height)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the decoder found.

    logits    (h, w) at its own resolution, the picture's part of it only; above 0 = inside
    expected  its own guess of the mask's IoU
    """

    logits: Logits
    expected: float


class Prompted(Protocol):
    """A network that is shown a picture once and then asked about it as often as one likes."""

    @property
    def size(self) -> tuple[int, int]:
        """Width, height of the picture that is looked at, px."""
        ...

    def look(self, picture: Rgb) -> None:
        """(H, W, 3) uint8, of any size: what is asked from now on is about it."""
        ...

    def ask(self, prompt: Prompt) -> Answer:
        """The mask of what is wanted, in the picture that was looked at last; the answer is the caller's."""
        ...

    def enlarge(self, answer: Answer) -> Mask:
        """The answer at the picture's size, (H, W) in [0, 1]; soft where the network was unsure."""
        ...


def enlarged(answer: Answer, size: tuple[int, int]) -> Mask:
    """An answer's logits as a mask of that width and height, (H, W) in [0, 1]."""
    logits = cv2.resize(answer.logits, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(1 / (1 + np.exp(-logits.clip(-30, 30))), np.float32)


class Sam:
    """Call `look` with a picture, then ask about it as often as you like."""

    def __init__(self, model: Model, host: Host = HERE) -> None:
        self.name = model.name
        self._encoder = host.open(
            model,
            "encoder",
            inputs={FIRST: Port((1, 3, SIDE, SIDE), np.float32)},
            outputs={FIRST: Port((1, 256, 64, 64), np.float32)},
        )
        self._decoder = host.open(
            model,
            "decoder",
            inputs={
                "image_embeddings": Port((1, 256, 64, 64), np.float32),
                "point_coords": Port((1, 2, 2), np.float32),
                "point_labels": Port((1, 2), np.float32),
                "mask_input": Port((1, 1, GRID, GRID), np.float32),
                "has_mask_input": Port((1,), np.float32),
                "orig_im_size": Port((2,), np.float32),
            },
            outputs={
                "low_res_masks": Port((1, 1, GRID, GRID), np.float32),
                "iou_predictions": Port((1, 1), np.float32),
            },
            fill={"orig_im_size": 32},  # the enlarged mask that we do not ask for is at least small
        )
        self.providers = self._encoder.providers
        self._fill = Filler(model)
        self.size = (0, 0)  # width, height of the picture that is looked at, px
        self._scale = 1.0

    def look(self, picture: Rgb) -> None:
        """(H, W, 3) uint8, of any size: what is asked from now on is about it."""
        height, width, _ = picture.shape
        self.size, self._scale = (width, height), SIDE / max(width, height)
        within = (max(1, round(width * self._scale)), max(1, round(height * self._scale)))
        smaller = cv2.INTER_AREA if self._scale < 1 else cv2.INTER_LINEAR
        scaled = np.asarray(cv2.resize(picture, within, interpolation=smaller), np.uint8)
        tensor = self._encoder.inputs[FIRST][0]
        tensor.fill(0)
        self._fill(scaled, tensor[:, : within[1], : within[0]])
        self._encoder.run()
        np.copyto(self._decoder.inputs["image_embeddings"], self._encoder.outputs[FIRST])

    def ask(self, prompt: Prompt) -> Answer:
        """The mask of what is wanted, in the picture that was looked at last; the answer is the caller's."""
        self._write_points(prompt)
        self._write_mask(prompt.mask)
        self._decoder.run()
        width, height = self._within()
        logits = np.array(self._decoder.outputs["low_res_masks"][0, 0, :height, :width], np.float32)
        return Answer(logits, float(self._decoder.outputs["iou_predictions"][0, 0]))

    def enlarge(self, answer: Answer) -> Mask:
        """The answer at the picture's size, (H, W) in [0, 1]; soft where the decoder was unsure."""
        return enlarged(answer, self.size)

    def _within(self) -> tuple[int, int]:
        """Width and height of the picture's part of the decoder's masks."""
        width, height = (max(1, round(side * self._scale * GRID / SIDE)) for side in self.size)
        return width, height

    def _write_points(self, prompt: Prompt) -> None:
        """All points in one list; where no rectangle is given, SAM was trained with an empty one."""
        rows = [(x, y, Label.INSIDE if inside else Label.OUTSIDE) for x, y, inside in prompt.points]
        if prompt.region:
            x0, y0, x1, y1 = prompt.region
            rows += [(x0, y0, Label.TOP_LEFT), (x1, y1, Label.BOTTOM_RIGHT)]
        else:
            rows += [(0.0, 0.0, Label.NOTHING)]
        points: npt.NDArray[Any] = np.array(rows, np.float32)
        self._decoder.shape("point_coords", (1, len(rows), 2))[0] = points[:, :2] * np.float32(self._scale)
        self._decoder.shape("point_labels", (1, len(rows)))[0] = points[:, 2]

    def _write_mask(self, mask: Mask | None) -> None:
        """A rough mask goes in as logits; ±10 is as sure as SAM's own are."""
        self._decoder.inputs["has_mask_input"][0] = mask is not None
        grid = self._decoder.inputs["mask_input"][0, 0]
        grid.fill(-10 if mask is not None else 0)
        if mask is not None:
            width, height = self._within()
            scaled = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
            grid[:height, :width] = np.asarray(scaled, np.float32) * 20 - 10
