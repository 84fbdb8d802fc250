"""ONNX Runtime, which is imported here and nowhere else: it must be told to be silent before it is there."""

from __future__ import annotations

import importlib
import os
from importlib.util import find_spec
from typing import Any

from .errors import RuntimeMissing

# From 1.29 on it reports to its maker, beginning with its import; `disable_telemetry_events` comes too late.
SILENT = "ORT_DISABLE_TELEMETRY"


def runtime_installed() -> bool:
    """Whether it is there; what comes with softfocus does without it."""
    return find_spec("onnxruntime") is not None


def import_runtime(part: str = "") -> Any:
    """The package onnxruntime, or a part of it such as "quantization"; it has no types.

    Child processes inherit its silence. Raises RuntimeMissing where it is not installed, ImportError where it
    is broken.
    """
    os.environ[SILENT] = "1"
    if not runtime_installed():
        raise RuntimeMissing
    return importlib.import_module(f"onnxruntime.{part}" if part else "onnxruntime")
