"""EfficientSAM (Xiong 2023, arXiv:2312.00863): asked like Segment Anything, answered by a smaller network.

The files have the inputs that upstream's own export gives them. Unlike SAM's, the picture is not kept in
its proportions but filled into the square; the decoder takes points and rectangles, and no rough mask.
"""

from __future__ import annotations

import cv2
import numpy as np

from .host import HERE, Host
from .manifest import Model
from .sam import Answer, Label, Prompt, box_round, enlarged
from .segmenter import Mask, Rgb
from .session import FIRST, Port
from .tensor import Filler

SIDE = 1024  # px; the picture's, whatever its proportions
GRID = 256  # px; the side of the decoder's own masks
GUESSES = 3  # masks for one prompt: the part, the larger part, the whole
POINTS = 6  # that the decoder looks at; a rectangle is two


class EfficientSam:
    """Call `look` with a picture, then ask about it as often as you like."""

    def __init__(self, model: Model, host: Host = HERE) -> None:
        self.name = model.name
        self._encoder = host.open(
            model,
            "encoder",
            inputs={"batched_images": Port((1, 3, SIDE, SIDE), np.float32)},
            outputs={FIRST: Port((1, 256, 64, 64), np.float32)},
        )
        self._decoder = host.open(
            model,
            "decoder",
            inputs={
                "image_embeddings": Port((1, 256, 64, 64), np.float32),
                "batched_point_coords": Port((1, 1, 2, 2), np.float32),
                "batched_point_labels": Port((1, 1, 2), np.float32),
                "orig_im_size": Port((2,), np.int64),
            },
            outputs={
                "output_masks": Port((1, 1, GUESSES, GRID, GRID), np.float32),
                "iou_predictions": Port((1, 1, GUESSES), np.float32),
            },
            fill={"orig_im_size": GRID},  # so that it does not enlarge its masks, which we do later
        )
        self.providers = self._encoder.providers
        self._fill = Filler(model)
        self.size = (0, 0)  # width, height of the picture that is looked at, px

    def look(self, picture: Rgb) -> None:
        """(H, W, 3) uint8, of any size: what is asked from now on is about it."""
        height, width, _ = picture.shape
        self.size = (width, height)
        smaller = cv2.INTER_AREA if max(self.size) > SIDE else cv2.INTER_LINEAR
        scaled = np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=smaller), np.uint8)
        self._fill(scaled, self._encoder.inputs["batched_images"][0])
        self._encoder.run()
        np.copyto(self._decoder.inputs["image_embeddings"], self._encoder.outputs[FIRST])

    def ask(self, prompt: Prompt) -> Answer:
        """The best of the decoder's masks of what is wanted; the answer is the caller's.

        It was not taught points outside, and is not told them; of a rough mask it is told the rectangle
        round it, and of more than six points the first six.
        """
        rows = [(x, y, Label.INSIDE) for x, y, inside in prompt.points if inside]
        region = prompt.region or (None if prompt.mask is None else box_round(prompt.mask))
        if region:
            corners = [(region.x0, region.y0, Label.TOP_LEFT), (region.x1, region.y1, Label.BOTTOM_RIGHT)]
            rows = [*corners, *rows]
        points = np.array(rows[:POINTS] or [(-1, -1, Label.NOTHING)], np.float32)
        scale = np.array([GRID / self.size[0], GRID / self.size[1]], np.float32)
        self._decoder.shape("batched_point_coords", (1, 1, len(points), 2))[0, 0] = points[:, :2] * scale
        self._decoder.shape("batched_point_labels", (1, 1, len(points)))[0, 0] = points[:, 2]
        self._decoder.run()
        expected = self._decoder.outputs["iou_predictions"][0, 0]
        best = int(expected.argmax())
        logits = np.array(self._decoder.outputs["output_masks"][0, 0, best], np.float32)
        return Answer(logits, float(expected[best]))

    def enlarge(self, answer: Answer) -> Mask:
        """The answer at the picture's size, (H, W) in [0, 1]; soft where the decoder was unsure."""
        return enlarged(answer, self.size)
