"""What models run on. A choice that does not work is said aloud, and the CPU takes its place."""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from .errors import ModelFailed, ProviderFailed, ProviderMissing, ProviderWrong, RuntimeMissing
from .manifest import DEFAULT_MODEL, find_model
from .open import open_segmenter
from .runtime import import_runtime
from .segmenter import InputSize, Mask, Rgb, Segmenter
from .session import CPU, available_providers

log = logging.getLogger(__name__)

Device = Literal["auto", "cpu", "cuda", "tensorrt", "openvino", "coreml", "directml"]

# TensorRT is for who asks for it: its first start takes minutes.
AUTOMATIC: tuple[Device, ...] = ("cuda", "directml", "coreml", "openvino")
LIKE = 0.02  # mean difference from the CPU's mask that rounding to 16 bits explains
ASTRAY = 0.005  # of the mask's pixels that may be on the other side of a half
PERSON = (  # ellipses: middle's height in the picture, half axes in its shorter side, RGB
    (1.0, 0.42, 0.36, (44, 62, 104)),  # shoulders
    (0.62, 0.09, 0.14, (196, 146, 120)),  # neck
    (0.36, 0.19, 0.24, (58, 40, 30)),  # hair
    (0.42, 0.15, 0.2, (214, 166, 140)),  # face
    (0.39, 0.08, 0.012, (60, 44, 40)),  # eyes
    (0.52, 0.05, 0.014, (150, 70, 70)),  # mouth
)


def open_on(
    device: Device, name: str = DEFAULT_MODEL, *, threads: int = 1, model_dirs: Sequence[Path] = ()
) -> Segmenter:
    """A model on that device if its mask there is right, else on the CPU.

    "auto" is the first device that works, but for the light models the CPU: they take a millisecond.
    """
    if (chosen := choose(device, name)) != CPU:
        try:
            return proven(chosen, name, threads, model_dirs)
        except (ModelFailed, ProviderFailed, ProviderMissing, ProviderWrong, RuntimeMissing) as error:
            log.warning("%s runs on the CPU instead: %s", name, error)
    return open_segmenter(name, threads=threads, model_dirs=model_dirs)


def choose(device: Device, name: str) -> str:
    """The provider that is asked for."""
    if device != "auto":
        return device
    if find_model(name).family == "selfie":
        return CPU
    there = available_providers()
    return next((each for each in AUTOMATIC if each in there), CPU)


def proven(provider: str, name: str, threads: int, model_dirs: Sequence[Path]) -> Segmenter:
    """A model on that provider, whose mask of one picture is the CPU's."""
    if lacks := lacking(provider):  # ONNX Runtime would print pages, and go on with the CPU in silence
        raise ProviderFailed(provider, f"{lacks} is missing")
    segmenter = open_segmenter(name, threads=threads, model_dirs=model_dirs, providers=(provider, CPU))
    if provider not in segmenter.providers:
        raise ProviderFailed(provider, "ONNX Runtime took the CPU and does not say why")
    compare(provider, segmenter, open_segmenter(name, threads=threads, model_dirs=model_dirs))
    return segmenter


def compare(provider: str, segmenter: Segmenter, reference: Segmenter) -> None:
    """Raises ProviderWrong unless both say the same of a picture of a person, drawn here."""
    picture = drawn_person(reference.input_size)
    wanted, found = (look(each, picture) for each in (reference, segmenter))
    if not np.isfinite(found).all():
        raise ProviderWrong(provider, "it is not a number everywhere")
    difference = float(np.abs(found - wanted).mean())
    astray = float(((found > 0.5) != (wanted > 0.5)).mean())
    if difference > LIKE or astray > ASTRAY:
        raise ProviderWrong(provider, f"{difference:.3f} off on average, {astray:.1%} on the wrong side")


def look(segmenter: Segmenter, picture: Rgb) -> Mask:
    """The mask of a picture that is looked at twice, for those that remember; afterwards they do not."""
    segmenter.reset()
    segmenter(picture)
    mask = segmenter(picture).copy()
    segmenter.reset()
    return mask


def drawn_person(size: InputSize) -> Rgb:
    """Head and shoulders before a wall with a window; models for people find it."""
    width, height = size
    picture = np.full((height, width, 3), (188, 192, 186), np.uint8)
    x, unit = width // 2, min(width, height)
    place = (int(0.06 * width), int(0.1 * height)), (int(0.28 * width), int(0.6 * height))
    cv2.rectangle(picture, *place, (226, 236, 246), -1)
    for middle, across, down, colour in PERSON:
        axes = (max(1, int(across * unit)), max(1, int(down * unit)))
        cv2.ellipse(picture, (x, int(middle * height)), axes, 0, 0, 360, colour, -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), unit / 200), np.uint8)


def lacking(provider: str) -> str | None:
    """The library that keeps ONNX Runtime's part for that provider from loading."""
    onnxruntime = import_runtime()
    if provider in ("cuda", "tensorrt") and hasattr(onnxruntime, "preload_dlls"):
        with redirect_stdout(StringIO()):  # it says there what it did not find; a video may be on its way
            onnxruntime.preload_dlls()  # NVIDIA's libraries, where pip put them
    library = Path(onnxruntime.__file__).parent / "capi" / f"libonnxruntime_providers_{provider}.so"
    return missing_library(library) if library.is_file() else None


def missing_library(library: Path) -> str | None:
    """The first library that `library` needs and that is not found, or what else keeps it from loading."""
    shared = library.with_name("libonnxruntime_providers_shared.so")
    try:
        if shared.is_file():
            ctypes.CDLL(str(shared), mode=ctypes.RTLD_GLOBAL)
        ctypes.CDLL(str(library))
    except OSError as error:
        return str(error).partition(":")[0]
    return None
