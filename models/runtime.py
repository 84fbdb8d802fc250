"""ONNX Runtime, which is imported here and nowhere else: it must be told to be silent before it is there."""

from __future__ import annotations

import importlib
import os
from typing import Any

# From 1.29 on it reports to its maker, beginning with its import; `disable_telemetry_events` comes too late.
SILENT = "ORT_DISABLE_TELEMETRY"


def import_runtime(part: str = "") -> Any:
    """The package onnxruntime, or a part of it such as "quantization"; it has no types.

    Child processes inherit its silence. Raises ImportError where it is not installed.
    """
    os.environ[SILENT] = "1"
    return importlib.import_module(f"onnxruntime.{part}" if part else "onnxruntime")
