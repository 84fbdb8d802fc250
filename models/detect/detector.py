"""Finds faces, people or hands in a picture, all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from ..host import HERE, Host
from ..manifest import Model, find_model
from ..native.network import Workspace
from ..segmenter import Rgb
from .anchors import anchors
from .decode import decode, each_once
from .net import open_net
from .region import Points, Region, aligned, to_picture, view, whole

Kind = Literal["face", "pose", "palm"]

THRESHOLD = 0.5  # MediaPipe's


class Box(NamedTuple):
    """A rectangle, px."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Detection:
    """Something that was found; places are pixels of the picture, and may lie beyond its border.

    score      how sure the detector is, 0..1
    keypoints  (K, 2), x and y. Of a face: the eyes (of the left side of the picture first), tip of the
               nose, mouth, ears. Of a pose: the middle of the hips, a point on the circle round the whole
               body, the middle of the shoulders, a point on the circle round the upper body; its box is
               the face's. Of a palm: wrist, knuckles of index, middle, ring and little finger, thumb's two
    """

    kind: Kind
    box: Box
    score: float
    keypoints: Points

    @property
    def body(self) -> Region:
        """Where a body model should look for whom this pose is of."""
        return aligned(self.keypoints[0], self.keypoints[1])


class _Form(NamedTuple):
    """Strides and anchors a cell of a detector's layers, and how many key points it gives."""

    model: str
    cells: Sequence[tuple[int, int]]
    points: int


FORMS: dict[Kind, _Form] = {
    "face": _Form("face-detection", ((4, 1),), 6),
    "pose": _Form("pose-detection", ((8, 2), (16, 2), (32, 6)), 4),
    "palm": _Form("palm-detection", ((8, 2), (16, 6)), 7),
}


class Detector:
    """Call it with pictures of any size.

    workspace  may be shared by all detectors that one thread calls
    """

    def __init__(self, kind: Kind, host: Host = HERE, workspace: Workspace | None = None) -> None:
        form = FORMS[kind]
        model: Model = find_model(form.model)
        self.kind: Kind = kind
        self._side = model.input_size.width
        self._anchors = anchors(self._side, form.cells)
        shapes = {
            "boxes": (1, len(self._anchors), 4 + 2 * form.points),
            "scores": (1, len(self._anchors), 1),
        }
        self._net = open_net(model, host, shapes, workspace)
        self.providers = self._net.providers

    def __call__(
        self, picture: Rgb, region: Region | None = None, *, threshold: float = THRESHOLD
    ) -> tuple[Detection, ...]:
        """What is in a picture, (H, W, 3) uint8 of any size, or in a region of it; the surest first.

        threshold  the least score, above 0 and below 1
        """
        region = region or whole(picture)
        np.copyto(self._net.inputs["picture"][0], view(picture, region, self._side))
        self._net.run()
        boxes, scores = self._net.outputs["boxes"][0], self._net.outputs["scores"][0, :, 0]
        found = each_once(decode(boxes, scores, self._anchors, self._side, threshold))
        return tuple(
            self._detection(float(score), corners, region)
            for score, corners in zip(found.scores, found.corners, strict=True)
        )

    def _detection(self, score: float, corners: Points, region: Region) -> Detection:
        (left, top), (right, bottom) = corners[:2]
        square = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)
        placed = to_picture(square, region)
        box = Box(*map(float, placed.min(axis=0)), *map(float, placed.max(axis=0)))
        return Detection(self.kind, box, score, to_picture(corners[2:], region))
