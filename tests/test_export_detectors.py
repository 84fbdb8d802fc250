"""What the exporter learnt for MediaPipe's detectors, and that they compute what the originals do."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from softfocus.export.command import export_detectors
from softfocus.export.convert import convert
from softfocus.export.detectors import DETECTORS, detector_onnx, read_detectors
from softfocus.export.errors import NoModelInside, UnknownOperation
from softfocus.export.onnx_writer import OnnxWriter
from softfocus.export.parity import compare
from softfocus.export.rewrite import mix_before_enlarging, pad_in_convolutions
from softfocus.export.sparse import Level, densify
from softfocus.export.tflite import Graph, Operator, Sampling, Tensor, Window
from softfocus.models.runtime import import_runtime
from softfocus.models.store import BUNDLED

WHEEL = os.environ.get("SOFTFOCUS_MEDIAPIPE_WHEEL")


@pytest.fixture
def wheel() -> Path:
    if not WHEEL:
        pytest.skip("SOFTFOCUS_MEDIAPIPE_WHEEL does not name the wheel of mediapipe 0.10.21")
    return Path(WHEEL)


@pytest.mark.shared
def test_the_detectors_agree_with_litert(wheel: Path, shared: Path) -> None:
    pictures = sorted((shared / "data" / "stills_world").glob("*.jpg"))[:10]
    pictures += sorted((shared / "train" / "frames").glob("*.jpg"))[:10]
    for detector, content in read_detectors(wheel):
        model = detector_onnx(detector, content, wheel)
        outputs = {name: number for number, name in detector.outputs.items()}
        path = Path(detector.file)
        parity = compare(content, model, pictures, path, outputs=outputs, span=detector.span)
        assert parity.photos == 20
        assert parity.largest <= 1e-3, detector.name


def test_the_bundled_detectors_are_what_the_exporter_writes(wheel: Path, tmp_path: Path) -> None:
    lines = list(export_detectors(wheel, tmp_path))
    assert [Path(line).name for line in lines] == [detector.file for detector in DETECTORS]
    bundled = [line for line in lines if (BUNDLED / Path(line).name).is_file()]
    assert bundled
    for line in bundled:
        assert Path(line).read_bytes() == (BUNDLED / Path(line).name).read_bytes()


def test_a_wheel_without_detectors_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.whl").write_bytes(b"PK nonsense")
    with pytest.raises(NoModelInside, match=r"broken\.whl"):
        list(export_detectors(tmp_path / "broken.whl", tmp_path))


def test_a_sparse_constant_is_filled() -> None:
    """Rows dense, columns listed: row 0 has columns 1 and 3, row 1 has none, row 2 has column 0."""
    levels = [Level(3), Level(3, np.array([0, 2, 2, 3]), np.array([1, 3, 0]))]
    whole = densify(np.array([5, 6, 7], np.float16), (3, 4), levels, order=(0, 1), blocks=())
    assert whole.dtype == np.float16
    assert whole.tolist() == [[0, 5, 0, 6], [0, 0, 0, 0], [7, 0, 0, 0]]


def test_a_sparse_constant_of_blocks_is_filled() -> None:
    """4x2 in blocks of two rows: of the two rows of blocks, the first has column 1, the second both."""
    levels = [Level(2), Level(3, np.array([0, 1, 3]), np.array([1, 0, 1])), Level(2)]
    values = np.array([1, 2, 3, 4, 5, 6], np.float32)
    whole = densify(values, (4, 2), levels, order=(0, 1, 2), blocks=(0,))
    assert whole.tolist() == [[0, 1], [0, 2], [3, 5], [4, 6]]


def test_a_sparse_constant_with_too_few_values_is_refused() -> None:
    with pytest.raises(ValueError, match="shape mismatch"):
        densify(np.ones(2, np.float32), (3,), [Level(3)], order=(0,), blocks=())


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
def test_zeros_before_a_convolution_become_its_own(kind: str) -> None:
    graph = padded_graph(kind, [[0, 0], [1, 1], [2, 0], [0, 0]])
    folded = pad_in_convolutions(graph)
    assert [operator.kind for operator in folded.operators] == [kind]
    picture = noise(6, 6)
    np.testing.assert_allclose(run(folded, picture), run(graph, picture), rtol=1e-5)


def test_added_channels_stay_an_operator_of_their_own() -> None:
    pads = Tensor("pads", (4, 2), np.array([[0, 0], [0, 0], [0, 0], [0, 2]], np.int32))
    graph = graph_of([Operator("PAD", (0, 1), (2,))], 3, 2, pads, Tensor("more", (1, 3, 2, 5), None))
    assert pad_in_convolutions(graph) == graph
    picture = noise(3, 2)
    found = run(graph, picture)
    np.testing.assert_array_equal(found[0, :3], picture[0].transpose(2, 0, 1))
    assert not found[0, 3:].any()


def test_the_greatest_of_each_window() -> None:
    pool = Operator("MAX_POOL_2D", (0,), (1,), window=Window(True, (2, 2), kernel=(2, 2)))
    picture = noise(4, 5)
    found = run(graph_of([pool], 4, 5, Tensor("out", (1, 2, 3, 3), None)), picture)
    wide = np.pad(picture[0], ((0, 0), (0, 1), (0, 0)))
    np.testing.assert_array_equal(found[0], wide.reshape(2, 2, 3, 2, 3).max((1, 3)).transpose(2, 0, 1))


def test_channels_become_squares_of_pixels() -> None:
    """Of 12 channels, the first three are the square's top left pixel, the next three its top right one."""
    weights = Tensor("w", (12, 1, 1, 3), np.eye(3, dtype=np.float32)[[0, 1, 2] * 4].reshape(12, 1, 1, 3))
    bias = Tensor("b", (12,), np.repeat(np.arange(4, dtype=np.float32) * 1000, 3))
    mix = Operator("CONV_2D", (0, 1, 2), (3,), window=Window(True, (1, 1)))
    spread = Operator("DEPTH_TO_SPACE", (3,), (4,), block=2)
    tensors = (weights, bias, Tensor("m", (1, 2, 2, 12), None), Tensor("out", (1, 4, 4, 3), None))
    picture = noise(2, 2)
    found = run(graph_of([mix, spread], 2, 2, *tensors), picture)
    large = picture[0].repeat(2, 0).repeat(2, 1).transpose(2, 0, 1)
    added = np.tile([[0, 1000], [2000, 3000]], (2, 2))
    np.testing.assert_array_equal(found[0], large + added)


