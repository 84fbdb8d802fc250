"""What computes here: our compiled code in its best form for this processor, or what takes its place."""

from __future__ import annotations

from ..models.native import network
from ..models.runtime import runtime_installed
from .kernel import choice
from .sources.jpeg import decoder as jpeg

DEARER = "about 2.5 times the CPU"  # a 720p frame by OpenCV and NumPy, see docs/architecture.md


def kernel_form() -> str:
    """Of what works on every frame."""
    return next(iter(choice.forms()), "OpenCV and NumPy")


def models_form() -> str:
    """Of the networks that come with softfocus."""
    forms = network.forms()
    if network.quick() or (forms and not runtime_installed()):
        return forms[0]
    return "ONNX Runtime" if runtime_installed() else "OpenCV"


def jpeg_form() -> str:
    """Of what decodes a webcam's Motion JPEG."""
    return next(iter(jpeg.forms()), "FFmpeg")


def told() -> str:
    """One line for people; where nothing was compiled it says what that costs."""
    if not choice.forms():
        return f"without compiled parts: {DEARER}; softfocus doctor says how to get them"
    return f"compiled: kernel {kernel_form()}, networks {models_form()}, webcams' JPEG {jpeg_form()}"
