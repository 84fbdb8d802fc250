"""Builds TensorRT engines ahead of a call, and proves them: a mask that is not the CPU's is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..models.device import proven
from ..models.session import engine_folder


def build_engine(name: str, folders: Sequence[Path] = ()) -> list[Path]:
    """Let TensorRT build a model's engine, which takes minutes, and keep it where `--device tensorrt` looks.

    Raises ProviderMissing or ProviderFailed where TensorRT is not, ProviderWrong where its mask is wrong.
    """
    before = set(engine_folder().glob("*"))
    proven("tensorrt", name, 1, folders)
    return sorted(set(engine_folder().glob("*")) - before)
