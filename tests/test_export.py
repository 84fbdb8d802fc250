"""Our exporter makes the bundled models, byte for byte, and they compute what the originals do."""

from __future__ import annotations

import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from softfocus.export.command import export_selfie
from softfocus.export.convert import convert
from softfocus.export.errors import CannotWrite, NoModelInside, ParityLost, UnknownOperation, UnreadablePhoto
from softfocus.export.flatbuffer import Table
from softfocus.export.parity import Parity, compare
from softfocus.export.rewrite import mix_before_enlarging, take_bytes, unpack_weights
from softfocus.export.selfie import selfie_onnx
from softfocus.export.tflite import Graph, Operator, Sampling, Tensor, Window, parse_tflite
from softfocus.models.runtime import import_runtime
from softfocus.models.store import BUNDLED

LANDSCAPE = "selfie_segmentation_landscape.tflite"
SQUARE = "selfie_segmentation.tflite"
FILES = [(LANDSCAPE, "selfie_landscape.onnx"), (SQUARE, "selfie_square.onnx")]


@pytest.fixture
def originals(shared: Path) -> Path:
    return shared / "weights" / "mediapipe-selfie"


@pytest.fixture
def photos(shared: Path) -> list[Path]:
    return sorted((shared / "data" / "stills_mask").glob("*.jpg"))[:20]


@pytest.mark.shared
@pytest.mark.parametrize(("original", "bundled"), FILES)
def test_the_bundled_models_are_what_the_exporter_writes(
    originals: Path, original: str, bundled: str
) -> None:
    name, model = selfie_onnx((originals / original).read_bytes(), originals / original)
    assert name == bundled
    assert model == (BUNDLED / bundled).read_bytes()


@pytest.mark.shared
@pytest.mark.parametrize(("original", "bundled"), FILES)
def test_the_bundled_models_agree_with_litert(
    originals: Path, photos: list[Path], original: str, bundled: str
) -> None:
    path = BUNDLED / bundled
    parity = compare((originals / original).read_bytes(), path.read_bytes(), photos, path)
    assert parity.photos == 20
    assert parity.largest <= 1e-3


@pytest.mark.shared
def test_a_wheel_gives_both_models(originals: Path, photos: list[Path], tmp_path: Path) -> None:
    wheel = tmp_path / "mediapipe-0.10.21-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in (LANDSCAPE, SQUARE):
            archive.write(originals / name, f"mediapipe/modules/selfie_segmentation/{name}")
    lines = list(export_selfie(wheel, tmp_path / "out", photos[:1]))
    assert ["on 1 photos" in line for line in lines] == [True, True]
    for _, bundled in FILES:
        assert (tmp_path / "out" / bundled).read_bytes() == (BUNDLED / bundled).read_bytes()


