"""How windows of convolutions and pools lie on a picture."""

from __future__ import annotations

from .errors import UnknownOperation
from .tflite import Operator, Window


def window_of(operator: Operator) -> Window:
    if operator.window is None:
        raise UnknownOperation(f"{operator.kind} without options")
    return operator.window


def pads(window: Window, size: tuple[int, ...], kernel: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Zeros above, on the left, below and on the right, as ONNX wants them; sizes are (height, width)."""
    (top, below), (left, right) = (_padding(window, axis, size[axis], kernel[axis]) for axis in (0, 1))
    return top, left, below, right


def _padding(window: Window, axis: int, size: int, kernel: int) -> tuple[int, int]:
    """Zeros before and after; TFLite puts the odd one after."""
    if not window.same:
        return window.zeros[axis]
    stride, reach = window.strides[axis], (kernel - 1) * window.dilations[axis] + 1
    steps = -(-size // stride)
    total = max((steps - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2