def test_lists_go_pixel_by_pixel_and_are_joined() -> None:
    listed = [Operator("RESHAPE", (0, 1), (2,)), Operator("RESHAPE", (0, 1), (3,))]
    join = Operator("CONCATENATION", (2, 3), (4,), axis=1)
    lists = [Tensor("list", (1, 6, 3), None), Tensor("again", (1, 6, 3), None), Tensor("o", (1, 12, 3), None)]
    shape = Tensor("shape", (3,), np.array([1, 6, 3], np.int32))
    picture = noise(2, 3)
    found = run(graph_of([*listed, join], 2, 3, shape, *lists), picture)
    np.testing.assert_array_equal(found[0], np.tile(picture[0].reshape(6, 3), (2, 1)))


def test_images_are_joined_by_their_channels_only() -> None:
    join = Operator("CONCATENATION", (0, 0), (1,), axis=1)
    with pytest.raises(UnknownOperation, match="along axis 1"):
        run(graph_of([join], 2, 2, Tensor("out", (1, 4, 2, 3), None)), noise(2, 2))


def test_an_activation_moves_behind_the_resize() -> None:
    weights = np.random.default_rng(0).normal(size=(2, 1, 1, 3)).astype(np.float32)
    resize = Operator("RESIZE_BILINEAR", (0, 1), (2,), sampling=Sampling(False, True))
    mix = Operator("CONV_2D", (2, 3, 4), (5,), "RELU6", Window(False, (1, 1)))
    tensors = (
        Tensor("size", (2,), np.array([8, 8], np.int32)),
        Tensor("large", (1, 8, 8, 3), None),
        Tensor("weights", (2, 1, 1, 3), weights / 20),
        Tensor("bias", (2,), np.array([0.5, -0.5], np.float32)),
        Tensor("mixed", (1, 8, 8, 2), None),
    )
    graph = graph_of([resize, mix], 4, 4, *tensors)
    mixed = mix_before_enlarging(graph)
    assert [(each.kind, each.activation) for each in mixed.operators] == [
        ("CONV_2D", "NONE"),
        ("RESIZE_BILINEAR", "RELU6"),
    ]
    found = run(mixed, noise(4, 4))
    assert found.min() == 0
    assert found.max() == 6
    np.testing.assert_allclose(run(graph, noise(4, 4)), found, atol=1e-5)