@pytest.mark.shared
def test_parity_is_lost_when_the_weights_differ(
    originals: Path, photos: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgets_to_scale(graph: Graph) -> Graph:
        return graph

    monkeypatch.setattr("softfocus.export.selfie.take_bytes", forgets_to_scale)
    with pytest.raises(ParityLost, match="differs from its original"):
        list(export_selfie(originals / LANDSCAPE, tmp_path, photos[:1]))


@pytest.mark.shared
@pytest.mark.parametrize("kept", [0, 7, 20, 5_000, 240_000])
def test_a_cut_off_tflite_file_is_named(originals: Path, kept: int) -> None:
    content = (originals / LANDSCAPE).read_bytes()[:kept]
    with pytest.raises(NoModelInside, match=r"cut\.tflite"):
        parse_tflite(content, Path("cut.tflite"))


@pytest.mark.shared
def test_a_photo_that_is_none_is_named(originals: Path, tmp_path: Path) -> None:
    (tmp_path / "no.jpg").write_text("not a picture")
    with pytest.raises(UnreadablePhoto, match=r"no\.jpg"):
        list(export_selfie(originals / LANDSCAPE, tmp_path, [tmp_path / "no.jpg"]))


@pytest.mark.shared
def test_a_folder_that_cannot_be_written_is_named(originals: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    with pytest.raises(CannotWrite, match="taken"):
        list(export_selfie(originals / LANDSCAPE, tmp_path / "taken"))


def test_a_wheel_without_the_models_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as archive:
        archive.writestr("other/__init__.py", "")
    (tmp_path / "broken.whl").write_bytes(b"PK nonsense")
    for name in ("other.whl", "broken.whl", "absent.whl"):
        with pytest.raises(NoModelInside, match=name):
            list(export_selfie(tmp_path / name, tmp_path))


def test_an_operator_nobody_knows_is_named() -> None:
    graph = _graph([Operator("CUMSUM", (0,), (1,))], _picture(4, 4), Tensor("out", (1, 4, 4, 3), None))
    with pytest.raises(UnknownOperation, match="CUMSUM"):
        _run(graph, np.zeros((1, 4, 4, 3), np.uint8))


def test_a_mean_over_part_of_the_picture_is_refused() -> None:
    axes = Tensor("axes", (1,), np.array([2], np.int32))
    graph = _graph([Operator("MEAN", (0, 1), (2,))], _picture(4, 4), axes, Tensor("out", (1, 1, 1, 3), None))
    with pytest.raises(UnknownOperation, match="less than the whole picture"):
        _run(graph, np.zeros((1, 4, 4, 3), np.uint8))


def test_an_odd_zero_of_padding_goes_after_the_picture() -> None:
    """TFLite's `same` padding: 4 pixels, kernel 3, stride 2 need one zero, below and to the right."""
    kernel = Tensor("kernel", (1, 3, 3, 3), np.ones((1, 3, 3, 3), np.float32))
    bias = Tensor("bias", (1,), np.zeros(1, np.float32))
    convolution = Operator("CONV_2D", (0, 1, 2), (3,), window=Window(same=True, strides=(2, 2)))
    graph = _graph([convolution], _picture(4, 4), kernel, bias, Tensor("out", (1, 2, 2, 1), None))
    result = _run(graph, np.ones((1, 4, 4, 3), np.uint8))
    assert result[0, 0].tolist() == [[27, 18], [18, 12]]


def test_mixing_channels_before_enlarging_changes_nothing() -> None:
    graph = _enlarging_graph()
    mixed = mix_before_enlarging(graph)
    assert [operator.kind for operator in mixed.operators] == ["CONV_2D", "RESIZE_BILINEAR"]
    picture = np.random.default_rng(1).integers(0, 256, (1, 4, 6, 3), np.uint8)
    np.testing.assert_allclose(_run(graph, picture), _run(mixed, picture), rtol=1e-5)


def test_channels_are_not_mixed_early_when_the_large_picture_is_wanted_too() -> None:
    graph = _enlarging_graph()
    again = Operator("RELU", (1,), (6,))
    tensors = (*graph.tensors, Tensor("again", (1, 8, 12, 3), None))
    graph = replace(graph, tensors=tensors, operators=(*graph.operators, again))
    assert mix_before_enlarging(graph) == graph


def test_half_precision_weights_are_widened_once() -> None:
    half = Tensor("half", (2,), np.array([0.5, -1.25], np.float16))
    graph = _graph([Operator("DEQUANTIZE", (1,), (2,))], _picture(2, 2), half, Tensor("wide", (2,), None))
    unpacked = unpack_weights(graph)
    assert unpacked.operators == ()
    wide = unpacked.tensors[2].constant
    assert wide is not None
    assert wide.dtype == np.float32
    assert wide.tolist() == [0.5, -1.25]


def test_bytes_are_taken_only_by_a_convolution() -> None:
    graph = _graph([Operator("RELU", (0, 1), (1,))], _picture(2, 2), Tensor("out", (1, 2, 2, 3), None))
    with pytest.raises(UnknownOperation, match="goes into RELU"):
        take_bytes(graph)


def test_an_absent_field_has_its_default() -> None:
    """A table by hand: root offset, identifier, vtable (8 bytes: field 0 at 4, field 1 absent), table."""
    buffer = struct.pack("<I4sHHHHii", 16, b"TEST", 8, 8, 4, 0, 8, 42)
    table = Table.root(buffer, b"TEST")
    assert [table.int32(0), table.int32(1, default=7), table.int32(9, default=8)] == [42, 7, 8]
    assert (table.text(1), table.tables(1), table.int32s(1), table.table(1)) == ("", [], (), None)


def test_parity_holds_up_to_a_thousandth() -> None:
    assert Parity(largest=1e-3, photos=20).holds
    assert not Parity(largest=1.1e-3, photos=20).holds


def _picture(height: int, width: int) -> Tensor:
    return Tensor("picture", (1, height, width, 3), None)


def _graph(operators: list[Operator], *tensors: Tensor) -> Graph:
    last = operators[-1].outputs[0]
    return Graph(tensors=tensors, operators=tuple(operators), inputs=(0,), outputs=(last,))


def _enlarging_graph() -> Graph:
    """A picture that is enlarged twofold, then has its channels mixed from three to two."""
    weights = np.random.default_rng(0).normal(size=(2, 1, 1, 3)).astype(np.float32)
    resize = Operator(
        "RESIZE_BILINEAR", (0, 2), (1,), sampling=Sampling(align_corners=False, half_pixel=True)
    )
    mix = Operator("CONV_2D", (1, 3, 4), (5,), window=Window(same=False, strides=(1, 1)))
    return _graph(
        [resize, mix],
        _picture(4, 6),
        Tensor("large", (1, 8, 12, 3), None),
        Tensor("size", (2,), np.array([8, 12], np.int32)),
        Tensor("weights", (2, 1, 1, 3), weights),
        Tensor("bias", (2,), np.array([0.5, -0.5], np.float32)),
        Tensor("mixed", (1, 8, 12, 2), None),
    )


def _run(graph: Graph, picture: np.ndarray) -> np.ndarray:
    """The graph's output, (1, C, H, W), as ONNX Runtime computes it."""
    model = convert(graph, name="test", outputs={graph.outputs[0]: "out"}, about={})
    session = import_runtime().InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(["out"], {"picture": picture})[0]
