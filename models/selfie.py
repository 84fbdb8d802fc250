"""MediaPipe's selfie segmentation, as our exporter writes it: bytes in, mask out, nothing between."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from .host import HERE, Host
from .manifest import Model
from .native.network import Network, open_network
from .opencv import Dnn
from .runtime import runtime_installed
from .segmenter import InputSize, Mask, Rgb
from .session import CPU, Port, Session
from .store import read_model

FeatureMap = npt.NDArray[np.float32]  # (C, H/2, W/2)

CHANNELS = 16


class Selfie:
    """Finds people who look into a camera.

    features  also give out what the last layer makes its mask from, see `features`
    """

    def __init__(self, model: Model, host: Host = HERE, *, features: bool = False) -> None:
        self.name = model.name
        self.input_size: InputSize = model.input_size
        width, height = model.input_size
        inputs = {"picture": Port((1, height, width, 3), np.uint8)}
        outputs = {"mask": Port((1, 1, height, width), np.float32)}
        if features:
            outputs["features"] = Port((1, CHANNELS, height // 2, width // 2), np.float32)
        self._session = quickest(model, host, inputs, outputs)
        self.providers = self._session.providers
        self._picture: Rgb = self._session.inputs["picture"][0]
        self._mask: Mask = self._session.outputs["mask"][0, 0]

    def __call__(self, picture: Rgb) -> Mask:
        """(H, W, 3) uint8 of `input_size` in, (H, W) float32 in [0, 1] out; ours until the next call."""
        if picture.shape != self._picture.shape or picture.dtype != np.uint8:
            raise ValueError(f"picture is {picture.dtype} {picture.shape} != uint8 {self._picture.shape}")
        np.copyto(self._picture, picture)
        self._session.run()
        return self._mask

    @property
    def features(self) -> FeatureMap:
        """(16, H/2, W/2) float32 of the last picture, ours until the next call; only when asked for."""
        features: FeatureMap = self._session.outputs["features"][0]
        return features

    def reset(self) -> None:
        """Each picture stands for itself: there is nothing to forget."""


def quickest(
    model: Model, host: Host, inputs: Mapping[str, Port], outputs: Mapping[str, Port]
) -> Network | Dnn | Session:
    """The network in our own code, or else in ONNX Runtime; where that is missing, in whatever runs it."""
    alone = not runtime_installed()
    if list(host.providers) == [CPU] and (host.threads == 1 or alone):
        path, content = read_model(model, host.folders)
        more = [name for name in outputs if name != "mask"]
        if found := open_network(content, model.input_size, more, alone=alone):
            return found
        if alone:
            return Dnn(path, content, inputs=inputs, outputs=outputs)
    return host.open(model, inputs=inputs, outputs=outputs)
