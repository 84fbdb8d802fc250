"""What a user can put right about an export."""

from __future__ import annotations

from pathlib import Path

from ..models.errors import SoftfocusError


class NoModelInside(SoftfocusError):
    """The file does not hold the TFLite model that was looked for."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} holds no model to export ({why}); give a .tflite file or the mediapipe 0.10.21 wheel"
        )
        self.path = path


class UnknownOperation(SoftfocusError):
    """The TFLite model computes something that the exporter has no ONNX for."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"cannot export {what}; only models built like the MediaPipe selfie models are known"
        )
        self.what = what


class ExporterMissing(SoftfocusError):
    """A package of one of the extras for exporting is not installed."""

    def __init__(self, package: str, extra: str = "export") -> None:
        super().__init__(f"{package} is not installed; run: pip install 'softfocus[{extra}]'")
        self.package = package


class SourceMissing(SoftfocusError):
    """The code that defines a network is not here, or lacks something itself."""

    def __init__(self, module: str, source: Path | None, why: str, where: str) -> None:
        super().__init__(
            f"{module} cannot be imported from {source or 'what is installed'} ({why}); get {where}"
        )
        self.module = module


class CheckpointWrong(SoftfocusError):
    """A file of weights cannot be read, or belongs to another network."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} is not this network's checkpoint: {why}")
        self.path = path


class UnreadablePhoto(SoftfocusError):
    """A photo to compare on is none."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is no picture; give photos as JPEG or PNG")
        self.path = path


class ParityLost(SoftfocusError):
    """The exported model does not compute what the original does."""

    def __init__(self, path: Path, largest: float) -> None:
        super().__init__(
            f"{path} differs from its original by up to {largest:.1e}; do not use it, and report this"
        )
        self.path = path


class CannotWrite(SoftfocusError):
    """The exported file has no place."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"cannot write {path} ({why}); choose another folder with -o")
        self.path = path


class NotOnnx(SoftfocusError):
    """A file that is to be changed is no ONNX network."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} is no ONNX network ({why}); export it first")
        self.path = path


class OpenSize(SoftfocusError):
    """A network has inputs beside the picture whose size it leaves open."""

    def __init__(self, port: str) -> None:
        super().__init__(f"the size of input {port} is open; export the network with --size WIDTHxHEIGHT")
        self.port = port
