"""What `softfocus export selfie`, `hair` and `detectors` do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from .errors import CannotWrite, ExporterMissing, ParityLost


def export_selfie(source: Path, folder: Path, photos: Sequence[Path] = ()) -> Iterator[str]:
    """Write the ONNX files of a mediapipe wheel or a .tflite file into `folder`; a line for each.

    photos  compare original and export on these, and fail where they differ
    """
    need("onnx", *(["ai_edge_litert"] if photos else []))
    from .selfie import read_tflite, read_wheel, selfie_onnx

    for content in read_wheel(source) if source.suffix == ".whl" else [read_tflite(source)]:
        name, model = selfie_onnx(content, source)
        target = write(folder / name, model)
        yield f"{target}{_verdict(content, model, photos, target)}"


def export_detectors(wheel: Path, folder: Path, photos: Sequence[Path] = ()) -> Iterator[str]:
    """Write the ONNX files of a mediapipe wheel's detectors into `folder`; a line for each.

    photos  compare original and export on these, and fail where they differ
    """
    need("onnx", *(["ai_edge_litert"] if photos else []))
    from .detectors import detector_onnx, read_detectors

    for detector, content in read_detectors(wheel):
        model = detector_onnx(detector, content, wheel)
        target = write(folder / detector.file, model)
        numbers = {name: number for number, name in detector.outputs.items()}
        yield f"{target}{_verdict(content, model, photos, target, outputs=numbers, span=detector.span)}"


def export_hair(tflite: Path, folder: Path) -> Path:
    """Write the ONNX file of the hair model into `folder`."""
    need("onnx")
    from .hair import hair_onnx
    from .selfie import read_tflite

    name, model = hair_onnx(read_tflite(tflite), tflite)
    return write(folder / name, model)


def need(*packages: str) -> None:
    """Raises ExporterMissing for the first of them that is not installed."""
    for package in packages:
        if find_spec(package) is None:
            raise ExporterMissing(package)


def _verdict(
    tflite: bytes,
    onnx: bytes,
    photos: Sequence[Path],
    target: Path,
    *,
    outputs: Mapping[str, int] | None = None,
    span: int = 1,
) -> str:
    if not photos:
        return ""
    from .parity import MASK, compare

    parity = compare(tflite, onnx, photos, target, outputs=outputs or MASK, span=span)
    if not parity.holds:
        raise ParityLost(target, parity.largest)
    return f": at most {parity.largest:.1e} from the original on {parity.photos} photos"


def write(target: Path, content: bytes) -> Path:
    """Put a file where the user wants it."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    except OSError as error:
        raise CannotWrite(target, error.strerror or str(error)) from None
    return target
