"""Where the code of other projects' networks comes from, and the weights for it."""

from __future__ import annotations

import importlib
import importlib.util
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import CheckpointWrong, ExporterMissing, SourceMissing

State = Mapping[str, Any]  # parameter → tensor


def torch() -> Any:
    """PyTorch, which has no place in a video call and is an extra."""
    try:
        return importlib.import_module("torch")
    except ImportError:
        raise ExporterMissing("torch", "export-torch") from None


def code(module: str, source: Path | None, where: str) -> Any:
    """A module of another project: from the user's checkout, or installed.

    source  the checkout; None: it must be installed
    where   how people get it, for the message
    """
    if source:
        importlib.import_module("onnx")  # before a checkout's folder of that name can hide it
        sys.path.append(str(source.resolve()))
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise SourceMissing(module, source, str(error), where) from None


def code_file(path: Path, where: str) -> Any:
    """A single file of a checkout, without the package around it and what that would import."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SourceMissing(path.stem, path.parent, "there is no such file", where)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        raise SourceMissing(path.stem, path.parent, str(error), where) from None
    return module


def checkpoint(path: Path, *, trusted: bool = False) -> Any:
    """What a checkpoint file holds, on the CPU.

    trusted  the file may hold more than tensors: reading it then runs code that is in it
    """
    try:
        return torch().load(path, map_location="cpu", weights_only=not trusted)
    except OSError as error:
        raise CheckpointWrong(path, error.strerror or str(error)) from None
    except pickle.UnpicklingError:
        raise CheckpointWrong(path, "it holds more than weights; if you trust it, add --trust") from None
    except (EOFError, RuntimeError, ValueError) as error:
        raise CheckpointWrong(path, str(error).strip().split("\n")[0]) from None


def fill(network: Any, state: State, path: Path) -> None:
    """Put a checkpoint's weights into a network; those of several cards' training have a prefix."""
    plain = {name.removeprefix("module."): value for name, value in state.items()}
    try:
        network.load_state_dict(plain)
    except (RuntimeError, TypeError) as error:
        raise CheckpointWrong(path, " ".join(str(error).split())[:200]) from None


def settle(network: Any, *inputs: Any) -> None:
    """Random weights that keep numbers in the range of trained ones: norms get the inputs' own statistics.

    Fresh norms pass everything on as it comes, and after some dozens of layers rounding errors are as large
    as what is computed.
    """
    network.train()
    with torch().no_grad():
        for _ in range(3):
            network(*inputs)
    network.eval()
