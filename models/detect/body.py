"""One person's body: where its joints are, and which pixels it has."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..host import HERE, Host
from ..manifest import find_model
from ..native.network import Workspace
from ..segmenter import Mask, Rgb
from .decode import Floats
from .net import open_net
from .region import Points, Region, aligned, laid_on, to_picture, view

SIDE = 256  # px; of what it looks at, and of its mask
GRID = 64  # px; of its heat maps
JOINTS, POINTS = 33, 39  # those that MediaPipe names, and all: two say where to look next
REACH = 3  # px of the heat map round a point, by which it is corrected
LEAST = 0.5  # probability in a heat map from which it corrects


@dataclass(frozen=True, slots=True)
class Body:
    """A body in a picture.

    presence    how sure the model is that somebody is in the region, 0..1; below a half the rest means little
    landmarks   (33, 2) px of the picture, in MediaPipe's order: nose, eyes, ears, mouth, then down the body
    visibility  (33,), 0..1: whether each is in the picture and not covered
    mask        (256, 256), 0..1: the pixels of this person in the square of `region`
    next        where to look in the next frame
    """

    presence: float
    landmarks: Points
    visibility: Floats
    mask: Mask
    region: Region
    next: Region

    def on(self, width: int, height: int) -> Mask:
        """(height, width): the mask in the picture, of the size that the model was shown."""
        return laid_on(self.mask, self.region, width, height)


class BodyLandmarker:
    """Looks at one person at a time: in the region of a pose, or in what the last look gave as the next.

    workspace  may be shared with the detectors that the same thread calls
    """

    def __init__(self, host: Host = HERE, workspace: Workspace | None = None) -> None:
        shapes = {
            "landmarks": (1, POINTS * 5),
            "presence": (1, 1),
            "mask": (1, 1, SIDE, SIDE),
            "heatmap": (1, POINTS, GRID, GRID),
        }
        self._net = open_net(find_model("pose-landmark"), host, shapes, workspace)
        self.providers = self._net.providers

    def __call__(self, picture: Rgb, region: Region) -> Body:
        """(H, W, 3) uint8 and a region of it in; the body is the caller's."""
        seen = view(picture, region, SIDE, beyond=cv2.BORDER_REPLICATE)
        np.copyto(self._net.inputs["picture"][0], seen)
        self._net.run()
        outputs = self._net.outputs
        values = outputs["landmarks"].reshape(POINTS, 5)
        places = np.asarray(values[:, :2] / SIDE, np.float32)
        points = to_picture(corrected(places, outputs["heatmap"][0]), region)
        return Body(
            presence=float(outputs["presence"][0, 0]),
            landmarks=points[:JOINTS],
            visibility=sigmoid(values[:JOINTS, 3]),
            mask=sigmoid(outputs["mask"][0, 0]),
            region=region,
            next=aligned(points[JOINTS], points[JOINTS + 1]),
        )


def corrected(points: Points, heat: Floats) -> Points:
    """Points, 0..1, moved to the middle of what their heat maps say about the pixels round them.

    heat  (N, rows, columns) logits, a map for each
    """
    better = points.copy()
    size = heat.shape[1]
    for number, (x, y) in enumerate((points * size).astype(int)):
        if not (0 <= x < size and 0 <= y < size):
            continue
        top, left = max(0, y - REACH), max(0, x - REACH)
        near = sigmoid(heat[number, top : y + REACH + 1, left : x + REACH + 1])
        if near.max() >= LEAST:
            down, across = near.sum(axis=1), near.sum(axis=0)
            better[number, 0] = across @ np.arange(left, left + len(across)) / near.sum() / size
            better[number, 1] = down @ np.arange(top, top + len(down)) / near.sum() / size
    return better


def sigmoid(logits: Floats) -> Floats:
    """Probabilities; beyond 80, which float32 cannot hold, there is nothing to tell."""
    return np.asarray(1 / (1 + np.exp(-logits.clip(-80, 80))), np.float32)
