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


class ModelMissing(SoftfocusError):
    """The manifest knows the model, but its file is not on this machine."""

    def __init__(self, name: str, wanted: str) -> None:
        super().__init__(f"model {name} is not here; put {wanted} into a folder and name it with --model-dir")
        self.name = name


class ModelCorrupt(SoftfocusError):
    """The file is not the one the manifest describes, or not a model at all."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} is not usable ({why}); delete it and fetch it again")
        self.path = path
