"""Python packages, models, settings and the screen."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from ...models.device import missing_library
from ...models.errors import SoftfocusError
from ...models.manifest import known_models
from ...models.runtime import import_runtime, runtime_installed
from ...models.store import locate, read_model
from ..settings.config import settings_from
from ..sinks.display import display_answers
from .finding import Finding, wrong

RUNTIME = "ONNX Runtime"
RIVALS = (  # packages that overwrite each other's files
    ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino"),
    ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"),
)
PROMISED = {  # providers, by the package that is installed for their sake
    "onnxruntime-gpu": "CUDA",
    "onnxruntime-directml": "Dml",
    "onnxruntime-openvino": "OpenVINO",
}
GET_LIBRARIES = {"CUDA": "pip install 'onnxruntime-gpu[cuda,cudnn]'"}
GET_RUNTIME = "for other models: pip install 'softfocus[onnx]'"
NVIDIA = Path("/dev/nvidiactl")


def settings(environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """The user's own, in files and variables."""
    try:
        settings_from({}, environ)
    except SoftfocusError as error:
        yield Finding("settings", False, str(error), "correct it there")


def models() -> Iterator[Finding]:
    """The model files that are here."""
    for model in known_models().values():
        if not model.bundled and locate(model) is None:
            continue
        try:
            path, _ = read_model(model)
            yield Finding("model", True, f"{model.name} is intact in {path.parent}")
        except SoftfocusError as error:
            yield wrong("model", error)


def runtime() -> Iterator[Finding]:
    """What runs the models, and on what."""
    if not runtime_installed():
        yield Finding(RUNTIME, True, "not installed; what comes with softfocus does without it", GET_RUNTIME)
        return
    try:
        onnxruntime = import_runtime()
    except ImportError as error:
        yield Finding(
            RUNTIME, False, f"cannot be imported: {error}", "pip install --force-reinstall onnxruntime"
        )
        return
    names = [name.removesuffix("ExecutionProvider") for name in onnxruntime.get_available_providers()]
    yield Finding(RUNTIME, True, f"{onnxruntime.__version__}, built for: {', '.join(names)}")
    promised = {package: provider for package, provider in PROMISED.items() if installed(package)}
    yield from providers(promised, names, Path(onnxruntime.__file__).parent / "capi")
    if NVIDIA.exists() and "CUDA" not in names and not promised:
        hint = "to use it: pip uninstall -y onnxruntime && pip install 'softfocus[gpu]'"
        yield Finding(RUNTIME, True, "it does not use this machine's NVIDIA card", hint)


def providers(promised: Mapping[str, str], built: Iterable[str], folder: Path) -> Iterator[Finding]:
    """Whether what packages were installed for is there, with its libraries; they lie in `folder`."""
    for package, provider in promised.items():
        library = folder / f"libonnxruntime_providers_{provider.lower()}.so"
        if provider not in built:
            fix = f"pip uninstall -y onnxruntime {package} && pip install {package}"
            yield Finding(
                RUNTIME, False, f"{package} is installed, but provider {provider} is not in it", fix
            )
        elif library.is_file() and (lacks := missing_library(library)):
            fix = GET_LIBRARIES.get(provider, f"install what has {lacks}")
            yield Finding(RUNTIME, False, f"provider {provider} lacks {lacks}; models run on the CPU", fix)


def packages(rivals: Iterable[tuple[str, ...]] = RIVALS) -> Iterator[Finding]:
    """Packages that spoil each other."""
    for each in rivals:
        here = [name for name in each if installed(name)]
        if len(here) > 1:
            fix = f"pip uninstall -y {' '.join(here)} && pip install {here[-1]}"
            yield Finding("packages", False, f"{' and '.join(here)} overwrite each other's files", fix)


def installed(package: str) -> bool:
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True


def display() -> Iterator[Finding]:
    """The screen, which only windows need."""
    there = display_answers()
    yield Finding(
        "display", True, "a window can be opened" if there else "none; everything but windows works"
    )
