"""Writes an ONNX file node by node; the same calls give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

# The oldest that have everything we write: any ONNX Runtime since 1.12 reads it.
OPSET = 17
IR_VERSION = 8

Attribute = int | float | str | Sequence[int]


class OnnxWriter:
    """Collects nodes and weights; values are known by their names.

    half  keep those weights in 16 bits that lose nothing by it; whoever reads the file widens them once
    """

    def __init__(self, *, half: bool = False) -> None:
        self._half = half
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []

    def node(self, kind: str, inputs: Sequence[str], output: str, *also: str, **attributes: Attribute) -> str:
        """One operator; returns its first output's name. `also` names the others."""
        node = helper.make_node(kind, inputs, [output, *also], name=output)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(attributes.items()))
        self._nodes.append(node)
        return output

    def weight(self, name: str, values: npt.NDArray[np.float32]) -> str:
        """Weights of a layer; returns their name."""
        if self._half and (values == (narrow := values.astype(np.float16))).all():
            return self.node("Cast", [self.number(f"{name}/half", narrow)], name, to=onnx.TensorProto.FLOAT)
        return self.number(name, values)

    def number(self, name: str, values: npt.NDArray[np.generic]) -> str:
        """A constant; returns its name."""
        self._weights.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        return name

    def serialise(
        self,
        name: str,
        picture: tuple[str, Sequence[int]],
        outputs: Mapping[str, Sequence[int]],
        about: Mapping[str, str],
    ) -> bytes:
        """The file: a uint8 picture in, float32 outputs of these shapes out; `about` is its metadata."""
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info(picture[0], onnx.TensorProto.UINT8, picture[1])],
            [helper.make_tensor_value_info(o, onnx.TensorProto.FLOAT, shape) for o, shape in outputs.items()],
            self._weights,
        )
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(
            graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="softfocus"
        )
        helper.set_model_props(model, dict(about))
        onnx.checker.check_model(model, full_check=True)
        content: bytes = model.SerializeToString(deterministic=True)
        return content
