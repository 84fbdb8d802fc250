"""Reads and tidies an ONNX network."""

from __future__ import annotations

import tempfile
from pathlib import Path

import onnx

from ...models.runtime import import_runtime
from ..errors import NotOnnx


def load(path: Path) -> onnx.ModelProto:
    """The network in a file. Raises NotOnnx for anything else."""
    try:
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
    except OSError as error:
        raise NotOnnx(path, error.strerror or str(error)) from None
    except Exception as error:  # protobuf's and the checker's have no common root
        raise NotOnnx(path, str(error).strip().split("\n")[0]) from None
    return model


def simplified(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network with less in it: what does not depend on the inputs is computed once, here, batch
    norms become part of the convolution before them, and what does nothing is gone.

    It is what ONNX Runtime does whenever it opens a file, at the level that uses standard operators only.
    """
    ort = import_runtime()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "simplified.onnx"
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(path)
        options.log_severity_level = 3
        ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        result = onnx.load(str(path))
    known = {each.domain: each.version for each in model.opset_import}
    del result.opset_import[:]  # it lists all that it could have used
    used = {node.domain for node in result.graph.node} | {""}
    result.opset_import.extend(onnx.helper.make_opsetid(each, known.get(each, 1)) for each in sorted(used))
    # An operator that is defined by others is written as these: no gain where nothing else was to do.
    return result if len(result.graph.node) < len(model.graph.node) else model
