"""See network.h, and plan.py for what the arrays hold."""

import numpy as np
import numpy.typing as npt

from ..segmenter import Mask, Rgb
from .onnx_file import Weights
from .plan import Numbers

def forms() -> tuple[str, ...]:
    """What it was compiled for that this processor can run, best first."""

def run(
    form: int,
    steps: Numbers,
    images: Numbers,
    weights: Weights,
    memory: npt.NDArray[np.float32],
    picture: Rgb,
    mask: Mask,
) -> None:
    """Compute the mask; `form` is a place in `forms`. ValueError where the plan reaches beyond its memory."""
