"""What a user can put right about a model; every message ends in the remedy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class SoftfocusError(Exception):
    """Anything a user can put right. The command line prints it as one line and exits with 1."""


class UnknownModel(SoftfocusError):
    """No model of that name is in the manifest."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"no model is called {name!r}; choose one of: {', '.join(known)}")
        self.name = name


class NotLive(SoftfocusError):
    """The model is known, but gives no mask of a picture by itself."""

    def __init__(self, name: str, live: list[str]) -> None:
        super().__init__(f"model {name} finds nobody by itself; choose one of: {', '.join(live)}")
        self.name = name


class NotPrompted(SoftfocusError):
    """The model is known, but cannot be asked about a place in a picture."""

    def __init__(self, name: str, prompted: list[str]) -> None:
        super().__init__(f"model {name} takes no questions; choose one of: {', '.join(prompted)}")
        self.name = name


class ManifestWrong(SoftfocusError):
    """A list of models says something that cannot be; the message names entry and key."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path


class ModelMissing(SoftfocusError):
    """The manifest knows the model, but not all of its files are on this machine.

    source   where people find the files; pulled  whether `softfocus models pull` does
    """

    def __init__(self, name: str, files: Sequence[str], source: str, *, pulled: bool) -> None:
        if pulled:
            remedy = f"run: softfocus models pull {name}"
        else:
            remedy = f"get {' and '.join(files)} ({source}) and run: softfocus models add FILE"
        super().__init__(f"model {name} is not here; {remedy}; or name their folder with --model-dir")
        self.name = name


class ModelUnpinned(SoftfocusError):
    """Nobody has said what the file's sha256 must be."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"nobody vouched for {path}; if you trust it, run: softfocus models add --trust {path}"
        )
        self.path = path


class UnknownFile(SoftfocusError):
    """A file that belongs to no known model."""

    def __init__(self, path: Path, sha256: str) -> None:
        super().__init__(
            f"{path} is no known model's file (sha256 {sha256}); softfocus models lists what is known"
        )
        self.path = path


class NotAccepted(SoftfocusError):
    """The model's licence asks something of whoever uses it."""

    def __init__(self, name: str, licence: str, terms: str) -> None:
        super().__init__(
            f"model {name} is under {licence} ({terms}); if that is fine with you, add --accept-licence"
        )
        self.name = name


class NotFetchable(SoftfocusError):
    """No address is known that gives the file."""

    def __init__(self, file: str, source: str) -> None:
        super().__init__(f"{file} has no address; get it from {source} and run: softfocus models add FILE")
        self.file = file


class PullFailed(SoftfocusError):
    """A download did not come to its end."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"cannot fetch {url}: {why}; the same command goes on where this one stopped")
        self.url = url


class CannotStore(SoftfocusError):
    """The user's folder takes no files."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"cannot write {path}: {why}; free some space, or see to the folder's permissions")
        self.path = path


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


class RuntimeMissing(SoftfocusError):
    """A model that does not come with softfocus needs ONNX Runtime, which is not installed."""

    def __init__(self) -> None:
        super().__init__("ONNX Runtime is not installed; run: pip install 'softfocus[onnx]'")


class ProviderFailed(SoftfocusError):
    """ONNX Runtime has the provider, but it did not start on this machine."""

    def __init__(self, provider: str, why: str) -> None:
        super().__init__(f"provider {provider} did not start ({why}); see to its driver, or choose cpu")
        self.provider = provider


class ProviderWrong(SoftfocusError):
    """The provider runs, but what it computes is wrong."""

    def __init__(self, provider: str, why: str) -> None:
        super().__init__(f"provider {provider} gives a wrong mask ({why}); update its driver, or choose cpu")
        self.provider = provider


class ProviderMissing(SoftfocusError):
    """The installed ONNX Runtime cannot run models on what was asked for."""

    def __init__(self, provider: str, available: list[str]) -> None:
        super().__init__(
            f"the installed ONNX Runtime has no provider {provider!r}, only {', '.join(available)}; "
            f"choose one of these, or install the ONNX Runtime package that has it"
        )
        self.provider = provider
