"""What others do with a frame, re-created from their documentation.

python -m softfocus.bench.rivals NAME CLIP; rounds.py tells what it then answers.

They get BGR pictures in memory, and nobody takes their result: decoding and bringing the picture to a
virtual camera, which softfocus's own figures include, are a present to them. Each runs with its
libraries' usual threads.
"""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..models.runtime import import_runtime
from .rounds import Length, Round, free_run, take_turns

Bgr = npt.NDArray[np.uint8]  # (H, W, 3)
Mask = npt.NDArray[np.float32]  # (H, W), 0 = background, 1 = person
Rival = Callable[[Bgr], Bgr]

HELD_BYTES = 120_000_000  # of pictures in memory, at most
KERNEL = (55, 55)  # of the blur in MediaPipe's examples


def blurred(picture: Bgr) -> Bgr:
    return np.asarray(cv2.GaussianBlur(picture, KERNEL, 0), np.uint8)


class MediaPipeLegacy:
    """The loop in MediaPipe's guide to the selfie segmentation solution, landscape model.

    Mirrored, to RGB and back; the mask tripled, cut at .1, and used to choose between picture and blur.
    """

    def __init__(self) -> None:
        solutions: Any = importlib.import_module("mediapipe").solutions
        self._model = solutions.selfie_segmentation.SelfieSegmentation(model_selection=1)

    def __call__(self, frame: Bgr) -> Bgr:
        rgb = cv2.cvtColor(cv2.flip(frame, 1), cv2.COLOR_BGR2RGB)
        rgb.flags.writeable = False  # the guide: passes it by reference
        mask = self._model.process(rgb).segmentation_mask
        rgb.flags.writeable = True
        picture = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), np.uint8)
        person = np.stack((mask,) * 3, axis=-1) > 0.1
        return np.where(person, picture, blurred(picture))


class MediaPipeTasks:
    """The loop in MediaPipe's guide to the image segmenter task, video mode, category mask."""

    def __init__(self) -> None:
        self._mediapipe: Any = importlib.import_module("mediapipe")
        vision: Any = importlib.import_module("mediapipe.tasks.python.vision")
        tasks: Any = importlib.import_module("mediapipe.tasks.python")
        folder = Path(str(self._mediapipe.__file__)).parent / "modules" / "selfie_segmentation"
        options = vision.ImageSegmenterOptions(
            base_options=tasks.BaseOptions(
                model_asset_path=str(folder / "selfie_segmentation_landscape.tflite")
            ),
            running_mode=vision.RunningMode.VIDEO,
            output_category_mask=True,
        )
        self._segmenter = vision.ImageSegmenter.create_from_options(options)
        self._milliseconds = itertools.count(0, 33)

    def __call__(self, frame: Bgr) -> Bgr:
        rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        image = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=rgb)
        result = self._segmenter.segment_for_video(image, next(self._milliseconds))
        person = np.stack((result.category_mask.numpy_view(),) * 3, axis=-1) > 0.1
        return np.where(person, frame, blurred(frame))


class FakeBackgroundWebcam:
    """Linux-Fake-Background-Webcam's recipe with its defaults, from its documentation.

    MediaPipe's legacy landscape model; the mask cut at .75, dilated, softened by a box, averaged half
    and half with the one before; blended linearly with a still picture; to RGB for the virtual camera.
    The picture stands still already: blurring the room instead would cost it more.
    """

    THRESHOLD, REACH, SOFTNESS, NEWEST = 0.75, 5, 10, 0.5

    def __init__(self) -> None:
        solutions: Any = importlib.import_module("mediapipe").solutions
        self._model = solutions.selfie_segmentation.SelfieSegmentation(model_selection=1)
        self._reach = np.ones((self.REACH, self.REACH), np.uint8)
        self._before: Mask | None = None
        self._background: Bgr | None = None

    def __call__(self, frame: Bgr) -> Bgr:
        if self._background is None:
            self._background = blurred(frame)
        mask = self._steady(self._segmented(frame))
        blended = cv2.blendLinear(frame, self._background, mask, 1 - mask)
        return np.asarray(cv2.cvtColor(blended, cv2.COLOR_BGR2RGB), np.uint8)

    def _segmented(self, frame: Bgr) -> Mask:
        rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        rgb.flags.writeable = False
        sure = self._model.process(rgb).segmentation_mask > self.THRESHOLD
        grown = cv2.dilate(np.asarray(sure, np.float32), self._reach)
        return np.asarray(cv2.blur(grown, (self.SOFTNESS, self.SOFTNESS)), np.float32)

    def _steady(self, mask: Mask) -> Mask:
        before = mask if self._before is None else self._before
        self._before = cv2.addWeighted(mask, self.NEWEST, before, 1 - self.NEWEST, 0).astype(np.float32)
        return self._before


