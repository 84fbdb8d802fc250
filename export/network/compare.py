"""What a change to a network costs in accuracy, and what it brings in speed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from ...models.runtime import import_runtime
from .feed import Inputs

ROUNDS = 5  # over all pictures; the first is not counted


@dataclass(frozen=True, slots=True)
class Comparison:
    """A changed network beside its original, on the same pictures.

    largest, mean  difference of the mask's values
    iou            intersection over union of the two masks at a half; 1 where both are empty
    before, after  ms of CPU time for one picture on one thread, medians; rounds alternate
    """

    largest: float
    mean: float
    iou: float
    before: float
    after: float
    pictures: int

    def __str__(self) -> str:
        return (
            f"on {self.pictures} pictures the mask differs by {self.mean:.5f} on average and "
            f"{self.largest:.3f} at most, IoU {self.iou:.3f}; "
            f"{self.before:.1f} ms before, {self.after:.1f} ms now ({self.after / self.before:.2f} of it)"
        )


def compare(
    before: onnx.ModelProto, after: onnx.ModelProto, pictures: Sequence[Inputs], output: str, mask: int
) -> Comparison:
    """Run both on the CPU.

    output, mask  the output that is compared, and which of its maps
    """
    original, changed = opened(before), opened(after)
    apart: list[npt.NDArray[np.float32]] = []
    overlaps: list[float] = []
    for inputs in pictures:
        wanted, found = (session.run([output], inputs)[0][0, mask] for session in (original, changed))
        apart.append(np.abs(wanted - found))
        union = int(np.count_nonzero((wanted > 0.5) | (found > 0.5)))
        both = int(np.count_nonzero((wanted > 0.5) & (found > 0.5)))
        overlaps.append(both / union if union else 1.0)
    old, new = timed([original, changed], pictures, output)
    return Comparison(
        float(max(each.max() for each in apart)),
        float(np.mean([each.mean() for each in apart])),
        float(np.mean(overlaps)),
        old,
        new,
        len(pictures),
    )


def opened(model: onnx.ModelProto) -> Any:
    """A session on one thread, as the frame path has it."""
    ort = import_runtime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def timed(sessions: Sequence[Any], pictures: Sequence[Inputs], output: str) -> list[float]:
    """Median ms of CPU time for one picture, of each session; they take turns."""
    spent: list[list[float]] = [[] for _ in sessions]
    for turn in range(ROUNDS):
        for inputs in pictures:
            for session, times in zip(sessions, spent, strict=True):
                begun = time.process_time()
                session.run([output], inputs)
                if turn:
                    times.append(1e3 * (time.process_time() - begun))
    return [float(np.median(times)) for times in spent]
