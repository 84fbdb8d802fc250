"""Runs an ONNX file with ONNX Runtime, from and into buffers that stay the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import platformdirs

from .errors import ModelCorrupt, ModelFailed, ProviderFailed, ProviderMissing
from .runtime import import_runtime

Values = npt.NDArray[Any]

CPU = "cpu"
_PROVIDERS = {
    CPU: "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
_WRONG_MODEL = {"InvalidGraph", "InvalidProtobuf", "NoModel", "NotImplemented"}
_TYPES: dict[type[np.generic], str] = {
    np.uint8: "tensor(uint8)",
    np.float32: "tensor(float)",
    np.int64: "tensor(int64)",
}


FIRST = "*"  # the name of a port that stands for the file's first one, whatever that is called


class Port(NamedTuple):
    """An input or output, as the adapter expects it."""

    shape: tuple[int, ...]
    element: type[np.generic]


class Session:
    """A model that is ready to run.

    content    the ONNX file's; path is for messages
    inputs     what to write before `run`, outputs what to read after; others are not computed for us
    optional   inputs that some files of this kind have and others lack
    fill       what inputs hold before they are written; 0 unless said
    threads    for one run
    providers  what to run on, best first; the attribute of that name says what it got, for ONNX
               Runtime goes on with the CPU where a graphics card's libraries do not load

    The first run happens here: it is the slow one, and a model that cannot run fails here.
    """

    def __init__(
        self,
        path: Path,
        content: bytes,
        *,
        inputs: Mapping[str, Port],
        outputs: Mapping[str, Port],
        optional: Mapping[str, Port] | None = None,
        fill: Mapping[str, float] | None = None,
        threads: int = 1,
        providers: Sequence[str] = (CPU,),
    ) -> None:
        self._path = path
        self._ort = import_runtime()  # here, for it takes a while
        self._failures = _failures()
        self._session = self._open(content, threads, providers)
        self.providers = _short(self._session.get_providers())
        found = self._session.get_inputs(), self._session.get_outputs()
        there = {each.name for each in found[0]}
        inputs = {**inputs, **{name: port for name, port in (optional or {}).items() if name in there}}
        self._names = self._check("input", inputs, found[0]) | self._check("output", outputs, found[1])
        filled = fill or {}
        self.inputs = {name: np.full(port[0], filled.get(name, 0), port[1]) for name, port in inputs.items()}
        self.outputs = {name: np.zeros(*port) for name, port in outputs.items()}
        self._binding = self._bind()
        self.run()

    def run(self) -> None:
        """Compute `outputs` from `inputs`."""
        try:
            self._session.run_with_iobinding(self._binding)
        except self._failures as error:
            raise ModelFailed(self._path, _first_line(error)) from None

    def _open(self, content: bytes, threads: int, providers: Sequence[str]) -> Any:
        options = self._ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors; what it warns of is no news to a user
        # Waiting threads sleep: a model runs for 1 ms of 33, the rest is not ours to burn.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        names = _long(providers, self._ort.get_available_providers())
        settings = [_settings(name) for name in names]
        failures: tuple[type[Exception], ...] = (*self._failures, RuntimeError, ValueError)
        try:
            # Its own fallback prints to stdout, where a video may be on its way.
            return self._ort.InferenceSession(
                content, options, providers=names, provider_options=settings, enable_fallback=0
            )
        except failures as error:
            if type(error).__name__ not in _WRONG_MODEL and list(providers) != [CPU]:
                raise ProviderFailed(providers[0], _first_line(error)) from None
            raise ModelCorrupt(self._path, _first_line(error)) from None

    def shape(self, name: str, shape: tuple[int, ...]) -> Values:
        """Give an input whose size the file leaves open another one: its new buffer, to be written."""
        old = self.inputs[name]
        if old.shape != shape:
            self.inputs[name] = np.zeros(shape, old.dtype)
            self._bind_input(self._binding, name)
        return self.inputs[name]

    def _check(self, kind: str, wanted: Mapping[str, Port], found: Sequence[Any]) -> dict[str, str]:
        """Their names by ours. What the adapter expects is there; more outputs may be, no more inputs."""
        ports = {each.name: (tuple(each.shape), each.type) for each in found}
        names = {name: found[0].name if name == FIRST and found else name for name in wanted}
        for name, port in wanted.items():
            got = ports.get(names[name])
            if got is None or not _fits(port, *got):
                raise ModelCorrupt(
                    self._path,
                    f"{kind} {name} is {got}, wanted {(port.shape, _TYPES[port.element])}",
                )
        if kind == "input" and ports.keys() != set(names.values()):
            raise ModelCorrupt(self._path, f"it has inputs {sorted(ports)}, wanted {sorted(wanted)}")
        return {f"{kind} {name}": theirs for name, theirs in names.items()}

    def _bind(self) -> Any:
        """Tie our buffers to the session for good: no run allocates or copies what it gives out."""
        binding = self._session.io_binding()
        for name in self.inputs:
            self._bind_input(binding, name)
        for name, values in self.outputs.items():
            value = self._ort.OrtValue.ortvalue_from_numpy(values)
            binding.bind_ortvalue_output(self._names[f"output {name}"], value)
        return binding

    def _bind_input(self, binding: Any, name: str) -> None:
        value = self._ort.OrtValue.ortvalue_from_numpy(self.inputs[name])
        binding.bind_ortvalue_input(self._names[f"input {name}"], value)


def _fits(port: Port, shape: Sequence[int | str | None], element: str) -> bool:
    """Whether a file's port is the one that is wanted; sizes that the file leaves open are ours to choose."""
    return (
        element == _TYPES[port.element]
        and len(shape) == len(port.shape)
        and all(
            theirs == ours for theirs, ours in zip(shape, port.shape, strict=True) if isinstance(theirs, int)
        )
    )


def available_providers() -> list[str]:
    """What the installed ONNX Runtime was built for; whether that starts shows when it is opened."""
    return _short(import_runtime().get_available_providers())


def _long(providers: Sequence[str], available: Sequence[str]) -> list[str]:
    """ONNX Runtime's names of providers, each of which it must have."""
    names = [_PROVIDERS.get(provider, provider) for provider in providers]
    for provider, name in zip(providers, names, strict=True):
        if name not in available:
            raise ProviderMissing(provider, _short(available))
    return names


def _settings(name: str) -> dict[str, str]:
    """What a provider is told. TensorRT builds an engine, for minutes; so it keeps it for the next time."""
    if name != _PROVIDERS["tensorrt"]:
        return {}
    folder = engine_folder()
    with suppress(OSError):  # it says itself that it cannot write there
        folder.mkdir(parents=True, exist_ok=True)
    return {
        "trt_fp16_enable": "1",
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(folder),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(folder),
    }


def engine_folder() -> Path:
    """Where TensorRT's engines are kept."""
    return platformdirs.user_cache_path("softfocus") / "tensorrt"


def _short(names: Sequence[str]) -> list[str]:
    """Our names of providers."""
    ours = {name: short for short, name in _PROVIDERS.items()}
    return [ours.get(name, name) for name in names]


def _failures() -> tuple[type[Exception], ...]:
    """ONNX Runtime's exceptions; they have no common root of their own."""
    state: ModuleType = import_runtime("capi.onnxruntime_pybind11_state")
    kinds = (kind for kind in vars(state).values() if isinstance(kind, type))
    return tuple(kind for kind in kinds if issubclass(kind, Exception))


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