class Naive:
    """softfocus's own model, and then what a tutorial would do: full-size blur, float blend in numpy."""

    def __init__(self) -> None:
        from ..models.open import open_segmenter

        self._segmenter = open_segmenter()

    def __call__(self, frame: Bgr) -> Bgr:
        height, width = frame.shape[:2]
        rgb = cv2.cvtColor(cv2.resize(frame, self._segmenter.input_size), cv2.COLOR_BGR2RGB)
        mask = cv2.resize(self._segmenter(np.asarray(rgb, np.uint8)), (width, height))[..., np.newaxis]
        blend: Bgr = (frame * mask + blurred(frame) * (1 - mask)).astype(np.uint8)
        return blend


class Rvm:
    """Robust Video Matting (MobileNetV3) through ONNX Runtime, blended with a full-size blur.

    path  fixed-size model with inputs src and r1i..r4i, outputs fgr, pha and r1o..r4o
    """

    def __init__(self, path: Path) -> None:
        runtime = import_runtime()
        self._session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        source, *states = self._session.get_inputs()
        self._size = (source.shape[3], source.shape[2])
        self._source = source.name
        self._state = {each.name: np.zeros(each.shape, np.float32) for each in states}

    def __call__(self, frame: Bgr) -> Bgr:
        height, width = frame.shape[:2]
        small = cv2.cvtColor(cv2.resize(frame, self._size), cv2.COLOR_BGR2RGB)
        source = (small.transpose(2, 0, 1)[np.newaxis] / 255).astype(np.float32)
        alpha, *states = self._session.run(
            ["pha", "r1o", "r2o", "r3o", "r4o"], {self._source: source, **self._state}
        )
        self._state = dict(zip(self._state, states, strict=True))
        mask = np.asarray(cv2.resize(alpha[0, 0], (width, height)), np.float32)
        return np.asarray(cv2.blendLinear(frame, blurred(frame), mask, 1 - mask), np.uint8)


def open_rival(name: str) -> Rival:
    """By the names that peers.py uses; a path opens RVM."""
    match name:
        case "mediapipe":
            return MediaPipeLegacy()
        case "mediapipe-tasks":
            return MediaPipeTasks()
        case "fake-background-webcam":
            return FakeBackgroundWebcam()
        case "naive":
            return Naive()
        case _:
            return Rvm(Path(name))


class Pictures:
    """A clip's pictures in memory, there and back for ever."""

    def __init__(self, clip: str) -> None:
        video = cv2.VideoCapture(clip)
        self._pictures: list[Bgr] = []
        read, picture = video.read()
        while read and sum(each.nbytes for each in self._pictures) < HELD_BYTES:
            self._pictures.append(np.asarray(picture, np.uint8))
            read, picture = video.read()
        video.release()
        self.megabytes = sum(each.nbytes for each in self._pictures) / 1e6
        self._order = itertools.cycle([*self._pictures, *self._pictures[-2:0:-1]])

    def __call__(self) -> Bgr:
        return next(self._order)


def prepare(name: str, clip: str) -> Callable[[Length], Round]:
    """Open everything and work through one frame."""
    rival = open_rival(name)
    video = cv2.VideoCapture(clip)
    rival(np.asarray(video.read()[1], np.uint8))
    video.release()
    held: list[Pictures] = []

    def turn(length: Length) -> Round:
        pictures = held[0] if held else Pictures(clip)
        held[:] = [pictures]
        return free_run(lambda: void(rival(pictures())), length, held_mb=pictures.megabytes)

    return turn


def void(picture: Bgr) -> None:
    """Nobody takes it."""


if __name__ == "__main__":
    take_turns(lambda: prepare(*sys.argv[1:3]))