def test_a_picture_is_centred_where_the_model_wants_it() -> None:
    graph = graph_of([Operator("RELU", (0,), (1,))], 1, 2, Tensor("out", (1, 1, 2, 3), None))
    found = run(graph, np.array([[[[0, 127, 128], [255, 200, 10]]]], np.uint8), middle=127.5)
    assert found[0, :, 0].T.tolist() == [[0, 0, 0.5], [127.5, 72.5, 0]]


def test_weights_are_halved_only_where_that_loses_nothing() -> None:
    writer = OnnxWriter(half=True)
    floats = writer.node("Cast", ["picture"], "floats", to=1)
    exact = writer.weight("exact", np.array([0.5], np.float32))
    fine = writer.weight("fine", np.array([0.1], np.float32))
    writer.node("Sum", [floats, exact, fine], "out")
    content = writer.serialise("test", ("picture", (1,)), {"out": (1,)}, {})
    assert b"exact/half" in content
    assert b"fine/half" not in content


def padded_graph(kind: str, pads: list[list[int]]) -> Graph:
    """A picture of 6x6 with zeros round it, through a 3x3 convolution with stride 2."""
    generator = np.random.default_rng(2)
    shape = (2, 3, 3, 3) if kind == "CONV_2D" else (1, 3, 3, 3)
    outputs = 2 if kind == "CONV_2D" else 3
    return graph_of(
        [
            Operator("PAD", (0, 1), (2,)),
            Operator(kind, (2, 3, 4), (5,), window=Window(False, (2, 2))),
        ],
        6,
        6,
        Tensor("pads", (4, 2), np.array(pads, np.int32)),
        Tensor("padded", (1, 8, 8, 3), None),
        Tensor("weights", shape, generator.normal(size=shape).astype(np.float32)),
        Tensor("bias", (outputs,), generator.normal(size=outputs).astype(np.float32)),
        Tensor("out", (1, 3, 3, outputs), None),
    )


def graph_of(operators: list[Operator], height: int, width: int, *tensors: Tensor) -> Graph:
    """Operators over a picture, which is tensor 0; the last one's output is the graph's."""
    picture = Tensor("picture", (1, height, width, 3), None)
    outputs = (operators[-1].outputs[0],)
    return Graph((picture, *tensors), tuple(operators), inputs=(0,), outputs=outputs)


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (1, height, width, 3), np.uint8)


def run(graph: Graph, picture: np.ndarray, middle: float = 0) -> np.ndarray:
    """The graph's output as ONNX Runtime computes it; images (1, C, H, W)."""
    model = convert(graph, name="test", outputs={graph.outputs[0]: "out"}, about={}, middle=middle)
    session = import_runtime().InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(["out"], {"picture": picture})[0]
