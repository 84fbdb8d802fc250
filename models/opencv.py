"""Runs an ONNX file with OpenCV, where nothing is compiled and ONNX Runtime is not installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from .errors import ModelCorrupt, ModelFailed
from .session import CPU, Port, Values


class Dnn:
    """A model that is ready to run, on as many threads as OpenCV may use; to be used like a `Session`.

    content  the ONNX file's; path is for messages
    inputs   what to write before `run`, outputs what to read after
    """

    providers: Sequence[str] = [CPU]

    def __init__(
        self, path: Path, content: bytes, *, inputs: Mapping[str, Port], outputs: Mapping[str, Port]
    ) -> None:
        self._path = path
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # it warns of how it reads a file
        try:
            self._net = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
        except cv2.error as error:
            raise ModelCorrupt(path, str(error).strip()) from None
        self._all = list(self._net.getUnconnectedOutLayersNames())  # it computes all of them or none
        self.inputs: dict[str, Values] = {name: np.zeros(*port) for name, port in inputs.items()}
        self.outputs: dict[str, Values] = {name: np.zeros(*port) for name, port in outputs.items()}
        self.run()

    def run(self) -> None:
        """Compute `outputs` from `inputs`."""
        try:
            for name, values in self.inputs.items():
                self._net.setInput(values, name)
            found = dict(zip(self._all, self._net.forward(self._all), strict=True))
        except cv2.error as error:
            raise ModelFailed(self._path, str(error).strip()) from None
        for name, into in self.outputs.items():
            np.copyto(into, found[name])
