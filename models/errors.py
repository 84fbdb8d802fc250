"""What a user can put right about a model; every message ends in the remedy."""

from __future__ import annotations

from pathlib import Path


class SoftfocusError(Exception):
    """Anything a user can put right. The command line prints it as one line and exits with 1."""


class UnknownModel(SoftfocusError):
    """No model of that name is in the manifest."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"no model is called {name!r}; choose one of: {', '.join(known)}")
        self.name = name


class ManifestWrong(SoftfocusError):
    """A list of models says something that cannot be; the message names entry and key."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path


class ModelMissing(SoftfocusError):
    """The manifest knows the model, but its file is not on this machine."""

    def __init__(self, name: str, wanted: str) -> None:
        super().__init__(f"model {name} is not here; put {wanted} into a folder and name it with --model-dir")
        self.name = name


class ModelCorrupt(SoftfocusError):
    """The file is not the one the manifest describes, or not a model at all."""

    def __init__(self, path: Path, why: str, remedy: str = "delete it and fetch it again") -> None:
        super().__init__(f"{path} is not usable ({why}); {remedy}")
        self.path = path


class ModelFailed(SoftfocusError):
    """A model that opened well could not compute its mask."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} failed while running ({why}); try another provider or model")
        self.path = path


class ProviderFailed(SoftfocusError):
    """ONNX Runtime has the provider, but it did not start on this machine."""

    def __init__(self, provider: str, why: str) -> None:
        super().__init__(f"provider {provider} did not start ({why}); see to its driver, or choose cpu")
        self.provider = provider


class ProviderMissing(SoftfocusError):
    """The installed ONNX Runtime cannot run models on what was asked for."""

    def __init__(self, provider: str, available: list[str]) -> None:
        super().__init__(
            f"the installed ONNX Runtime has no provider {provider!r}, only {', '.join(available)}; "
            f"choose one of these, or install the ONNX Runtime package that has it"
        )
        self.provider = provider
