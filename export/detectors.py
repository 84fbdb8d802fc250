"""MediaPipe's detectors and landmark models: from their TFLite files to the ONNX files that we bundle."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from .convert import convert
from .errors import NoModelInside
from .rewrite import mix_before_enlarging, pad_in_convolutions, take_bytes, unpack_weights
from .selfie import read_members
from .tflite import parse_tflite


@dataclass(frozen=True, slots=True)
class Detector:
    """One of the models.

    name     of our file, without .onnx
    member   where a mediapipe wheel has it, without .tflite, in mediapipe/modules
    span     what it wants a picture's values to be: 0..1, or where it is 2, −1..1
    outputs  by their numbers in the file, which are given out, and under what names
    """

    name: str
    member: str
    span: int
    outputs: Mapping[int, str]

    @property
    def file(self) -> str:
        return f"{self.name}.onnx"


_BOXES = {0: "boxes", 1: "scores"}
DETECTORS = (
    Detector("face_detection", "face_detection/face_detection_full_range_sparse", 2, _BOXES),
    Detector("face_detection_short", "face_detection/face_detection_short_range", 2, _BOXES),
    Detector("pose_detection", "pose_detection/pose_detection", 2, _BOXES),
    Detector("palm_detection", "palm_detection/palm_detection_lite", 1, _BOXES),
    Detector(
        "pose_landmark",
        "pose_landmark/pose_landmark_full",
        1,
        {0: "landmarks", 1: "presence", 2: "mask", 3: "heatmap"},
    ),
    Detector("face_landmark", "face_landmark/face_landmark", 1, {0: "landmarks", 1: "presence"}),
)


def read_detectors(wheel: Path, names: tuple[str, ...] = ()) -> Iterator[tuple[Detector, bytes]]:
    """The models out of a mediapipe wheel, or those of them that are named."""
    wanted = [detector for detector in DETECTORS if not names or detector.name in names]
    members = [f"mediapipe/modules/{detector.member}.tflite" for detector in wanted]
    yield from zip(wanted, read_members(wheel, members), strict=True)


def detector_onnx(detector: Detector, content: bytes, path: Path) -> bytes:
    """The ONNX model made of a TFLite file's content; `path` is for messages.

    picture  (1, H, W, 3) uint8 RGB
    boxes    (1, N, 4 + 2 K) float32, of N anchors: a box's middle and size, K points, all in pixels from
             the anchor's middle; scores (1, N, 1), before the sigmoid
    The landmark models give `landmarks`, `presence` (a probability of the body, before the sigmoid of the
    face), and the body's `mask` and `heatmap`, before the sigmoid, (1, C, H, W).
    """
    graph = parse_tflite(content, path)
    if len(graph.inputs) != 1 or len(graph.outputs) <= max(detector.outputs):
        raise NoModelInside(path, f"it is not {detector.member.partition('/')[2]}")
    outputs = {graph.outputs[number]: name for number, name in detector.outputs.items()}
    graph = pad_in_convolutions(replace(unpack_weights(graph), outputs=tuple(outputs)))
    graph = mix_before_enlarging(take_bytes(graph, detector.span))
    about = {
        "source": f"MediaPipe {detector.member.partition('/')[2]}",
        "source_sha256": hashlib.sha256(content).hexdigest(),
    }
    middle = 127.5 if detector.span == 2 else 0
    return convert(graph, name=detector.name, outputs=outputs, about=about, middle=middle, half=True)
